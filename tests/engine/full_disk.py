"""Run beside a test: fill the file system of a folder and see what the engine does.

Call: ``python -m slotline.tests.engine.full_disk KIND FOLDER``. It prints one line and ends with 0
when all was as it must be.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path

from slotline.engine import writer
from slotline.engine.batch import make_batch
from slotline.engine.engine import Engine
from slotline.engine.errors import JournalFailed, LimitReached
from slotline.engine.limits import SMALL
from slotline.engine.store import FileStore
from slotline.kernels.columns import DAY_US
from slotline.tests.simulation.engines import ManualClock

MIB = 1024 * 1024
SEGMENT_BYTES = 256 * 1024
RESERVE_BYTES = 8 * MIB
CLOCK = ManualClock(20_000 * DAY_US)
MESSAGE = make_batch("put_name", {"kind": 1, "code": [f"name {row}" for row in range(100)]})


def open_engine(folder: Path, *, create: bool = False) -> Engine:
    """Make or recover the store of a folder."""
    store = FileStore(folder)
    if create:
        return Engine.create(
            store,
            CLOCK,
            "full",
            store_id=bytes(range(16)),
            capacity=SMALL,
            segment_bytes=SEGMENT_BYTES,
            keys_max=1024,
        )
    return Engine.open(store, CLOCK, capacity=SMALL, segment_bytes=SEGMENT_BYTES, keys_max=1024)


def write_until(engine: Engine, error: type[Exception]) -> int:
    """Write until an error comes; give the last sequence that was answered."""
    sequence = engine.durable_sequence
    while True:
        try:
            sequence = engine.submit(MESSAGE).sequence
        except error:
            return sequence


def ballast(path: Path, size: int) -> Path:
    """Make a file that takes room."""
    path.write_bytes(bytes(size))
    return path


def fill_up(folder: Path) -> str:
    """Touch the reserve, make room, then use up the last byte of a small file system."""
    heavy, light = ballast(folder / "heavy", 8 * MIB), ballast(folder / "light", 2 * MIB)
    writer.LOW_DISK_RESERVE_BYTES = RESERVE_BYTES
    engine = open_engine(folder / "store", create=True)
    refused = write_until(engine, LimitReached)
    left = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    assert RESERVE_BYTES - 2 * SEGMENT_BYTES <= left < RESERVE_BYTES, left
    assert refused == engine.durable_sequence > 0
    assert engine.read(lambda state: state.count("name")) == (100, refused)
    engine.scrub()
    heavy.unlink()
    assert engine.submit(MESSAGE).sequence == refused + 100
    writer.LOW_DISK_RESERVE_BYTES = 0
    answered = write_until(engine, JournalFailed)
    assert "No space left" in str(engine.fatal), engine.fatal
    assert isinstance(engine.fatal, JournalFailed)
    engine.close()
    light.unlink()
    return recovered(folder, answered)


def outgrow(folder: Path) -> str:
    """Let a real write fail in the middle of a segment: this process may not make files longer."""
    engine = open_engine(folder / "store", create=True)
    assert engine.submit(MESSAGE).sequence == 100
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SEGMENT_BYTES // 4, before[1]))
    answered = write_until(engine, JournalFailed)
    assert isinstance(engine.fatal, JournalFailed)
    assert "File too large" in str(engine.fatal), engine.fatal
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    engine.close()
    return recovered(folder, answered)


def recovered(folder: Path, answered: int) -> str:
    """Check that all that was answered is there, and that work goes on."""
    engine = open_engine(folder / "store")
    assert engine.durable_sequence >= answered, (engine.durable_sequence, answered)
    durable = engine.durable_sequence
    assert engine.submit(MESSAGE).sequence == durable + 100
    engine.scrub()
    engine.close()
    return f"answered {answered}, recovered {durable}"


if __name__ == "__main__":
    kind, where = sys.argv[1:]
    print({"fill_up": fill_up, "outgrow": outgrow}[kind](Path(where)))
