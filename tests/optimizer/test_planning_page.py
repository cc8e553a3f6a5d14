"""The examples of docs/planning.md run as written."""

from __future__ import annotations

import re
from pathlib import Path

from slotline.optimizer.tour import TourStatus

PAGE = Path(__file__).parents[2] / "docs" / "planning.md"


def test_examples_of_the_planning_page_run() -> None:
    """Read from top to bottom, they give optimal plans."""
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) == 12
    names: dict[str, object] = {}
    for example in examples:
        exec(example, names)
    assert names["tour"].status is TourStatus.OPTIMAL  # type: ignore[attr-defined]
    assert names["map_tour"].status is TourStatus.OPTIMAL  # type: ignore[attr-defined]
    assert len(names["map_tour"].trips()) == 2  # type: ignore[attr-defined]
    assert names["scattered"].status is TourStatus.OPTIMAL  # type: ignore[attr-defined]
    assert names["scattered"].position.tolist() == [1, 3]  # type: ignore[attr-defined]
    sort = names["sort"]
    assert (sort.status, sort.peak) == ("optimal", 2)  # type: ignore[attr-defined]
    assert "30" in names["refits"][0].reason  # type: ignore[index]
    assert names["trips"].saving_mm == 98_000  # type: ignore[attr-defined]
    assert [stop for stop, _ in names["pickers"].unservable] == [3]  # type: ignore[attr-defined]
    assert sorted(names["pickers"].stop.tolist()) == [0, 1, 2]  # type: ignore[attr-defined]
    assert names["plan"].status.value == "optimal"  # type: ignore[attr-defined]
    assert names["plan"].unfit == names["plan"].late == ()  # type: ignore[attr-defined]
    plan = names["found"].plan  # type: ignore[attr-defined]
    assert [batch.tolist() for batch in plan.batches()] == [[0, 2], [1, 3]]
    assert plan.gap == 0.0
    assert names["wave"].units == 2  # type: ignore[attr-defined]
    assert names["release"].status == "optimal"  # type: ignore[attr-defined]
    assert list(names["release"].cause) == [2]  # type: ignore[attr-defined]
    planned_us = names["release"].planned_us.tolist()  # type: ignore[attr-defined]
    assert [time_us < 0 for time_us in planned_us] == [False, False, True]
