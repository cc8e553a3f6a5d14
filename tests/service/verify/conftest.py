"""One small day, played once; every test gets a copy to damage."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from slotline.service.verify import AckLog
from slotline.tests.service.verify.small_day import Site, play_day, receive
from slotline.tests.service.verify.small_shift import play_shift


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a closed store and the log of its acknowledgements."""
    folder = tmp_path_factory.mktemp("played")
    with AckLog(folder / "acks.jsonl") as acks:
        site = Site(folder / "store", acks)
        play_day(site)
        play_shift(site)
        site.engine.scrub()
        site.engine.close()
    return folder


@pytest.fixture
def store(played: Path, tmp_path: Path) -> Path:
    """Give a copy of the played store."""
    return Path(shutil.copytree(played / "store", tmp_path / "store"))


@pytest.fixture
def acks(played: Path, tmp_path: Path) -> Path:
    """Give a copy of the log of acknowledgements."""
    return Path(shutil.copy(played / "acks.jsonl", tmp_path / "acks.jsonl"))


@pytest.fixture(scope="session")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a closed store with archived and trimmed segments and two snapshots."""
    folder = tmp_path_factory.mktemp("archived") / "store"
    site = Site(folder, segment_bytes=16 * 1024)
    play_day(site)
    site.engine.journal.archive_sealed()
    site.engine.snapshot()
    receive(site, 1, 500, purchase_line=-1)
    for _ in range(40):
        site.order([1, 1, 1, 1], item=1)
    site.engine.journal.archive_sealed()
    site.engine.snapshot()
    site.order([1], item=1)
    site.engine.close()
    return folder


@pytest.fixture
def archived_store(archived: Path, tmp_path: Path) -> Path:
    """Give a copy of the archived store."""
    return Path(shutil.copytree(archived, tmp_path / "store"))
