"""Snapshots of builds that knew fewer tables, or more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slotline.engine.engine import Engine
from slotline.engine.errors import StoreMismatch
from slotline.engine.limits import SMALL
from slotline.engine.schema import TABLES
from slotline.engine.schema_work import WORK_TABLES
from slotline.engine.snapshot import read_manifest, sequences
from slotline.engine.store import FileStore
from slotline.tests.service.verify.journal_editing import name_tables
from slotline.tests.service.verify.small_day import STORE_ID, Site, play_day
from slotline.tests.service.verify.small_shift import play_shift

if TYPE_CHECKING:
    from pathlib import Path

FEWER = len(TABLES) - len(WORK_TABLES)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return a site without any work, with a day, a snapshot of it and an order after that."""
    site = Site(tmp_path / "store")
    play_day(site)
    site.engine.snapshot()
    site.order([1], item=1)
    return site


def test_tables_that_a_snapshot_does_not_name_are_empty(site: Site) -> None:
    """The state is the same, counters included, and the younger tables can be filled."""
    digest, counters = site.engine.state.digest(), site.engine.state.counters.tolist()
    site.engine.close()
    name_tables(site.folder, FEWER)
    store = FileStore(site.folder)
    (sequence,) = sequences(store)
    assert read_manifest(store, STORE_ID, sequence).rows[FEWER:] == (0,) * len(WORK_TABLES)
    site.reopen()
    assert site.engine.state.digest() == digest
    assert site.engine.state.counters.tolist() == counters
    site.engine.scrub()
    play_shift(site)
    site.engine.snapshot()
    digest = site.engine.state.digest()
    site.reopen()
    assert site.engine.state.digest() == digest
    assert site.engine.state.count("task") > 0
    site.engine.close()


def test_a_snapshot_that_names_more_tables_is_refused(site: Site) -> None:
    """Rows that this build cannot keep are never dropped; the error says what to do."""
    site.engine.close()
    name_tables(site.folder, len(TABLES) + 1)
    expected = f"found {len(TABLES) + 1} tables, expected at most the {len(TABLES)} .* later one"
    with pytest.raises(StoreMismatch, match=expected):
        Engine.open(FileStore(site.folder), site, capacity=SMALL, segment_bytes=1 << 20)
