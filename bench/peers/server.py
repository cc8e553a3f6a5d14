"""A server process of our own: started, measured, pinned and stopped by its pid.

The command runs in a temporary directory that disappears with it. When this process is root, the
server can be run as another user, since PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from slotline.engine.errors import PeerUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from types import TracebackType

_UNPRIVILEGED_USER: Final = "nobody"
_READY_SECONDS_MAX: Final = 60.0
_STOP_SECONDS_MAX: Final = 60.0
_POLL_SECONDS: Final = 0.02
_LOG_TAIL_CHARACTERS: Final = 2_000
_MICROSECONDS_PER_TICK: Final = 1_000_000 // os.sysconf("SC_CLK_TCK")


class ServerDirectory:
    """A temporary directory, and the user that the server runs as in it.

    Parameters
    ----------
    name : str
        Short name of the peer; unix socket paths must stay below 108 bytes.
    parent : Path
        Where the directory is made.
    unprivileged : bool
        Whether to run the server as another user when this process is root.
    """

    def __init__(self, name: str, parent: Path, *, unprivileged: bool) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=f"slotline-{name}-", dir=parent))
        self.log = self.path / "server.log"
        self._user: int | None = None
        self._group: int | None = None
        if unprivileged and os.geteuid() == 0:
            account = pwd.getpwnam(_UNPRIVILEGED_USER)
            self._user, self._group = account.pw_uid, account.pw_gid
            os.chown(self.path, account.pw_uid, account.pw_gid)

    def reach(self, parent: Path, names: Sequence[str]) -> Path:
        """Make sibling folders reachable for the user that the server runs as.

        Parameters
        ----------
        parent : Path
            Folder that holds them.
        names : sequence of str
            Folders in it; those that do not exist are passed over.

        Returns
        -------
        parent : Path
            `parent` itself, or this directory with copies when the other user cannot get there.
        """
        folders = (parent.resolve(), *parent.resolve().parents)
        if self._user is None or all(folder.stat().st_mode & stat.S_IXOTH for folder in folders):
            return parent
        for name in names:
            if (parent / name).is_dir():
                shutil.copytree(parent / name, self.path / name)
        return self.path

    def start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start a command in the directory, its output going to the log.

        Parameters
        ----------
        command : sequence of str
            Program and arguments.

        Returns
        -------
        process : subprocess.Popen
            The running process.

        Raises
        ------
        PeerUnavailable
            If the program cannot be run.
        """
        try:
            with self.log.open("ab") as log:
                return subprocess.Popen(
                    list(command),
                    cwd=self.path,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    user=self._user,
                    group=self._group,
                    extra_groups=None if self._user is None else [],
                )
        except OSError as error:
            raise PeerUnavailable(
                f"cannot run {command[0]}: {error}; as root it is run as the user "
                f"{_UNPRIVILEGED_USER!r}, who must be able to reach it"
            ) from error

    def log_tail(self) -> str:
        """Give the end of the log.

        Returns
        -------
        text : str
            At most 2,000 characters.
        """
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return text[-_LOG_TAIL_CHARACTERS:]

    def remove(self) -> None:
        """Remove the directory and everything in it."""
        shutil.rmtree(self.path)


class Server:
    """One running peer; a context manager that stops it and removes its data.

    Parameters
    ----------
    directory : ServerDirectory
        Where it runs; owned from now on.
    command : sequence of str
        Program and arguments; must stay in the foreground.
    is_ready : callable
        Tells whether the server answers; called until it does.
    stop_signal : signal.Signals
        Signal that makes it stop in good order.

    Raises
    ------
    PeerUnavailable
        If it ends, or does not answer within a minute. The message ends with its log.
    """

    def __init__(
        self,
        directory: ServerDirectory,
        command: Sequence[str],
        is_ready: Callable[[], bool],
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.directory = directory
        self._stop_signal = stop_signal
        try:
            self._process = directory.start(command)
        except PeerUnavailable:
            directory.remove()
            raise
        try:
            self._wait_until(is_ready, command[0])
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Self:
        """Give the server itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server and remove its data."""
        self.stop()

    def cpu_us(self) -> int:
        """Read the CPU time of the server and of all its children, ended ones included.

        Returns
        -------
        cpu_us : int
            User and system time in microseconds, in ticks of 10,000.
        """
        return process_tree_cpu_us(self._process.pid)

    def pin(self, cores: Collection[int]) -> None:
        """Keep the server, its threads and its children on the given cores.

        Parameters
        ----------
        cores : collection of int
            Logical cores. Children and threads born later inherit them.
        """
        for pid in _process_tree(self._process.pid):
            for thread in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), cores)

    def _wait_until(self, is_ready: Callable[[], bool], program: str) -> None:
        """Ask again and again until the server answers, has ended, or the time is up."""
        deadline = time.monotonic() + _READY_SECONDS_MAX
        while not is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                log = self.directory.log_tail()
                raise PeerUnavailable(f"{program} did not become ready; its log ends:\n{log}")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Stop the server by its own pid and remove its directory; again is harmless."""
        if self._process.poll() is None:
            self._process.send_signal(self._stop_signal)
            try:
                self._process.wait(_STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self.directory.path.exists():
            self.directory.remove()


def exit_on_terminate() -> None:
    """Turn SIGTERM into `SystemExit`, so that a terminated benchmark still stops its servers.

    Call it from the main thread of a program, never from a library.
    """
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


def process_tree_cpu_us(pid: int) -> int:
    """Sum the CPU time of a process, its living children and those it has waited for.

    Parameters
    ----------
    pid : int
        The root of the tree.

    Returns
    -------
    cpu_us : int
        User and system time in microseconds, 0 when the process is gone.
    """
    ticks = 0
    for member in _process_tree(pid):
        fields = _stat_fields(member)
        # utime, stime and, for what has ended already, cutime and cstime.
        ticks += sum(int(field) for field in fields[11:15])
    return ticks * _MICROSECONDS_PER_TICK


def _process_tree(pid: int) -> list[int]:
    """List a process and its living descendants."""
    tree = [pid]
    for member in tree:
        children = Path(f"/proc/{member}/task/{member}/children")
        try:
            tree.extend(int(child) for child in children.read_text(encoding="ascii").split())
        except FileNotFoundError:
            continue  # It ended while we looked; its parent has its time by now.
    return tree


def _stat_fields(pid: int) -> list[str]:
    """Give the fields of /proc/PID/stat behind the name, which may hold blanks itself."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()
