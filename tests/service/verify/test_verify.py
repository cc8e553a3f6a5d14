"""A whole store is found whole, by every check, in every shape that a store may have."""

from __future__ import annotations

import ast
import contextlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from slotline.engine import failpoints
from slotline.engine.errors import InvariantBroken, StoreMismatch
from slotline.engine.limits import SMALL
from slotline.engine.schema import COMMANDS, TABLES
from slotline.engine.schema_work import WORK_TABLES
from slotline.service.verify import render, verifier, verify
from slotline.service.verify.verdict import CHECKS
from slotline.tests.service.verify.journal_editing import name_tables
from slotline.tests.service.verify.small_day import Site, found_site, play_day, receive


def test_a_whole_day_is_found_whole(played: Path) -> None:
    """All commands, all checks, and every acknowledgement."""
    verdict = verify(played / "store", acks=played / "acks.jsonl")
    assert verdict.ok, verdict.faults
    assert {check.name for check in verdict.checks} == set(CHECKS)
    assert set(verdict.counts["commands"]) == {command.name for command in COMMANDS[1:]}
    assert verdict.counts["acks"] == verdict.counts["keys"] > 40
    net = verdict.counts["received_units"] - verdict.counts["shipped_units"]
    assert net + verdict.counts["adjusted_units"] == verdict.counts["on_hand_units"] == 98
    assert verdict.counts["promises"] == {"released": 1, "expired": 1, "consumed": 1}


def test_a_verdict_is_written_as_json_and_as_a_table(played: Path) -> None:
    """Both forms tell the verdict and its numbers."""
    verdict = verify(played / "store")
    told = json.loads(verdict.to_json())
    assert told["ok"] is True
    assert told["counts"]["shipped_units"] == 14
    text = render(verdict)
    text = " ".join(text.replace("│", " ").split())
    assert "117 received - 14 shipped - 5 adjusted = 98 on hand" in text
    assert "allocated never more than on hand in any stock row" in text
    assert "on hand - allocated - promised never below 0 in any of" in text
    assert text.rstrip().endswith("OK")


def test_progress_rises_to_one(played: Path) -> None:
    """The share that is done never falls and ends at 1."""
    shares: list[float] = []
    verify(played / "store", progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_archive_and_snapshots_are_walked(archived: Path) -> None:
    """Sequences run through archived and live segments; snapshots end in the same tables."""
    verdict = verify(archived)
    assert verdict.ok, verdict.faults
    assert verdict.counts["archived_segments"] >= 2
    assert verdict.counts["snapshots"] == 2
    assert verdict.counts["first_sequence"] == 1
    assert not (archived / "journal" / "000000000001.segment").exists()


def test_books_begin_at_a_snapshot_when_the_archive_was_moved_away(archived_store: Path) -> None:
    """The state before the oldest segment comes from a snapshot, and the verdict says so."""
    names = sorted((archived_store / "archive").glob("*.frames"))
    for frames in names[:2]:
        frames.unlink()
        frames.with_suffix(".index").unlink()
    verdict = verify(archived_store)
    assert verdict.ok, verdict.faults
    assert verdict.counts["first_sequence"] > 1
    assert any("books begin at sequence" in note for note in verdict.notes)


def test_snapshots_of_a_build_with_fewer_tables_are_whole(archived_store: Path) -> None:
    """Tables that a snapshot does not name are empty in it, also where books begin at it."""
    name_tables(archived_store, len(TABLES) - len(WORK_TABLES))
    verdict = verify(archived_store)
    assert verdict.ok, verdict.faults
    assert verdict.counts["snapshots"] == 2
    frames = min((archived_store / "archive").glob("*.frames"))
    frames.unlink()
    frames.with_suffix(".index").unlink()
    verdict = verify(archived_store)
    assert verdict.ok, verdict.faults
    assert verdict.counts["first_sequence"] > 1


def test_a_snapshot_of_a_build_with_more_tables_is_a_fault(archived_store: Path) -> None:
    """What this build cannot read it does not call whole; the finding tells both numbers."""
    name_tables(archived_store, len(TABLES) + 1)
    faults = [fault for fault in verify(archived_store).faults if fault.check == "snapshots"]
    assert {fault.found for fault in faults} == {f"{len(TABLES) + 1} tables"}
    assert {fault.expected.split(";")[0] for fault in faults} == {f"at most {len(TABLES)}"}


def test_a_running_engine_is_read_beside(tmp_path: Path) -> None:
    """An open store is verified without taking its lock, and the verdict says it was open."""
    site = Site(tmp_path / "store")
    play_day(site)
    verdict = verify(site.folder)
    assert verdict.ok, verdict.faults
    assert any("best effort" in note for note in verdict.notes)
    site.order([1], policy=2)
    site.engine.close()


def test_rings_that_came_round_are_recognised(tmp_path: Path) -> None:
    """Ring sizes are not stored; they are found from the first number in another row."""
    site = Site(tmp_path / "store", capacity=replace(SMALL, promise=16, order=16, line=32))
    found_site(site)
    receive(site, 0, 500)
    ask = {"item": 0, "owner": 0, "channel": 1, "due_us": 0}
    for _ in range(60):
        promise = site.send("promise", units=1, expires_us=site.time_us + 10**9, **ask)
        number = site.first(promise, "promise")
        order = site.order([1, 2], promise=-1)
        site.send("deallocate", order=order)
        site.send("allocate", order=order, placement=1)
        site.send("cancel", order=order)
        site.send("release_promise", promise=number)
    site.engine.close()
    verdict = verify(site.folder)
    assert verdict.ok, verdict.faults
    assert verdict.counts["orders"] == 60


def test_an_empty_store_is_whole(tmp_path: Path) -> None:
    """Nothing was ever sent."""
    Site(tmp_path / "store").engine.close()
    verdict = verify(tmp_path / "store")
    assert verdict.ok, verdict.faults
    assert verdict.counts["records"] == 0


def test_a_missing_directory_is_an_error(tmp_path: Path) -> None:
    """That is the one thing that cannot be put into a verdict."""
    with pytest.raises(StoreMismatch, match="found no directory"):
        verify(tmp_path / "nowhere")


def test_a_directory_that_is_no_store_has_faults(tmp_path: Path) -> None:
    """Nothing is there: each missing part is named."""
    verdict = verify(tmp_path)
    assert not verdict.ok
    assert {fault.check for fault in verdict.faults} == {"store", "head", "journal"}


def test_verification_changes_nothing(store: Path) -> None:
    """Every file has the bytes and the time of change that it had."""
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in _files(store)}
    verify(store)
    after = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in _files(store)}
    assert after == before


@pytest.mark.parametrize(
    ("bug", "check"),
    [
        ("counter_not_updated_on_split", "conservation"),
        ("key_kept_after_effect", "keys"),
        ("double_apply", "lines"),
    ],
)
def test_a_planted_bug_of_the_engine_is_found(tmp_path: Path, bug: str, check: str) -> None:
    """The engine writes a journal that is whole, and whose books are not."""
    site = Site(tmp_path / "store")
    failpoints.plant(bug)
    try:
        # A store that contradicts itself may well stop the engine; its journal is what counts.
        with contextlib.suppress(AssertionError, InvariantBroken, ValueError, IndexError):
            play_day(site)
    finally:
        failpoints.plant()
        site.engine.close()
    checks = {fault.check for fault in verify(site.folder).faults}
    assert check in checks
    assert "journal" not in checks


def test_nothing_of_the_engine_is_used_but_names_and_codes() -> None:
    """The verifier would not find the engine's mistakes with the engine's own code."""
    folder = Path(verifier.__file__).parent
    allowed = {"engine.errors", "engine.schema", "kernels.columns"}
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level > 1:
                assert node.module in allowed, f"{path.name}: {node.module}"


def test_a_copied_store_is_whole(store: Path, tmp_path: Path) -> None:
    """Nothing in the files depends on where they lie."""
    moved = shutil.move(store, tmp_path / "elsewhere")
    assert verify(moved).ok


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
