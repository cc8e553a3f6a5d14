"""The data directory on a local file system; the only module of the engine that opens files.

A refused write, sync, rename or unlink is a `JournalFailed` and is never retried: after a
failed sync the page cache may show bytes that the disk does not hold.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from .arena import allocate
from .errors import InvalidRequest, JournalCorrupt, JournalFailed, StoreInUse
from .failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .files import File as File
    from .files import Store as Store
    from .frame import Buffer

FOLDER_MODE = 0o700
FILE_MODE = 0o600
LOCK_NAME = "lock"
TEMPORARY_SUFFIX = ".tmp"
SMALL_FILE_BYTES_MAX = 1 << 20
# Linux takes at most 1024 buffers in one vectored write.
VECTOR_COUNT_MAX = 1024
# The page cache keeps a file in pieces of the size it was filled with, and each write and sync
# looks through whole pieces: with 1 MiB a group of 17 KB is a tenth slower, with 4 KiB one of
# 1 MB takes twice as long.
ZERO_CHUNK_BYTES = 1 << 16
ZERO_SYNC_BYTES = 4 << 20
_ZERO_CHUNK = bytes(ZERO_CHUNK_BYTES)

# From the start to the end of the file, begin to write: objects of the C types, because giving
# the call its argument types makes it twice as slow.
_START_WRITE = (ctypes.c_int64(0), ctypes.c_int64(0), ctypes.c_uint(2))


def _find_sync_file_range() -> Callable[..., object]:
    """Return the Linux call that Python has no name for, or a stand-in that does nothing."""
    try:
        return cast("Callable[..., object]", ctypes.CDLL(None, use_errno=True).sync_file_range)
    except (OSError, AttributeError):
        return lambda *_: 0


_sync_file_range = _find_sync_file_range()


def parent_folder(name: str) -> str:
    """Return the folder part of a relative name, '' for the data directory itself."""
    return name.rpartition("/")[0]


def _failed(verb: str, name: str, error: OSError) -> JournalFailed:
    reason = errno.errorcode.get(error.errno or 0, "error")
    return JournalFailed(
        f"{verb} of {name} failed: {reason} ({error.strerror}); nothing more is acknowledged, "
        "stop this process and recover in a new one"
    )


def _unreadable(name: str, offset: int, reason: str | None) -> JournalCorrupt:
    return JournalCorrupt(f"{name} cannot be read at {offset}: {reason}; restore it from a backup")


class OpenFile:
    """A file of a `FileStore`.

    Parameters
    ----------
    descriptor : int
        Open file descriptor; owned by this object.
    name : str
        For messages.
    """

    def __init__(self, descriptor: int, name: str) -> None:
        self.descriptor = descriptor
        self.name = name
        self.size_bytes = os.fstat(descriptor).st_size

    def write(self, buffers: Sequence[Buffer], offset: int, count: int) -> None:
        """Write all buffers from `offset`, completing short writes.

        Parameters
        ----------
        buffers : sequence of buffers
            C-contiguous; not copied.
        offset : int
            Position in bytes.
        count : int
            Size of all buffers together, bytes.

        Raises
        ------
        JournalFailed
            The system refused the write, or it makes no progress.
        """
        try:
            if len(buffers) <= VECTOR_COUNT_MAX:
                written = os.pwritev(self.descriptor, buffers, offset)
            else:
                written = 0
            if written != count:
                self._complete(buffers, offset, written)
        except OSError as error:
            raise _failed("write", self.name, error) from error

    def start_write(self) -> None:
        """Ask the kernel to begin writing what is unsynced to the disk; a sync must follow."""
        if _sync_file_range(self.descriptor, *_START_WRITE) != 0:
            code = ctypes.get_errno()
            # An error of the disk may be told only once; that the call is missing is no error.
            if code in (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS):
                raise _failed("write", self.name, OSError(code, os.strerror(code)))

    def _complete(self, buffers: Sequence[Buffer], offset: int, written: int) -> None:
        skip = written
        position = offset + written
        for buffer in buffers:
            view = memoryview(buffer).cast("B")
            if skip >= view.nbytes:
                skip -= view.nbytes
                continue
            rest = view[skip:]
            skip = 0
            while rest.nbytes:
                count = os.pwrite(self.descriptor, rest, position)
                if count <= 0:
                    raise OSError(errno.EIO, "write makes no progress")
                position += count
                rest = rest[count:]

    def zero(self, offset: int, count: int) -> None:
        """Write `count` zeros from `offset`, in chunks; the file may grow. See `write`."""
        end = offset + count
        while offset < end:
            size = min(ZERO_CHUNK_BYTES, end - offset)
            self.write((_ZERO_CHUNK[:size],), offset, size)
            offset += size
        self.size_bytes = max(self.size_bytes, end)

    def sync(self) -> None:
        """Make every earlier write durable.

        Raises
        ------
        JournalFailed
            The system refused; never call it again for the same bytes.
        """
        try:
            os.fdatasync(self.descriptor)
        except OSError as error:
            raise _failed("sync", self.name, error) from error

    def read(self, offset: int, count: int) -> bytes:
        """Read bytes.

        Parameters
        ----------
        offset, count : int
            First byte and number of bytes.

        Returns
        -------
        bytes
            Fewer than `count` only at the end of the file.

        Raises
        ------
        JournalCorrupt
            The disk cannot give the bytes back.
        """
        try:
            return os.pread(self.descriptor, count, offset)
        except OSError as error:
            raise _unreadable(self.name, offset, error.strerror) from error

    def view(self, room: memoryview | None = None) -> memoryview:
        """Return the whole contents, uint8, read-only; see `files.File`.

        Read, not mapped: where the disk cannot give a byte back, a mapping kills the process
        without a word.

        Raises
        ------
        JournalCorrupt
            The disk cannot give the bytes back, or the file has shrunk.
        """
        # In huge pages: a segment's worth of small ones costs as much as reading it.
        size = self.size_bytes
        content = allocate(size, np.uint8).data if room is None else room[:size]
        done = 0
        while done < len(content):
            try:
                count = os.preadv(self.descriptor, [content[done:]], done)
            except OSError as error:
                raise _unreadable(self.name, done, error.strerror) from error
            if count == 0:
                raise _unreadable(self.name, done, f"expected {len(content)} bytes")
            done += count
        return content.toreadonly()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


class FileStore:
    """The data directory of one site on a local file system.

    Parameters
    ----------
    path : str or Path
        The data directory. Made with mode 0700 when it does not exist; its parent must.

    Raises
    ------
    InvalidRequest
        The path is a symbolic link or no directory.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        if self._path.is_symlink():
            raise InvalidRequest(f"data directory {self._path} is a symbolic link; name its target")
        if not self._path.exists():
            self._path.mkdir(mode=FOLDER_MODE)
            _sync_folder(self._path.parent)
        if not self._path.is_dir():
            raise InvalidRequest(f"data directory {self._path} is no directory")
        self._lock_descriptor = -1

    @property
    def where(self) -> str:
        """Path of the data directory."""
        return str(self._path)

    @property
    def path(self) -> Path:
        """Path of the data directory."""
        return self._path

    def lock(self) -> None:
        """Take the exclusive lock of the directory for this process.

        Raises
        ------
        StoreInUse
            Another holder has it; the message names its process.
        """
        if self._lock_descriptor >= 0:
            raise StoreInUse(f"data directory {self._path} is already open in this process")
        descriptor = self._open(LOCK_NAME, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise StoreInUse(
                f"data directory {self._path} is in use by process {holder}; stop that one first"
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._lock_descriptor = descriptor

    def unlock(self) -> None:
        """Give the lock back; without a lock nothing happens."""
        if self._lock_descriptor >= 0:
            os.close(self._lock_descriptor)
            self._lock_descriptor = -1

    def make_folder(self, name: str) -> None:
        """Make a folder with mode 0700; one that exists is kept. See `files.Store`."""
        target = self._path / name
        if not target.is_dir():
            target.mkdir(mode=FOLDER_MODE)
        self.sync_dir(parent_folder(name))

    def names(self, folder: str) -> list[str]:
        """List a folder, sorted; empty when there is none. See `files.Store`."""
        target = self._path / folder
        return sorted(os.listdir(target)) if target.is_dir() else []

    def exists(self, name: str) -> bool:
        """Tell whether a name exists, be it a dangling link, which a later open refuses."""
        return os.path.lexists(self._path / name)

    def _open(self, name: str, flags: int) -> int:
        try:
            return os.open(
                self._path / name, flags | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE
            )  # links are refused: the folder must hold its own bytes
        except OSError as error:
            raise _failed("opening", name, error) from error

    def open_file(self, name: str) -> OpenFile:
        """Open an existing file for reading and writing.

        Parameters
        ----------
        name : str
            Relative name.

        Returns
        -------
        OpenFile
            The caller closes it.

        Raises
        ------
        JournalFailed
            There is no such regular file, or it may not be opened.
        """
        descriptor = self._open(name, os.O_RDWR)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise JournalFailed(f"{name} in {self._path} is no regular file")
        return OpenFile(descriptor, name)

    def create_zeroed(self, name: str, count: int) -> OpenFile:
        """Make or replace a file of zeros that are really on the disk.

        Writing zeros, rather than reserving space, keeps later syncs free of metadata.

        Parameters
        ----------
        name : str
            Relative name.
        count : int
            Size in bytes.

        Returns
        -------
        OpenFile
            The caller closes it.

        Raises
        ------
        JournalFailed
            The system refused, for example for lack of space.
        """
        file = OpenFile(self._open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC), name)
        try:
            # In small steps: one large flush would hold up the syncs of the journal beside it.
            for start in range(0, count, ZERO_SYNC_BYTES):
                file.zero(start, min(ZERO_SYNC_BYTES, count - start))
                file.sync()
        except BaseException:
            file.close()
            raise
        return file

    def copy_start(self, source: File, count: int, name: str) -> None:
        """Copy the start of an open file inside the kernel, and sync the copy.

        Parameters
        ----------
        source : File
            A file of this store, at least `count` bytes long.
        count : int
            Bytes to copy.
        name : str
            Relative name of the copy; replaced when it exists.
        """
        if not isinstance(source, OpenFile):
            raise InvalidRequest("the source of a copy must be a file of this store")
        target = OpenFile(self._open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC), name)
        try:
            _copy_bytes(source.descriptor, target.descriptor, count)
            target.sync()
            # Nobody reads it soon: its pages are worth more to the journal.
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(target.descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        except OSError as error:
            raise _failed("copy", name, error) from error
        finally:
            target.close()

    def rename(self, source: str, target: str) -> None:
        """Rename a file, replacing `target`; durable after `sync_dir`. See `files.Store`."""
        failpoint("store.before_rename")
        try:
            os.replace(self._path / source, self._path / target)
        except OSError as error:
            raise _failed("rename", f"{source} to {target}", error) from error
        failpoint("store.after_rename")

    def unlink(self, name: str) -> None:
        """Delete a file; durable after `sync_dir`. See `files.Store`."""
        failpoint("store.before_unlink")
        try:
            os.unlink(self._path / name)
        except OSError as error:
            raise _failed("deletion", name, error) from error

    def sync_dir(self, folder: str) -> None:
        """Make the entries of a folder durable. See `files.Store`."""
        failpoint("store.before_sync_dir")
        try:
            _sync_folder(self._path / folder)
        except OSError as error:
            raise _failed("sync", folder or self.where, error) from error

    def read_small(self, name: str) -> bytes:
        """Read a whole file of at most 1 MiB.

        Parameters
        ----------
        name : str
            Relative name.

        Returns
        -------
        bytes
            Its contents.

        Raises
        ------
        JournalCorrupt
            It is larger than any small file of a store may be.
        """
        file = self.open_file(name)
        try:
            if file.size_bytes > SMALL_FILE_BYTES_MAX:
                raise JournalCorrupt(
                    f"{name} has {file.size_bytes} bytes, at most {SMALL_FILE_BYTES_MAX} expected"
                )
            return file.read(0, file.size_bytes)
        finally:
            file.close()

    def write_atomic(self, name: str, content: bytes) -> None:
        """Replace a file so that a crash leaves the old or the new one, never a mixture."""
        temporary = name + TEMPORARY_SUFFIX
        file = OpenFile(self._open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC), temporary)
        try:
            file.write((content,), 0, len(content))
            file.sync()
        finally:
            file.close()
        self.rename(temporary, name)
        self.sync_dir(parent_folder(name))

    def free_bytes(self) -> int:
        """Return the free bytes of the file system, without the superuser's reserve."""
        try:
            info = os.statvfs(self._path)
        except OSError as error:
            raise _failed("free space", self.where, error) from error
        return info.f_bavail * info.f_frsize


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy_bytes(source: int, target: int, count: int) -> None:
    """Copy `count` bytes from the start of one descriptor to another, in the kernel if it can."""
    done = 0
    in_kernel = hasattr(os, "copy_file_range")
    while done < count:
        if in_kernel:
            try:
                moved = os.copy_file_range(source, target, count - done, done, done)
            except OSError as error:
                if error.errno not in (errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP):
                    raise
                in_kernel = False
                continue
        else:
            moved = os.pwrite(
                target, os.pread(source, ZERO_CHUNK_BYTES, done)[: count - done], done
            )
        if moved == 0:
            raise OSError(errno.EIO, f"source ends after {done} of {count} bytes")
        done += moved
