"""Quality of plans: what is told of sets that are not there, of wrong answers and of gaps."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench.quality import __main__ as quality
from bench.quality.rows import Row, table

if TYPE_CHECKING:
    from pathlib import Path

_PUBLISHED = {
    name: folder
    for name in quality.SETS
    if (folder := import_module(f"bench.quality.{name}").FOLDER) is not None
}


@pytest.mark.parametrize("name", _PUBLISHED)
def test_set_that_is_not_there_is_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line with its place, one with what to do, and a code of its own."""
    assert quality.main(["--only", name, "--sets", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert f"not found: {tmp_path / _PUBLISHED[name]}\n" in told.err
    assert "--sets" in told.err


def test_wrong_answer_fails_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its fault is printed, and every row is in the file."""
    rows = [Row("small", "one", 12, 10, 0.5), Row("small", "two", 9, 9, 0.1, faults=("no stop 3",))]
    module = import_module("bench.quality.three_blocks")
    for given, code in ((rows, 1), (rows[:1], 0)):
        monkeypatch.setattr(module, "measure", lambda *_, given=given: given)
        file = tmp_path / f"{code}.json"
        assert quality.main(["--only", "three_blocks", "--json", str(file)]) == code
        assert ("WRONG small two: no stop 3\n" in capsys.readouterr().out) == bool(code)
        told = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        assert [(row["instance"], row["gap"]) for row in told] == [
            (row.instance, row.gap) for row in given
        ]


def test_table_sums_classes_up() -> None:
    """Share of best answers, mean and largest gap, mean and largest time."""
    rows = [Row("small", "one", 12, 10, 0.5), Row("small", "two", 9, 9, 0.1)]
    _, summed = table(rows, instances=False)
    assert summed.split() == ["small", "2", "50.0%", "10.000", "20.000", "300", "500"]
    assert len(table(rows, instances=True)) == 4


FOODMART = """\
//NbLocations
4
//K: NbBoxesTrolley
2
//Products
//Idx Location Volume
1 1 1
2 2 1
3 1 1
//Orders
//Nb Orders
2
//Idx M NbProdInOrder ProdIdx1 Qty1 ProdIdx2 Qty2 ...
1 1 2 1 4 2 1
2 2 1 3 2
//DepartingDepot
0
//ArrivalDepot
3
//LocStart LocEnd ShortestPath
0 1 1.5
0 2 2.5
0 3 0.0
1 2 1.25
2 1 1.25
1 3 1.5
2 3 2.5
"""


def test_foodmart_is_read_solved_and_checked() -> None:
    """Two orders that need three boxes of a trolley of two; a spoilt answer is found out."""
    foodmart = import_module("bench.quality.jobprp_foodmart")
    instance = foodmart.read_instance(FOODMART)
    answer = foodmart.solve(instance)
    assert foodmart.check_answer(instance, answer) == (1500 + 1250 + 2500 + 2 * 1500, [])
    tour, other = answer.tours
    spoilt = replace(answer, tours=(tour[[0, -1]], other))
    faults = foodmart.check_answer(instance, spoilt)[1]
    assert faults[0] == "batch [0] misses places [1, 2] or a depot"
    spoilt = replace(answer, plan=replace(answer.plan, batch_first=np.array([0, 2])))
    with pytest.raises(ValueError, match="zip"):
        foodmart.check_answer(instance, spoilt)


OXENSTIERNA = {
    "LOCATION_COORD_SECTION": "{'0': [0, 0], '1': [9, 0], '2': [4, 3], '3': [4, 7], '4': [9, 7], "
    "'5': [3, 4], '6': [3, 6], '7': [5, 6], '8': [5, 4]}",
    "OBSTACLES": {"1": [5, 6, 7, 8]},
}
INSTANCE = {
    "CAPACITIES": 1,
    "ORDERS": {"1": ["1", "2"], "2": ["3"]},
    "VISIT_LOCATION_SECTION": "{'1': '2', '2': '3', '3': '4'}",
}


def test_oxenstierna_is_read_solved_and_checked() -> None:
    """One rack between two places: the way goes round its corners; a spoilt answer is found out."""
    module = import_module("bench.quality.obp_oxenstierna")
    layout = module.read_layout(OXENSTIERNA)
    around = 2 * 1_414 + 2_000
    assert layout.way[2, 3] == layout.way[3, 2] == pytest.approx(around, abs=1)
    assert layout.way[0, 2] == 5_000
    assert module.read_layout(OXENSTIERNA, is_cut=True).way[2, 3] == 1_000 + 2_000 + 1_000
    instance = module.read_instance(INSTANCE, {"batch_1": {"pickRoute": ["2", "3"]}})
    assert instance.stops == [[2, 3], [4]]
    answer = module.solve(layout, instance)
    total, faults = module.check_answer(layout, instance, answer)
    assert faults == []
    one = module.walked(layout, [2, 3])
    assert total == one + module.walked(layout, [4])
    # Back to the end by one more corner.
    assert one == pytest.approx(5_000 + around + 1_414 + 7_211, abs=2)
    tour, other = answer.tours
    spoilt = replace(answer, tours=(tour[[0, -1]], other))
    faults = module.check_answer(layout, instance, spoilt)[1]
    assert faults[0] == "batch [0] misses locations [2, 3] or a depot"
    assert "claimed" in faults[1]
