"""The seam to the file system: what the engine may ask of files, as two Protocols.

`store.FileStore` is the real one. The crash simulator has another that logs each operation
and rebuilds the disk as a power cut would leave it. Names are relative, with ``/`` between
folder and file; positions and sizes are in bytes. A refused operation is a `JournalFailed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .frame import Buffer


class File(Protocol):
    """One open file of a store; positions and sizes in bytes."""

    @property
    def size_bytes(self) -> int:
        """Size of the file."""
        ...

    def write(self, buffers: Sequence[Buffer], offset: int, count: int) -> None:
        """Write all buffers, `count` bytes together, from `offset`; not durable yet."""
        ...

    def start_write(self) -> None:
        """Ask the system to begin writing what is unsynced to the disk; promises nothing."""
        ...

    def zero(self, offset: int, count: int) -> None:
        """Write `count` zero bytes from `offset`; not durable yet."""
        ...

    def sync(self) -> None:
        """Make every earlier write to this file durable."""
        ...

    def read(self, offset: int, count: int) -> bytes:
        """Read up to `count` bytes from `offset`; fewer only at the end of the file."""
        ...

    def view(self, room: memoryview | None = None) -> memoryview:
        """Return the whole contents, read-only; later writes need not show in it.

        They may lie in `room` (uint8, at least `size_bytes` long), which they then overwrite.
        """
        ...

    def close(self) -> None:
        """Close the file; nothing is synced."""
        ...


class Store(Protocol):
    """A data directory: the operations that the engine makes on files."""

    @property
    def where(self) -> str:
        """Name of the directory, for messages."""
        ...

    def lock(self) -> None:
        """Take the exclusive lock, or raise StoreInUse."""
        ...

    def unlock(self) -> None:
        """Give the lock back."""
        ...

    def make_folder(self, name: str) -> None:
        """Make a folder, durable with its entry; one that exists is kept."""
        ...

    def names(self, folder: str) -> list[str]:
        """List the names in a folder, sorted; empty when there is no such folder."""
        ...

    def exists(self, name: str) -> bool:
        """Tell whether a file or folder of that name exists."""
        ...

    def open_file(self, name: str) -> File:
        """Open an existing file for reading and writing."""
        ...

    def create_zeroed(self, name: str, count: int) -> File:
        """Make or replace a file of `count` zero bytes, really written, and synced."""
        ...

    def copy_start(self, source: File, count: int, name: str) -> None:
        """Make or replace the file `name` from the first `count` bytes of `source`; synced."""
        ...

    def rename(self, source: str, target: str) -> None:
        """Rename, replacing `target`; durable after `sync_dir`."""
        ...

    def unlink(self, name: str) -> None:
        """Delete a file; durable after `sync_dir`."""
        ...

    def sync_dir(self, folder: str) -> None:
        """Make the entries of a folder durable ('' is the data directory itself)."""
        ...

    def read_small(self, name: str) -> bytes:
        """Read a whole small file."""
        ...

    def write_atomic(self, name: str, content: bytes) -> None:
        """Replace a file: temporary name, sync, rename, sync of the folder."""
        ...

    def free_bytes(self) -> int:
        """Return the bytes that are free for this process on the file system."""
        ...
