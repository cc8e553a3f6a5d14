"""The server of the demo as a real child process: started, killed without warning, started again.

Only the process that this module started is ever signalled, by its own id.
"""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

from ...engine.errors import PeerUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from ..clock import FileClock

READY_TIMEOUT_S: Final = 300.0

STOP_TIMEOUT_S: Final = 60.0
_LOG_BYTES_SHOWN: Final = 2_000


class ServerProcess:
    """A `slotline serve` over its own store, on loopback.

    Parameters
    ----------
    folder : Path
        Existing folder that gets the store, the clock's file and the server's log.
    clock : FileClock
        The simulated time; the server reads the same file.
    clock_path : Path
        That file.
    """

    def __init__(self, folder: Path, clock: FileClock, clock_path: Path) -> None:
        self.store = folder / "store"
        self.clock = clock
        self.address = ""
        self.recovery_us = 0
        self._clock_path = clock_path
        self._log_path = folder / "server.log"
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def create(self, site: str) -> None:
        """Make the store with `slotline init`.

        Raises
        ------
        PeerUnavailable
            `init` refused; its words are in the message.
        """
        words = ["init", str(self.store), "--site", site, "--json", *self._clock_words()]
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            _command(words), capture_output=True, check=False
        )
        if done.returncode:
            text = done.stderr.decode(errors="replace").strip()
            raise PeerUnavailable(f"slotline init ended with {done.returncode}: {text}")

    def start(self) -> None:
        """Start the server; from the second time on at the same port. Does not wait."""
        words = ["serve", str(self.store), "--port", str(self._port), "--json"]
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                _command([*words, *self._clock_words()]), stdout=subprocess.PIPE, stderr=log
            )

    def wait_until_ready(self) -> None:
        """Wait for the line that the server prints when it serves.

        Raises
        ------
        PeerUnavailable
            It ended before, or took longer than `READY_TIMEOUT_S`.
        """
        process = self._running()
        output = process.stdout
        if output is None:
            raise PeerUnavailable("the server has no output to read")
        readable, _, _ = select.select([output], [], [], READY_TIMEOUT_S)
        line = output.readline() if readable else b""
        if not line:
            state = f"ended with {process.wait()}" if readable else "is not ready"
            raise PeerUnavailable(f"the server {state}; its last words: {self._last_words()}")
        facts = json.loads(line)
        self.address = str(facts["address"])
        self.recovery_us = int(facts["recovery_s"] * 1e6)
        self._port = int(self.address.rpartition(":")[2])

    def kill(self) -> int:
        """End the server by SIGKILL: nothing is flushed, nothing is closed.

        Returns
        -------
        int
            When, by `time.perf_counter_ns`.
        """
        process = self._running()
        at_ns = time.perf_counter_ns()
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.discard()
        return at_ns

    def stop(self) -> int:
        """End the server by SIGTERM.

        Returns
        -------
        int
            Its exit code, 0 when all went well.

        Raises
        ------
        PeerUnavailable
            It does not end in time.
        """
        process = self._running()
        process.terminate()
        try:
            return process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            raise PeerUnavailable(
                f"the server found no end within {STOP_TIMEOUT_S} s of SIGTERM; its last words: "
                f"{self._last_words()}"
            ) from error

    def discard(self) -> None:
        """Make sure that no process is left, whatever happened."""
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise PeerUnavailable("the server was not started")
        return self._process

    def _clock_words(self) -> list[str]:
        return ["--clock-file", str(self._clock_path)]

    def _last_words(self) -> str:
        text = self._log_path.read_bytes()[-_LOG_BYTES_SHOWN:].decode(errors="replace")
        return text.strip() or "none"


def _command(words: list[str]) -> list[str]:
    return [sys.executable, "-m", "slotline", *words]
