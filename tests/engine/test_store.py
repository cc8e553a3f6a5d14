"""The data directory on a real file system: rights, lock, short writes, refusals."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from slotline.engine.errors import InvalidRequest, JournalCorrupt, JournalFailed, StoreInUse
from slotline.engine.store import FileStore, OpenFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    """Make an empty data directory."""
    return FileStore(tmp_path / "data")


def mode(path: Path) -> int:
    """Return the permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_are_private_and_so_are_files(store: FileStore) -> None:
    """0700 and 0600, whatever the umask."""
    store.make_folder("journal")
    store.create_zeroed("journal/a", 10).close()
    store.write_atomic("b", b"x")
    store.lock()
    assert mode(store.path) == mode(store.path / "journal") == 0o700
    assert mode(store.path / "journal/a") == mode(store.path / "b") == 0o600
    assert mode(store.path / "lock") == 0o600


def test_a_linked_data_directory_is_refused(tmp_path: Path) -> None:
    """A link could point anywhere by tomorrow."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(InvalidRequest, match="symbolic link"):
        FileStore(tmp_path / "link")
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidRequest, match="no directory"):
        FileStore(tmp_path / "file")


def test_a_linked_file_is_refused(store: FileStore) -> None:
    """The folder must hold its own bytes."""
    (store.path / "real").write_bytes(b"x")
    (store.path / "link").symlink_to(store.path / "real")
    with pytest.raises(JournalFailed, match="ELOOP"):
        store.open_file("link")
    (store.path / "folder").mkdir()
    with pytest.raises(JournalFailed):
        store.open_file("folder")


def test_a_second_holder_is_told_who_has_the_directory(store: FileStore) -> None:
    """The message names the process; after unlock the directory is free."""
    store.lock()
    with pytest.raises(StoreInUse, match=f"in use by process {os.getpid()}"):
        FileStore(store.path).lock()
    with pytest.raises(StoreInUse, match="already open in this process"):
        store.lock()
    store.unlock()
    other = FileStore(store.path)
    other.lock()
    other.unlock()


def test_short_writes_are_completed(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system may take any part of a vectored write."""
    taken: list[int] = []

    def write_some(descriptor: int, buffers: Sequence[bytes], offset: int) -> int:
        content = b"".join(buffers)[: 7 * (len(taken) + 1)]
        taken.append(len(content))
        return os.pwrite(descriptor, content, offset)

    file = store.create_zeroed("a", 64)
    monkeypatch.setattr(os, "pwritev", write_some)
    file.write((b"head", bytearray(b"payload-"), memoryview(b"x" * 20)), 8, 32)
    file.write((b"0123456789abcdef",), 40, 16)
    assert taken == [7, 14]
    assert file.read(0, 64) == bytes(8) + b"headpayload-" + b"x" * 20 + b"0123456789abcdef" + bytes(
        8
    )


def test_more_buffers_than_the_system_takes_are_written(store: FileStore) -> None:
    """Linux takes 1024 at a time."""
    buffers = [bytes([number % 256]) * 3 for number in range(2500)]
    file = store.create_zeroed("a", 7600)
    file.write(buffers, 50, 7500)
    assert file.read(50, 7500) == b"".join(buffers)


def test_a_write_without_progress_fails(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zero bytes taken twice would loop for ever."""
    file = store.create_zeroed("a", 64)
    monkeypatch.setattr(os, "pwritev", lambda *_: 0)
    monkeypatch.setattr(os, "pwrite", lambda *_: 0)
    with pytest.raises(JournalFailed, match="EIO"):
        file.write((b"abc",), 0, 3)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("pwritev", "write"),
        ("fdatasync", "sync"),
        ("replace", "rename"),
        ("unlink", "deletion"),
        ("fsync", "sync"),
        ("statvfs", "free space"),
    ],
)
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_refusal_of_the_system_is_fatal_and_named(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, call: str, name: str, code: int
) -> None:
    """Each kind of operation, each kind of refusal: JournalFailed, no retry."""
    file = store.create_zeroed("a", 64)
    calls = []

    def refuse(*_: object) -> int:
        calls.append(1)
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, refuse)
    actions = {
        "pwritev": lambda: file.write((b"x",), 0, 1),
        "fdatasync": file.sync,
        "replace": lambda: store.rename("a", "b"),
        "unlink": lambda: store.unlink("a"),
        "fsync": lambda: store.sync_dir(""),
        "statvfs": store.free_bytes,
    }
    with pytest.raises(JournalFailed, match=f"{name} of .*{errno.errorcode[code]}"):
        actions[call]()
    assert len(calls) == 1


@pytest.mark.parametrize("in_kernel", [True, False])
def test_a_copy_has_the_first_bytes(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, *, in_kernel: bool
) -> None:
    """In the kernel, or by hand where the file system cannot."""
    source = store.create_zeroed("a", 3 << 20)
    content = os.urandom(2_500_000)
    source.write((content,), 0, len(content))
    if not in_kernel:

        def refuse(*_: object) -> int:
            raise OSError(errno.EXDEV, "other device")

        monkeypatch.setattr(os, "copy_file_range", refuse)
    store.copy_start(source, 2_400_001, "b")
    assert (store.path / "b").read_bytes() == content[:2_400_001]
    with pytest.raises(JournalFailed, match="source ends after"):
        store.copy_start(source, 4 << 20, "c")


def test_small_files_are_replaced_whole(store: FileStore) -> None:
    """The temporary name is gone afterwards; oversized files are not read."""
    store.write_atomic("a", b"one")
    store.write_atomic("a", b"two")
    assert store.read_small("a") == b"two"
    assert os.listdir(store.path) == ["a"]
    store.create_zeroed("big", (1 << 20) + 1).close()
    with pytest.raises(JournalCorrupt, match="1048577 bytes"):
        store.read_small("big")


def test_facts_about_the_directory(store: FileStore) -> None:
    """Listing, existence, contents, free space."""
    assert store.names("journal") == []
    store.make_folder("journal")
    store.make_folder("journal")
    file = store.create_zeroed("journal/b", 5)
    store.create_zeroed("journal/a", 0).close()
    assert store.names("journal") == ["a", "b"]
    assert store.exists("journal/a")
    assert not store.exists("journal/c")
    assert bytes(file.view()) == bytes(5)
    assert bytes(OpenFile(os.open(store.path / "journal/a", os.O_RDWR), "a").view()) == b""
    assert store.free_bytes() > 0
    assert store.where == str(store.path)
    file.close()
    file.close()


@pytest.mark.parametrize("call", ["pread", "preadv"])
def test_a_byte_that_cannot_be_read_is_named(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """A bad sector is corruption with a place, not a dead process."""
    file = store.create_zeroed("a", 64)

    def refuse(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(JournalCorrupt, match="a cannot be read at 0: Input/output error"):
        file.read(0, 8) if call == "pread" else file.view()


def test_a_file_that_shrank_is_named(store: FileStore) -> None:
    """Someone cut it while it was open."""
    file = store.create_zeroed("a", 64)
    os.truncate(store.path / "a", 40)
    with pytest.raises(JournalCorrupt, match="a cannot be read at 40: expected 64 bytes"):
        file.view()


@pytest.mark.parametrize(("code", "is_fatal"), [(errno.EIO, True), (errno.ENOSYS, False)])
def test_an_early_write_may_be_missing_but_not_fail(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, code: int, *, is_fatal: bool
) -> None:
    """The kernel may tell of a disk error only once, so it counts here too."""

    def refuse(*_: object) -> int:
        ctypes.set_errno(code)
        return -1

    file = store.create_zeroed("a", 64)
    file.start_write()
    monkeypatch.setattr("slotline.engine.store._sync_file_range", refuse)
    if is_fatal:
        with pytest.raises(JournalFailed, match="EIO"):
            file.start_write()
    else:
        file.start_write()
        file.sync()
