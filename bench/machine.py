"""The machine: who it is, what its memory and disk can do, and which core runs what.

The probes give the physical bounds that results are held against. They run on one thread,
because the engine's writer is one thread. Measure them in the same minutes as the contenders: a
busy neighbour on the disk makes the same sync thirty times slower.
"""

from __future__ import annotations

import os
import platform
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from numba import njit

from slotline.engine.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from numpy.typing import NDArray

SYNC_FILE_BYTES: Final = 64 * 2**20
MEMORY_PROBE_BYTES: Final = 256 * 2**20
_CACHE_LINE_WORDS: Final = 8
# Asked once: a thread that is `pinned` sees its own cores only, and would put what it starts there.
_CORES: Final = tuple(sorted(os.sched_getaffinity(0)))
_PROBE_REPEATS: Final = 5
_RANDOM_TOUCHES: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Machine:
    """What a result has to state about the machine.

    Attributes
    ----------
    cpu_model : str
        Name that the processor gives itself.
    core_count : int
        Logical cores this process may run on.
    memory_bytes : int
        Physical memory.
    kernel : str
        Operating system and its release.
    file_system : str
        Type of the file system that holds the data directories.
    """

    cpu_model: str
    core_count: int
    memory_bytes: int
    kernel: str
    file_system: str


@dataclass(frozen=True, slots=True)
class SyncProbe:
    """Rate of write plus fdatasync of records of one size.

    Attributes
    ----------
    record_bytes : int
        Bytes written before each sync.
    per_s : float
        Records made durable a second, one after another.
    p50_us : float
        Median time of a write and its sync.
    p99_us : float
        99th percentile of the same.
    """

    record_bytes: int
    per_s: float
    p50_us: float
    p99_us: float


@dataclass(frozen=True, slots=True)
class MemoryProbe:
    """What one thread gets from memory.

    Attributes
    ----------
    read_gb_s : float
        Sequential read, 10^9 bytes a second.
    copy_gb_s : float
        Sequential copy, bytes read plus bytes written.
    """

    read_gb_s: float
    copy_gb_s: float


def describe_machine(directory: Path) -> Machine:
    """Describe this machine.

    Parameters
    ----------
    directory : Path
        Where the data directories lie; must exist.

    Returns
    -------
    machine : Machine
        The description; ``"unknown"`` where the system does not tell.
    """
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Machine(
        cpu_model=_cpu_model(),
        core_count=len(os.sched_getaffinity(0)),
        memory_bytes=memory_bytes,
        kernel=f"{platform.system()} {platform.release()}",
        file_system=_file_system(directory),
    )


class SyncFile:
    """A zero-filled file that records are written into and synced. Use as a context manager.

    Parameters
    ----------
    directory : Path
        Where the file is made, and removed again.
    record_bytes : int
        Bytes a record, 1 to the 64 MiB of the file.

    Raises
    ------
    OSError
        If the disk refuses a write or a sync.
    """

    def __init__(self, directory: Path, record_bytes: int) -> None:
        self._path = directory / f"sync-probe-{os.getpid()}"
        self._record = os.urandom(record_bytes)
        self._offset = 0

    def __enter__(self) -> Self:
        """Make the file."""
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            # Reserving space is not enough: the first write to an unwritten extent still changes
            # metadata, which every sync would then have to write, too.
            for offset in range(0, SYNC_FILE_BYTES, 2**20):
                os.pwrite(self._file, bytes(2**20), offset)
            os.fsync(self._file)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the file."""
        os.close(self._file)
        self._path.unlink()

    def append(self) -> None:
        """Write the record behind the last one, from the start again when full, and sync it."""
        record = self._record
        written = os.pwritev(self._file, [record], self._offset)
        os.fdatasync(self._file)
        if written != len(record):
            raise OSError(f"found {written} bytes written, expected {len(record)}; disk full?")
        self._offset += len(record)
        if self._offset + len(record) > SYNC_FILE_BYTES:
            self._offset = 0


def probe_sync(directory: Path, record_bytes: int, seconds: float = 1.0) -> SyncProbe:
    """Write records into a zero-filled file and sync each, as the journal does.

    Parameters
    ----------
    directory : Path
        Where the file is made, and removed again.
    record_bytes : int
        Bytes a record, 1 to the 64 MiB of the file.
    seconds : float
        How long to measure.

    Returns
    -------
    probe : SyncProbe
        Rates and times.

    Raises
    ------
    InvalidRequest
        If `record_bytes` is out of range.
    OSError
        If the disk refuses a write or a sync.
    """
    if not 1 <= record_bytes <= SYNC_FILE_BYTES:
        raise InvalidRequest(
            f"found a record of {record_bytes} bytes; expected 1 to {SYNC_FILE_BYTES}"
        )
    with SyncFile(directory, record_bytes) as file:
        times_ns = _sync_times(file, seconds)
    p50_us, p99_us = np.percentile(times_ns, [50, 99]) / 1e3
    return SyncProbe(record_bytes, 1e9 / float(times_ns.mean()), float(p50_us), float(p99_us))


def probe_memory(probe_bytes: int = MEMORY_PROBE_BYTES) -> MemoryProbe:
    """Measure sequential read and copy of one thread, the best of five.

    Parameters
    ----------
    probe_bytes : int
        Bytes of each buffer; take more than the last level of cache.

    Returns
    -------
    probe : MemoryProbe
        Rates.
    """
    source = np.ones(probe_bytes // 8, dtype=np.int64)
    target = np.zeros_like(source)
    _sum_words(source[:8])
    _copy_words(source[:8], target[:8])
    read_s = _best_s(lambda: _sum_words(source))
    copy_s = _best_s(lambda: _copy_words(source, target))
    return MemoryProbe(source.nbytes / read_s / 1e9, 2 * source.nbytes / copy_s / 1e9)


def probe_random_update(working_set_bytes: int) -> float:
    """Time one independent read-modify-write of a random cache line.

    Parameters
    ----------
    working_set_bytes : int
        Bytes that the touched lines lie in, at least 64.

    Returns
    -------
    update_ns : float
        Nanoseconds an update, one thread, the best of five.

    Raises
    ------
    InvalidRequest
        If the working set is smaller than a cache line.
    """
    line_count = working_set_bytes // (_CACHE_LINE_WORDS * 8)
    if line_count < 1:
        raise InvalidRequest(f"found {working_set_bytes} bytes; expected at least one line of 64")
    words = np.zeros(line_count * _CACHE_LINE_WORDS, dtype=np.int64)
    draw = np.random.Generator(np.random.PCG64(1))
    touched = draw.integers(0, line_count, _RANDOM_TOUCHES, dtype=np.int32)
    _touch_lines(words, touched[:8])
    return _best_s(lambda: _touch_lines(words, touched)) * 1e9 / _RANDOM_TOUCHES


def split_cores() -> tuple[frozenset[int], frozenset[int]]:
    """Divide the cores of this process between a server and its clients.

    Returns
    -------
    server_cores, client_cores : frozenset of int
        The first half and the rest; the same single core twice when there is but one.
    """
    if len(_CORES) == 1:
        return frozenset(_CORES), frozenset(_CORES)
    half = len(_CORES) // 2
    return frozenset(_CORES[:half]), frozenset(_CORES[half:])


@contextmanager
def pinned(cores: Collection[int]) -> Iterator[None]:
    """Keep this thread, and what it starts, on the given cores within a ``with`` block.

    Parameters
    ----------
    cores : collection of int
        Logical cores.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _cpu_model() -> str:
    """Read the processor's name."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine() or "unknown"


def _file_system(directory: Path) -> str:
    """Find the type of the mounted file system with the longest path above `directory`."""
    place = directory.resolve()
    best, kind = -1, "unknown"
    for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines():
        mount, mount_kind = line.split()[1:3]
        # Later mounts hide earlier ones on the same path.
        if place.is_relative_to(mount) and len(mount) >= best:
            best, kind = len(mount), mount_kind
    return kind


def _sync_times(file: SyncFile, seconds: float) -> NDArray[np.int64]:
    times_ns: list[int] = []
    now = time.perf_counter_ns()
    end = now + int(seconds * 1e9)
    while now < end:
        file.append()
        then, now = now, time.perf_counter_ns()
        times_ns.append(now - then)
    return np.array(times_ns, dtype=np.int64)


def _best_s(action: Callable[[], object]) -> float:
    """Run an action five times and give the shortest time in seconds."""
    best = float("inf")
    for _ in range(_PROBE_REPEATS):
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return best


@njit(cache=True, nogil=True)
def _sum_words(words: NDArray[np.int64]) -> int:
    """Read every word once."""
    total = 0
    for index in range(words.shape[0]):
        total += words[index]
    return total


@njit(cache=True, nogil=True)
def _copy_words(source: NDArray[np.int64], target: NDArray[np.int64]) -> None:
    """Read every word and write it to the same place of the target."""
    for index in range(source.shape[0]):
        target[index] = source[index]


@njit(cache=True, nogil=True)
def _touch_lines(words: NDArray[np.int64], lines: NDArray[np.int32]) -> None:
    """Add one to the first word of each named cache line."""
    for index in range(lines.shape[0]):
        words[lines[index] * _CACHE_LINE_WORDS] += 1
