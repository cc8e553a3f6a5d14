"""The demo as a whole: a real server, a real journal, a real SIGKILL, a made-up history."""

from __future__ import annotations

import json
import re
from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from slotline.engine.errors import InvalidRequest
from slotline.service.cli import main
from slotline.service.demo.desk import make_key
from slotline.service.demo.flash import answered_by_the_next
from slotline.service.demo.run import work_folder

if TYPE_CHECKING:
    from pathlib import Path

BUYERS = 150


@pytest.fixture(scope="module")
def played(
    table: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> tuple[int, dict[str, Any], Path]:
    """Run the command once; give its exit code, its facts and the folder it worked in."""
    folder = tmp_path_factory.mktemp("demo")
    orders = folder / "orders.parquet"
    table.filter(pl.col("order_id") < "O00120").write_parquet(orders)
    words = ["demo", "--orders", str(orders), "--data", str(folder / "data"), "--json", "--quiet"]
    words += ["--report", str(folder / "report.html"), "--flash-buyers", str(BUYERS)]
    printed = StringIO()
    with redirect_stdout(printed):
        code = main(words)
    return code, json.loads(printed.getvalue()), folder


def test_whole_day_passes_every_check(played: tuple[int, dict[str, Any], Path]) -> None:
    """Exit code 0, every check of verify and of the clients passed."""
    code, facts, _ = played
    assert [check for check in facts["checks"] if not check["passed"]] == []
    assert (code, facts["passed"]) == (0, True)
    assert len(facts["checks"]) > 10
    conservation = next(check for check in facts["checks"] if check["name"] == "Conservation")
    delivered = f"the delivery of {facts['stream']['delivered_units']:,} for the stream"
    assert delivered in conservation["detail"]


def test_flash_sale_sells_every_unit_once_although_the_server_was_killed(
    played: tuple[int, dict[str, Any], Path],
) -> None:
    """100 units, more buyers than that, one SIGKILL: 100 sold and shipped."""
    _, facts, _ = played
    assert (facts["flash_sold_units"], facts["flash_shipped_units"]) == (100, 100)
    assert facts["flash_buyers"] == BUYERS
    assert facts["restart"]["restart_us"] > facts["restart"]["recovery_us"] > 0
    assert facts["restart"]["acknowledged_count"] > 0


def test_an_answer_noted_late_is_not_taken_for_one_of_the_next_process() -> None:
    """Killed at 100, recovered at 600 at the earliest: an answer noted at 115 was there before."""
    spans = [(40, 115), (50, 700), (60, 90), (120, 710), (99, 601)]
    assert answered_by_the_next(spans, killed_ns=100, recovered_ns=600) == [700, 601]


def test_short_lines_have_a_reason_each(played: tuple[int, dict[str, Any], Path]) -> None:
    """Lines filled and lines with a reason add up to all lines; so do the units."""
    _, facts, _ = played
    shorts = facts["shorts"]
    assert facts["lines"] == facts["lines_filled"] + sum(entry["line_count"] for entry in shorts)
    short_units = sum(entry["unit_count"] for entry in shorts)
    assert facts["units_ordered"] == facts["units_shipped"] + short_units
    assert facts["lines_filled"] > facts["lines"] // 2
    short_lines = facts["lines"] - facts["lines_filled"]
    assert facts["orders"] - short_lines <= facts["orders_filled"] < facts["orders"]


def test_report_is_one_file_that_fetches_nothing(
    played: tuple[int, dict[str, Any], Path],
) -> None:
    """The page is written where it was asked for and names no other address."""
    _, facts, folder = played
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert f"{facts['orders']:,}" in page
    assert re.findall(r'(?:src|href)="(?!#|data:)', page) == []


def test_store_that_was_asked_for_is_kept(played: tuple[int, dict[str, Any], Path]) -> None:
    """With --data the store and the log of answers stay, and a second run is refused."""
    _, facts, folder = played
    answers = (folder / "data" / "acknowledged.jsonl").read_text(encoding="ascii").splitlines()
    assert len(answers) == facts["answers"]
    assert main(["verify", str(folder / "data" / "store"), "--quiet", "--json"]) == 0
    assert main(["demo", "--data", str(folder / "data"), "--quiet"]) == 1


def test_work_folder_is_removed_when_nobody_named_it() -> None:
    """Without --data nothing is left behind."""
    with work_folder(None) as folder:
        assert folder.is_dir()
    assert not folder.exists()


def test_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    """What is in a named folder is never touched."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with (
        pytest.raises(InvalidRequest, match="expected a new or empty folder"),
        work_folder(tmp_path),
    ):
        pass
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_report_in_no_folder_is_refused_before_anything_is_run(tmp_path: Path) -> None:
    """A mistyped --report costs no minute."""
    words = ["demo", "--report", str(tmp_path / "none" / "page.html"), "--quiet"]
    assert main([*words, "--data", str(tmp_path / "data")]) == 1
    assert not (tmp_path / "data").exists()


def test_keys_carry_simulated_time() -> None:
    """The first 48 bits are milliseconds, the version is 7, no two keys are alike."""
    first, second = make_key(1_514_138_400_000_000), make_key(1_514_138_400_000_000)
    assert int.from_bytes(first[:6], "big") == 1_514_138_400_000
    assert (first[6] >> 4, first[8] >> 6, len(first)) == (7, 2, 16)
    assert first != second
