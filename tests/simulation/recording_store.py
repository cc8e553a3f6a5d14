"""A store in memory that logs every operation and can lose, tear and refuse them.

`RecordingStore` behaves as the file system of a running machine. `Disk` replays its log and
knows what a power cut may leave: everything synced, plus any part of what was not. A write
whose sync was refused is in limbo: the running machine shows it, no later sync saves it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slotline.engine.errors import JournalFailed, StoreInUse
from slotline.engine.store import TEMPORARY_SUFFIX, parent_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing_extensions import Buffer

    from slotline.engine.files import File

    # Row and pending operation -> lost, kept whole, or so many of its bytes.
    Choice = Callable[[int, "Operation"], bool | int]


@dataclass(frozen=True)
class Operation:
    """One change of the disk: kind, folder or inode it belongs to, and its arguments."""

    kind: str
    inode: int = -1
    folder: str = ""
    name: str = ""
    target: str = ""
    offset: int = 0
    content: bytes = b""


@dataclass
class Fault:
    """Refuse the operation number `at` (and all later ones when sticky)."""

    at: int
    kind: str
    is_sticky: bool = False
    is_hit: bool = False

    def strikes(self, index: int) -> bool:
        """Tell whether operation `index` is refused."""
        strikes = index >= self.at if self.is_sticky else index == self.at
        self.is_hit = self.is_hit or strikes
        return strikes


class RecordingFile:
    """One open file of a `RecordingStore`."""

    def __init__(self, store: RecordingStore, inode: int, name: str) -> None:
        self._store = store
        self.inode = inode
        self.name = name

    @property
    def size_bytes(self) -> int:
        """Size now."""
        return len(self._store.contents[self.inode])

    def write(self, buffers: Sequence[Buffer], offset: int, count: int) -> None:
        """Log and apply one write."""
        content = b"".join(bytes(memoryview(buffer).cast("B")) for buffer in buffers)
        assert len(content) == count
        operation = Operation("write", self.inode, name=self.name, offset=offset, content=content)
        self._store.do(operation)

    def start_write(self) -> None:
        """Promise nothing."""

    def zero(self, offset: int, count: int) -> None:
        """Log and apply one write of zeros."""
        self.write((bytes(count),), offset, count)

    def sync(self) -> None:
        """Log a sync."""
        self._store.do(Operation("sync", self.inode, name=self.name))

    def read(self, offset: int, count: int) -> bytes:
        """Return what the running machine shows."""
        return bytes(self._store.contents[self.inode][offset : offset + count])

    def view(self, room: memoryview | None = None) -> memoryview:
        """Return a read-only copy, in `room` as the real one does."""
        content = self._store.contents[self.inode]
        if room is None:
            return memoryview(bytes(content))
        room[: len(content)] = content
        return room[: len(content)].toreadonly()

    def close(self) -> None:
        """Do nothing."""


@dataclass
class RecordingStore:
    """A data directory in memory; see the module."""

    names_to_inodes: dict[str, int] = field(default_factory=dict)
    contents: dict[int, bytearray] = field(default_factory=dict)
    log: list[Operation] = field(default_factory=list)
    fault: Fault | None = None
    free: int = 1 << 40
    is_locked: bool = False
    attempts: int = 0

    @classmethod
    def from_image(cls, image: dict[str, bytes]) -> RecordingStore:
        """Boot from a disk image; all of it is durable."""
        store = cls()
        for inode, (name, content) in enumerate(sorted(image.items())):
            store.names_to_inodes[name] = inode
            store.contents[inode] = bytearray(content)
        return store

    def image(self) -> dict[str, bytes]:
        """Return what the running machine shows."""
        return {name: bytes(self.contents[i]) for name, i in self.names_to_inodes.items()}

    @property
    def where(self) -> str:
        """A name for messages."""
        return "memory"

    def do(self, operation: Operation) -> None:
        """Log and apply an operation, or refuse it as the fault says."""
        index = self.attempts
        self.attempts += 1
        if self.fault is not None and self.fault.strikes(index):
            if operation.kind == "sync":
                self.log.append(Operation("sync_failed", operation.inode, name=operation.name))
            elif operation.kind == "write" and self.fault.kind == "short":
                half = operation.content[: len(operation.content) // 2]
                self._apply(
                    Operation(
                        "write", operation.inode, name=operation.name,
                        offset=operation.offset, content=half,
                    )
                )  # fmt: skip
            raise JournalFailed(f"{operation.kind} of {operation.name}: {self.fault.kind}")
        self._apply(operation)

    def _apply(self, operation: Operation) -> None:
        self.log.append(operation)
        apply(operation, self.names_to_inodes, self.contents)

    def lock(self) -> None:
        """Take the lock."""
        if self.is_locked:
            raise StoreInUse("memory is locked")
        self.is_locked = True

    def unlock(self) -> None:
        """Give the lock back."""
        self.is_locked = False

    def make_folder(self, name: str) -> None:
        """Do nothing: folders exist when they hold something."""

    def names(self, folder: str) -> list[str]:
        """List a folder."""
        start = folder + "/"
        return sorted(n.removeprefix(start) for n in self.names_to_inodes if n.startswith(start))

    def exists(self, name: str) -> bool:
        """Tell whether a file exists."""
        return name in self.names_to_inodes

    def open_file(self, name: str) -> RecordingFile:
        """Open a file that exists."""
        if name not in self.names_to_inodes:
            raise JournalFailed(f"no file {name}")
        return RecordingFile(self, self.names_to_inodes[name], name)

    def _create(self, name: str) -> RecordingFile:
        inode = max(self.contents, default=-1) + 1
        self.do(Operation("create", inode, parent_folder(name), name))
        return RecordingFile(self, inode, name)

    def create_zeroed(self, name: str, count: int) -> RecordingFile:
        """Make a file of zeros, synced."""
        file = self._create(name)
        file.zero(0, count)
        file.sync()
        return file

    def copy_start(self, source: File, count: int, name: str) -> None:
        """Copy, synced."""
        file = self._create(name)
        file.write((source.read(0, count),), 0, count)
        file.sync()

    def rename(self, source: str, target: str) -> None:
        """Log and apply a rename."""
        inode = self.names_to_inodes[source]
        self.do(Operation("rename", inode, parent_folder(target), source, target))

    def unlink(self, name: str) -> None:
        """Log and apply a deletion."""
        self.do(Operation("unlink", self.names_to_inodes[name], parent_folder(name), name))

    def sync_dir(self, folder: str) -> None:
        """Log the sync of a folder."""
        self.do(Operation("sync_dir", folder=folder, name=folder))

    def read_small(self, name: str) -> bytes:
        """Return a whole file."""
        return bytes(self.contents[self.names_to_inodes[name]])

    def write_atomic(self, name: str, content: bytes) -> None:
        """Replace a file by temporary name, sync, rename and folder sync."""
        temporary = name + TEMPORARY_SUFFIX
        file = self._create(temporary)
        file.write((content,), 0, len(content))
        file.sync()
        self.rename(temporary, name)
        self.sync_dir(parent_folder(name))

    def free_bytes(self) -> int:
        """Return the bytes that the test says are free."""
        return self.free


def apply(operation: Operation, names: dict[str, int], contents: dict[int, bytearray]) -> None:
    """Apply an operation to names and contents; syncs change neither."""
    if operation.kind == "write":
        content = contents.setdefault(operation.inode, bytearray())
        end = operation.offset + len(operation.content)
        if len(content) < end:
            content.extend(bytes(end - len(content)))
        content[operation.offset : end] = operation.content
    elif operation.kind == "create":
        names[operation.name] = operation.inode
        contents.setdefault(operation.inode, bytearray())
    elif operation.kind == "rename":
        # The disk may hold the new entry although it never held the old one.
        if names.get(operation.name) == operation.inode:
            del names[operation.name]
        names[operation.target] = operation.inode
        contents.setdefault(operation.inode, bytearray())
    elif operation.kind == "unlink" and names.get(operation.name) == operation.inode:
        del names[operation.name]


def _is_covered(old: Operation, new: Operation) -> bool:
    return (
        old.kind == "write"
        and old.inode == new.inode
        and new.offset <= old.offset
        and old.offset + len(old.content) <= new.offset + len(new.content)
    )


class Disk:
    """What is certainly on the disk, and what may be; fed with a log, one step at a time."""

    def __init__(self, image: dict[str, bytes]) -> None:
        start = RecordingStore.from_image(image)
        self._names = start.names_to_inodes
        self._contents = start.contents
        self.pending: list[Operation] = []
        self._limbo: set[int] = set()

    def step(self, operation: Operation) -> None:
        """Take in the next operation of the log."""
        if operation.kind == "sync":
            self._settle(
                lambda o: (
                    o.kind == "write" and o.inode == operation.inode and id(o) not in self._limbo
                )
            )
        elif operation.kind == "sync_failed":
            self._limbo.update(
                id(o) for o in self.pending if o.kind == "write" and o.inode == operation.inode
            )
        elif operation.kind == "sync_dir":
            self._settle(lambda o: o.kind != "write" and o.folder == operation.folder)
        else:
            self.pending.append(operation)

    def _settle(self, is_durable: Callable[[Operation], bool]) -> None:
        rest = []
        for operation in self.pending:
            if is_durable(operation):
                apply(operation, self._names, self._contents)
            else:
                rest.append(operation)
            if operation.kind == "write" and is_durable(operation):
                # What was in limbo under a newer, synced write can no longer surface.
                rest = [old for old in rest if not _is_covered(old, operation)]
        self.pending = rest

    def image(self, choose: Choice) -> dict[str, bytes]:
        """Return an image: `choose` says of each pending operation yes, no or how many bytes."""
        names = dict(self._names)
        contents = {inode: bytearray(content) for inode, content in self._contents.items()}
        for row, operation in enumerate(self.pending):
            kept = choose(row, operation)
            if kept is False:
                continue
            if kept is not True and operation.kind == "write":
                operation = Operation(
                    "write", operation.inode, offset=operation.offset,
                    content=operation.content[:kept],
                )  # fmt: skip
            apply(operation, names, contents)
        return {name: bytes(contents.get(inode, b"")) for name, inode in names.items()}
