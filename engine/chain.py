"""The chain digest of a frame, computed while the disk is busy with it.

SHA-256 takes about as long as the disk for large groups. Up to 16 KiB it is simply computed.
Up to 256 KiB the store is asked to start writing, and the digest is computed meanwhile. Above
that a helper thread computes it while the writer waits in the sync; hashing and syncing both
run without the interpreter's lock.
"""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .frame import Buffer

START_WRITE_BYTES_MIN = 16 * 1024
HELPER_BYTES_MIN = 256 * 1024


def chain_digest(header: bytearray, buffers: Sequence[Buffer]) -> bytes:
    """Return SHA-256(header || payload).

    Parameters
    ----------
    header : bytearray
        128 bytes.
    buffers : sequence of buffers
        The payload, C-contiguous.

    Returns
    -------
    bytes
        32 bytes.
    """
    chain = hashlib.sha256(header)
    for buffer in buffers:
        chain.update(buffer)
    return chain.digest()


class ChainHelper:
    """A thread that computes one chain digest at a time.

    The thread starts with the first large group.
    """

    def __init__(self) -> None:
        self._asked = threading.Semaphore(0)
        self._answered = threading.Semaphore(0)
        self._header = bytearray()
        self._buffers: Sequence[Buffer] | None = None
        self._digest = b""
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def begin(self, header: bytearray, buffers: Sequence[Buffer]) -> None:
        """Start computing; `finish` must follow before the next `begin`.

        Parameters
        ----------
        header : bytearray
            128 bytes, not changed until `finish`.
        buffers : sequence of buffers
            The payload, not changed until `finish`.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="journal-chain", daemon=True)
            self._thread.start()
        self._header = header
        self._buffers = buffers
        self._asked.release()

    def finish(self) -> bytes:
        """Wait for the digest.

        Returns
        -------
        bytes
            32 bytes.
        """
        self._answered.acquire()
        self._buffers = None
        if self._error is not None:
            raise self._error
        return self._digest

    def stop(self) -> None:
        """End the thread; nothing may be under way."""
        if self._thread is not None:
            self._buffers = None
            self._asked.release()
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while True:
            self._asked.acquire()
            buffers = self._buffers
            if buffers is None:
                return
            try:
                self._digest = chain_digest(self._header, buffers)
            except BaseException as error:
                self._error = error
            self._answered.release()
