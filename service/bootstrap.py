"""The only file that knows concrete classes: file store, system clock, engine, server.

It is imported when a command needs a store or a server, never before: with it come Numba and gRPC.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Final, Literal

from ..engine.errors import InvalidRequest, JournalCorrupt, StoreMismatch
from ..engine.limits import RINGS, SMALL, Capacity
from .kernel_cache import use_kernel_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ..engine.engine import Engine
    from ..engine.ports import Clock
    from ..engine.store import FileStore
    from .server import Server, ServerOptions

SETTINGS_NAME: Final = "settings.json"
SETTINGS_FORMAT: Final = 1
SIZES: Final = {"small": SMALL, "large": Capacity()}
"""Capacities that can be named."""

Detect = Literal["lag", "full"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a data directory remembers beside its journal.

    Parameters
    ----------
    capacity : Capacity
        Rows per table. Rings keep theirs for good; other tables may grow.
    """

    capacity: Capacity


def make_capacity(size: str, rows: Mapping[str, int]) -> Capacity:
    """Make a capacity from a named one and changes.

    Parameters
    ----------
    size : str
        Key of `SIZES`.
    rows : mapping of str to int
        Rows of single tables.

    Returns
    -------
    Capacity
        Checked.

    Raises
    ------
    InvalidRequest
        Unknown size or table, or rows that do not fit.
    """
    if size not in SIZES:
        raise InvalidRequest(f"size: found {size!r}, expected one of {', '.join(SIZES)}")
    return _changed(SIZES[size], rows)


def _changed(capacity: Capacity, rows: Mapping[str, int]) -> Capacity:
    known = [entry.name for entry in fields(Capacity)]
    for name in rows:
        if name not in known:
            raise InvalidRequest(f"rows: found table {name!r}, expected one of {', '.join(known)}")
    try:
        return replace(capacity, **rows)
    except ValueError as error:
        raise InvalidRequest(str(error)) from error


def open_store(folder: Path) -> FileStore:
    """Give the store of an existing data directory, not locked.

    Raises
    ------
    StoreMismatch
        There is no such directory.
    InvalidRequest
        It is a link or no directory.
    """
    from ..engine.store import FileStore

    if not folder.exists():
        raise StoreMismatch(
            f"data directory {folder}: found nothing, expected a store; make one with "
            f"`slotline init {folder}`"
        )
    return FileStore(folder)


def make_clock(path: Path | None) -> Clock:
    """Give the machine's clock, or one that another process sets by a file (simulated days).

    Parameters
    ----------
    path : Path or None
        The clock's file, None for the machine's clock.

    Returns
    -------
    Clock
        Reads microseconds UTC.

    Raises
    ------
    InvalidRequest
        The file cannot be used.
    """
    from .clock import FileClock, SystemClock

    if path is None:
        return SystemClock()
    try:
        return FileClock(path)
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"clock file {path}: cannot be used: {error}") from error


def create_store(
    folder: Path, site: str, capacity: Capacity, *, clock_path: Path | None = None
) -> str:
    """Make a new store and close it.

    Parameters
    ----------
    folder : Path
        Data directory: missing or empty, its parent exists.
    site : str
        Name of the site.
    capacity : Capacity
        Rows per table.
    clock_path : Path or None
        As in `make_clock`.

    Returns
    -------
    str
        The new store's id, 32 hexadecimal characters.

    Raises
    ------
    InvalidRequest
        The folder holds other files, or cannot be made.
    StoreMismatch, StoreInUse, JournalFailed
        See their own texts.
    """
    from ..engine.head import IDENTITY_NAME
    from ..engine.journal import Journal
    from ..engine.store import FileStore

    clock = make_clock(clock_path)
    _check_new_folder(folder, IDENTITY_NAME)
    try:
        store = FileStore(folder)
    except OSError as error:
        raise InvalidRequest(
            f"data directory {folder}: cannot be made: {error.strerror}; its parent must exist"
        ) from error
    # Before the store itself: a crash in between leaves a folder that `init` takes again.
    _write_settings(store, capacity)
    store_id = secrets.token_bytes(16)
    # The journal alone is a whole store; no kernel has to be compiled for an empty one.
    Journal.create(
        store,
        site,
        store_id=store_id,
        created_us=clock.now_us(),
        ring_rows=capacity.rings,
    ).close()
    return store_id.hex()


def _write_settings(store: FileStore, capacity: Capacity) -> None:
    content = {"format": SETTINGS_FORMAT, "capacity": asdict(capacity)}
    store.write_atomic(SETTINGS_NAME, json.dumps(content, indent=1).encode() + b"\n")


def _check_new_folder(folder: Path, identity_name: str) -> None:
    if not folder.is_dir() or folder.is_symlink():
        return
    names = {path.name for path in folder.iterdir()}
    if identity_name in names:
        raise StoreMismatch(
            f"data directory {folder}: found a store, expected a new or empty folder; "
            f"serve it with `slotline serve {folder}`, or name another folder"
        )
    if names and SETTINGS_NAME not in names:
        raise InvalidRequest(
            f"data directory {folder}: found {min(names)!r}, expected a new or empty folder"
        )


def read_settings(store: FileStore) -> Settings:
    """Read what a data directory remembers.

    Without settings all tables but the rings, which the store's name tag knows, have their default
    rows.

    Raises
    ------
    StoreMismatch
        Settings that this build cannot read; none, and a name tag that does not know the rings.
    JournalCorrupt
        No settings, and a damaged name tag.
    """
    from ..engine.head import read_identity

    if not store.exists(SETTINGS_NAME):
        rings = read_identity(store).ring_rows
        if not rings:
            raise StoreMismatch(
                f"{store.where}: found no {SETTINGS_NAME}, expected the one that was made with the "
                f"store, because its rings must keep their sizes; restore it from a backup"
            )
        return Settings(_changed(Capacity(), rings))
    try:
        found = json.loads(store.read_small(SETTINGS_NAME))
        if found["format"] != SETTINGS_FORMAT:
            raise ValueError(f"format {found['format']}")
        # What a build can size differs between versions: tables that are new have their default
        # rows, and a name that is none any more sizes nothing.
        known = {entry.name for entry in fields(Capacity)}
        rows = {name: int(rows) for name, rows in found["capacity"].items() if name in known}
        return Settings(Capacity(**rows))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreMismatch(
            f"{SETTINGS_NAME} in {store.where}: found {error}, expected format {SETTINGS_FORMAT} "
            f"with a capacity; restore it from a backup"
        ) from error


def read_rings(store: FileStore) -> dict[str, int] | None:
    """Give the rows of the rings as the store's files tell, None when they do not."""
    try:
        return read_settings(store).capacity.rings
    except (StoreMismatch, JournalCorrupt):
        return None


def open_engine(
    folder: Path,
    *,
    detect: Detect = "lag",
    rows: Mapping[str, int] | None = None,
    rebuild_head: bool = False,
    background: bool = True,
    clock: Clock | None = None,
) -> Engine:
    """Recover the store of a data directory.

    Parameters
    ----------
    folder : Path
        Data directory.
    detect : {"lag", "full"}
        How the head file is synced, see `Journal.open`.
    rows : mapping of str to int, optional
        Larger tables than the store remembers.
    rebuild_head : bool
        Accept a lost head file.
    background : bool
        Start the journal's threads.
    clock : Clock or None
        Read by the writer, None for the machine's.

    Returns
    -------
    Engine
        Ready.

    Raises
    ------
    StoreInUse, StoreMismatch, JournalCorrupt, JournalFailed, InvalidRequest
        See their own texts.
    """
    use_kernel_cache()
    from ..engine.engine import Engine

    store = open_store(folder)
    kept = read_settings(store).capacity
    for ring in RINGS:
        if (rows or {}).get(ring, getattr(kept, ring)) != getattr(kept, ring):
            raise InvalidRequest(
                f"rows: found {ring}={(rows or {})[ring]}, expected {getattr(kept, ring)}; a ring "
                f"keeps its size for good, because numbers are mapped to rows by it"
            )
    for table, count in (rows or {}).items():
        if count < getattr(kept, table, 0):
            raise InvalidRequest(
                f"rows: found {table}={count}, expected at least {getattr(kept, table)}, which the "
                f"store has; tables only grow"
            )
    capacity = _changed(kept, rows or {})
    engine = Engine.open(
        store,
        clock or make_clock(None),
        capacity=capacity,
        detect=detect,
        rebuild_head=rebuild_head,
        background=background,
    )
    if capacity != kept:
        try:
            _write_settings(store, capacity)
        except BaseException:
            engine.close()
            raise
    return engine


def now_us() -> int:
    """Give the time now by the system's clock, microseconds UTC."""
    from .clock import SystemClock

    return SystemClock().now_us()


def serve(
    open_it: Callable[[], Engine],
    options: ServerOptions,
    *,
    started: Callable[[Server], None],
    ready: Callable[[Server], None],
    clock: Clock | None = None,
) -> int:
    """Run a server until it is told to stop, see `server.run_server`."""
    use_kernel_cache()
    from .server import run_server

    return run_server(options, open_it, started=started, ready=ready, clock=clock)
