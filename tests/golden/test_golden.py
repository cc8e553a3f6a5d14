"""Stores that earlier builds wrote are read by this one, byte for byte."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from slotline.engine.engine import Engine
from slotline.engine.head import read_identity
from slotline.engine.limits import SMALL
from slotline.engine.store import FileStore
from slotline.kernels.columns import DAY_US
from slotline.service.verify import verify

GOLDEN = {
    "format-1": ("8889896c6fbe0f98cc2c079ca8f6e52d9b717b30d6711e174ca17a7c79246d2a", 92),
    "joined-messages": ("bcd4611afdc4be42103ffb7c9629e97550b585ebfd383ffd75622c0e3267b18d", 36),
    # With a snapshot that names none of the tables of work.
    "before-work": ("5433f0243fcc30fc1898c4429d68370408aac6c02215b82993dffdc1cbac7441", 98),
}
"""Archive beside this file: digest of the state and last sequence when it was written."""


class _Stopped:
    def now_us(self) -> int:
        """Give a time behind everything in the stores."""
        return 20_001 * DAY_US


@pytest.mark.parametrize("name", GOLDEN)
def test_store_of_an_earlier_build_is_read_as_it_was_written(name: str, tmp_path: Path) -> None:
    """State, sequence, scrub and the independent verifier agree with the build that wrote it."""
    digest, sequence = GOLDEN[name]
    with tarfile.open(Path(__file__).with_name(f"{name}.tar.gz")) as archive:
        archive.extractall(tmp_path, filter="data")
    folder = tmp_path / "store"
    folder.chmod(0o700)
    assert verify(folder).ok
    engine = Engine.open(
        FileStore(folder), _Stopped(), capacity=SMALL, segment_bytes=1 << 20, keys_max=1024
    )
    try:
        assert (engine.state.digest().hex(), engine.durable_sequence) == (digest, sequence)
        engine.scrub()
    finally:
        engine.close()
    assert read_identity(FileStore(folder)).ring_rows == SMALL.rings
    assert verify(folder).ok
