"""The command line against a real server: one story, from an empty folder to a second start."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READY_TIMEOUT_S = 240.0
STOP_TIMEOUT_S = 30.0

MAP = """
items: {code: sku, client: {value: ACME}, weight_g: {column: kg, factor: 1000}}
stock: {owner: {value: ACME}, location: bin}
orders: {owner: {value: ACME}, channel: {value: web}}
"""


def slotline(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command line as a person does, and check its exit code."""
    command = [sys.executable, "-m", "slotline", *map(str, arguments)]
    ran = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=READY_TIMEOUT_S
    )
    assert ran.returncode == code, f"{arguments}: {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    return ran


def answer(*arguments: object) -> Any:
    """Run a subcommand with --json and give its object."""
    return json.loads(slotline(*arguments, "--json").stdout)


@dataclass(slots=True)
class Running:
    """A server process over a folder, its first line and its address."""

    folder: Path
    process: subprocess.Popen[str]
    line: str
    target: str


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[Running]:
    """Serve a folder on a free port until the end of the block, and wait for its first line."""
    command = [sys.executable, "-m", "slotline", "serve", str(folder), "--port", "0", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(process.stdout, selectors.EVENT_READ)
                assert selector.select(READY_TIMEOUT_S), "the server is not ready in time"
            line = process.stdout.readline()
            assert line.startswith("ready on "), line
            yield Running(folder, process, line, line.split()[2].rstrip(","))
        finally:
            process.kill()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write one file of each table, in different formats, and a mapping."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "map.yaml").write_text(MAP)
    (folder / "items.csv").write_text("sku,kg\n" + "".join(f"S-{n},0.25\n" for n in range(50)))
    (folder / "bins.csv").write_text("code;zone;role\nL-1;Z;pick face\nL-2;Z;reserve\n")
    stock = {
        "item": [f"S-{n}" for n in range(50)],
        "bin": ["L-1", "L-2"] * 25,
        "units": [1_000] * 50,
    }
    pl.DataFrame(stock).write_parquet(folder / "stock.parquet")
    orders = {"code": ["1", "1", "2"], "item": ["S-0", "S-1", "S-0"], "units": [400, 5, 5_000]}
    pl.DataFrame(orders).write_ipc(folder / "orders.arrow")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty store made by `init`."""
    made = tmp_path_factory.mktemp("data") / "site1"
    slotline("init", made, "--size", "small")
    return made


@pytest.fixture(scope="module")
def imported(folder: Path, files: Path) -> Path:
    """Import all files into the folder, with nobody serving it."""
    facts = answer(
        *("import", folder, "--map", files / "map.yaml", "--items", files / "items.csv"),
        *("--locations", files / "bins.csv", "--stock", files / "stock.parquet"),
    )
    assert facts["imported"]["stock"]["outcomes"] == {"DONE": 50}
    return folder


@pytest.fixture(scope="module")
def server(imported: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Serve a copy of the folder while the tests of this module run."""
    copy = tmp_path_factory.mktemp("served") / "site1"
    subprocess.run(["cp", "-r", str(imported), str(copy)], check=True)
    with serving(copy, "--quiet") as running:
        yield running


def test_orders_go_to_the_running_server_once(server: Running, files: Path) -> None:
    """The second run is answered from the first one's outcomes; ATP falls once."""
    orders = ("--orders", files / "orders.arrow", "--map", files / "map.yaml")
    first = answer("import", "--target", server.target, *orders)
    assert first["imported"]["orders"] == {
        "rows": 3,
        "commands": 2,
        "outcomes": {"DONE": 1, "SHORT": 1},
        "new_names": ["web"],
        "imported_before": None,
    }
    short = {"table": "orders", "file": str(files / "orders.arrow"), "line": 3, "code": "2"}
    assert first["refused"] == [short | {"outcome": "SHORT"}]
    assert first["refused_count"] == 1
    again = answer("import", "--target", server.target, *orders)
    assert again["imported"]["orders"]["outcomes"] == {"DONE": 1, "SHORT": 1}
    told = slotline("import", "--target", server.target, *orders).stdout
    assert f"{files / 'orders.arrow'}, row 3, code '2': SHORT" in told
    begun = again["imported"]["orders"]["imported_before"]
    assert f"orders.arrow: imported before, begun {begun}; a store that executed it" in told
    assert "new channel" not in told
    atp = answer("atp", "S-0", "S-1", "S-2", "--target", server.target, "--days", "3")
    assert atp["units"] == {"S-0": [600] * 4, "S-1": [995] * 4, "S-2": [1_000] * 4}
    assert atp["client"] == "ACME"
    table = slotline("atp", "S-0", "--target", server.target, "--days", "3").stdout
    assert "600" in table
    assert "████" in table


def test_what_was_not_done_is_told_up_to_twenty_rows(server: Running, tmp_path: Path) -> None:
    """A channel by typo is told, too; SHORT is an answer, so the exit code is 0."""
    path = tmp_path / "orders.csv"
    rows = "".join(f"shp,{n},ACME,S-3,{90_000 if n else 1}\n" for n in range(25))
    path.write_text("channel,code,owner,item,units\n" + rows)
    told = slotline("import", "--target", server.target, "--orders", path).stdout.splitlines()
    assert told[-22:] == [
        f"{path}: new channel 'shp'",
        *(f"{path}, line {n + 2}, code '{n}': SHORT" for n in range(1, 21)),
        "... and 4 more that were not done",
    ]
    facts = answer("import", "--target", server.target, "--orders", path, "--again")
    assert [row["outcome"] for row in facts["refused"]] == ["DUPLICATE", *["SHORT"] * 19]
    assert facts["refused_count"] == 25


def test_bad_rows_reach_the_person_and_not_the_store(server: Running, tmp_path: Path) -> None:
    """One line each, exit code 1, and the sequence stays where it was."""
    before = answer("atp", "S-0", "--target", server.target)["sequence"]
    bad = tmp_path / "stock.csv"
    bad.write_text("item,owner,location,units\nS-5,ACME,L-1,3\nS-6,ACME,L-1,-3\nS-99,ACME,L-1,1\n")
    ran = slotline("import", "--target", server.target, "--stock", bad, code=1)
    assert ran.stdout == ""
    assert ran.stderr.splitlines() == [
        f"slotline: {bad}, line 3, column 'units': found '-3', "
        f"expected a whole number from 1 to 2147483647",
        f"{bad}, line 4, column 'item': found 'S-99', expected a known item of client 'ACME'",
        "found 2 faults, nothing was imported; mend the file and run again",
    ]
    assert answer("atp", "S-0", "--target", server.target)["sequence"] == before
    checked = tmp_path / "good.csv"
    checked.write_text("item,owner,location,units\nS-5,ACME,L-1,3\n")
    facts = answer("import", "--target", server.target, "--stock", checked, "--check")
    assert facts == {"checked": {"stock": 1}}
    typed = tmp_path / "orders.csv"
    typed.write_text("channel,code,owner,item,units\nwbe,9,ACME,S-5,3\n")
    told = slotline("import", "--target", server.target, "--orders", typed, "--check").stdout
    assert f"{typed}: new channel 'wbe'" in told
    assert answer("atp", "S-0", "--target", server.target)["sequence"] == before


@pytest.mark.parametrize("mode", ["single", "stream"])
def test_load_reports_rates_and_latencies(server: Running, mode: str) -> None:
    """Every order was answered with an outcome, none failed."""
    facts = answer(
        *("load", "--target", server.target, "--mode", mode, "--seconds", 1, "--partial"),
        *("--callers", 2, "--orders-per-message", 50, "--processes", 2),
    )
    assert facts["mode"] == mode
    assert facts["errors"] == {}
    assert facts["orders"] == sum(facts["outcomes"].values()) > 0
    assert facts["lines"] > facts["orders"]
    assert facts["orders"] == facts["calls"] * (50 if mode == "stream" else 1)
    assert 0 < facts["p50_us"] <= facts["p99_us"]
    assert facts["orders_per_s"] == pytest.approx(facts["orders"] / facts["elapsed_s"], rel=0.01)


def test_second_server_on_the_same_folder_is_refused(server: Running, tmp_path: Path) -> None:
    """It names the process that has the store; so does an import into the folder."""
    expected = (
        f"slotline: data directory {server.folder} is in use by process {server.process.pid}; "
        f"stop that one first"
    )
    assert slotline("serve", server.folder, "--port", "0", code=1).stderr == f"{expected}\n"
    items = tmp_path / "items.csv"
    items.write_text("client,code\nACME,S-1\n")
    way = "or import through its server: --target HOST:PORT"
    refused = slotline("import", server.folder, "--items", items, code=1)
    assert refused.stderr == f"{expected}, {way}\n"


def test_taken_port_is_refused_by_name(server: Running, tmp_path: Path) -> None:
    """The store of the second server stays closed and whole."""
    other = tmp_path / "site2"
    slotline("init", other, "--size", "small")
    port = server.target.rpartition(":")[2]
    ran = slotline("serve", other, "--port", port, code=1)
    assert f"found 127.0.0.1:{port}, which cannot be bound" in ran.stderr


def test_nothing_answered_is_lost_however_the_server_ends(imported: Path) -> None:
    """Signals end it with 0 after it has finished; a kill runs no code at all."""
    sequence = 0
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL, signal.SIGTERM):
        with serving(imported) as running:
            assert int(running.line.split("sequence ")[1].split(",")[0]) >= sequence
            facts = answer("load", "--target", running.target, "--seconds", 1, "--callers", 2)
            assert facts["orders"] > 0
            sequence = answer("atp", "S-0", "--target", running.target)["sequence"]
            running.process.send_signal(number)
            _, notes = running.process.communicate(timeout=STOP_TIMEOUT_S)
            is_killed = number == signal.SIGKILL
            assert running.process.returncode == (-number if is_killed else 0)
            assert notes == ("" if is_killed else "stopped; everything answered is on disk\n")


def test_damaged_journal_is_code_70_and_names_the_place(imported: Path, tmp_path: Path) -> None:
    """A flipped byte in the journal: no answer from wrong data, and the place is named."""
    copy = tmp_path / "site1"
    subprocess.run(["cp", "-r", str(imported), str(copy)], check=True)
    segment = min((copy / "journal").iterdir())
    content = bytearray(segment.read_bytes())
    content[4096 + 200] ^= 1
    segment.write_bytes(content)
    ran = slotline("serve", copy, "--port", "0", code=70)
    assert ran.stderr.startswith("slotline: JournalCorrupt: ")
    assert "the journal is intact up to segment 1 offset 4224" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_missing_head_file_is_told_and_can_be_rebuilt(imported: Path, tmp_path: Path) -> None:
    """Rebuilding is a decision that a person takes."""
    copy = tmp_path / "site1"
    subprocess.run(["cp", "-r", str(imported), str(copy)], check=True)
    (copy / "head").unlink()
    ran = slotline("serve", copy, "--port", "0", code=70)
    assert "head" in ran.stderr
    with serving(copy, "--rebuild-head") as running:
        assert answer("atp", "S-3", "--target", running.target)["sequence"] > 0


def test_verify_is_0_on_a_sound_folder_and_3_on_a_damaged_one(
    imported: Path, tmp_path: Path
) -> None:
    """The verdict is a table, or the whole of it as JSON; with --quiet only faults are shown."""
    verdict = answer("verify", imported)
    assert (verdict["ok"], verdict["site"]) == (True, "site1")
    assert "conservation" in slotline("verify", imported).stdout
    assert slotline("verify", imported, "--quiet").stdout == ""
    copy = tmp_path / "site1"
    subprocess.run(["cp", "-r", str(imported), str(copy)], check=True)
    segment = min((copy / "journal").iterdir())
    content = bytearray(segment.read_bytes())
    content[4096 + 200] ^= 1
    segment.write_bytes(content)
    assert "NOT OK" in slotline("verify", copy, "--quiet", code=3).stdout
    assert slotline("verify", tmp_path / "none", code=1).stderr.startswith("slotline: data dir")


def test_no_server_is_told_at_once(tmp_path: Path) -> None:
    """Five seconds, not the minute for which a client tries again."""
    ran = slotline("atp", "S-0", "--target", "127.0.0.1:1", code=1)
    assert ran.stderr.startswith("slotline: server 127.0.0.1:1: found ")
    assert "slotline serve DIR" in ran.stderr
    ran = slotline("serve", tmp_path / "none", "--port", "0", code=1)
    assert "found nothing, expected a store; make one with `slotline init" in ran.stderr


def test_metrics_are_served_on_loopback(imported: Path) -> None:
    """The port that is free is told in the JSON form of the ready line."""
    from urllib.request import urlopen

    command = [sys.executable, "-m", "slotline", "serve", str(imported), "--port", "0"]
    with subprocess.Popen(
        [*command, "--metrics-port", "0", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            assert process.stdout is not None
            facts = json.loads(process.stdout.readline())
            with urlopen(f"http://127.0.0.1:{facts['metrics_port']}/metrics") as reply:
                text = reply.read().decode()
        finally:
            process.kill()
    assert "slotline_" in text
