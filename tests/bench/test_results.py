"""Results are kept, compared, and shown with their ratios."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from bench.machine import (
    Machine,
    SyncProbe,
    describe_machine,
    pinned,
    probe_memory,
    probe_random_update,
    probe_sync,
    split_cores,
)
from bench.peers.server import process_tree_cpu_us
from bench.results import (
    TABLE_WIDTH,
    Result,
    Run,
    append_jsonl,
    begin_run,
    describe,
    last_comparable,
    median_of,
    rate_text,
    ratio_text,
    read_jsonl,
    table,
    time_text,
)
from slotline.engine.errors import InvalidRequest

if TYPE_CHECKING:
    from pathlib import Path

MACHINE = Machine("a processor", 2, 2**34, "Linux 6", "ext4")
SLOW = Result("postgres", "sequential", 1_500.0, 3_750.0, 600.0, 1_100.0, durability="fsync",
              cpu_us_per_order=350.0, digest=2**64 - 1,
              extra={"orders": 20_000, "server": "PostgreSQL 18.6"})  # fmt: skip
FAST = Result("slotline", "sequential", 1_500_000.0, 3_750_000.0, batch=1_000, digest=None)
WORKLOAD = {"seed": 7, "orders": 200_000}


def a_run(started: str, *results: Result) -> Run:
    """Make a run that needs neither a repository nor probes."""
    return Run(started, "abc1234", {"python": "3.11"}, MACHINE, None, WORKLOAD, results)


def shown(*results: Result, last: Run | None = None) -> str:
    """Print a table as text."""
    text = io.StringIO()
    Console(width=TABLE_WIDTH, file=text).print(table(results, "postgres", last=last))
    return text.getvalue()


def test_runs_come_back_from_the_file_as_they_were(tmp_path: Path) -> None:
    """Two runs appended are two runs read, digests of 64 bits included."""
    path = tmp_path / "kept" / "runs.jsonl"
    sync = SyncProbe(64, 7_000.0, 130.0, 220.0)
    first, second = a_run("1", SLOW), replace(a_run("2", SLOW, FAST), sync=sync)
    append_jsonl(path, first)
    append_jsonl(path, second)
    assert read_jsonl(path) == [first, second]
    assert read_jsonl(tmp_path / "none.jsonl") == []


@pytest.mark.parametrize("line", ["{}", "not json", '{"schema": 2}', "[]", '{"schema": 1}'])
def test_a_damaged_line_is_named_by_file_and_number(tmp_path: Path, line: str) -> None:
    """Whatever is wrong with a line, the message leads to it."""
    path = tmp_path / "runs.jsonl"
    append_jsonl(path, a_run("1", SLOW))
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(InvalidRequest, match=r"runs\.jsonl:2: found no benchmark run"):
        read_jsonl(path)


def test_only_the_same_workload_on_the_same_machine_is_comparable() -> None:
    """The latest such run is taken; others are passed over."""
    old, new = a_run("1", SLOW), a_run("2", SLOW)
    other_machine = replace(a_run("3", SLOW), machine=replace(MACHINE, core_count=64))
    other_size = replace(a_run("4", SLOW), workload={"seed": 7, "orders": 4_000})
    now = a_run("5", FAST)
    assert last_comparable([old, new, other_machine, other_size], now) == new
    assert last_comparable([other_machine], now) is None


def test_median_takes_each_number_by_itself_and_keeps_the_range() -> None:
    """Three runs give the middle of each number, not the middle run."""
    runs = [
        [replace(SLOW, orders_s=rate, p99_us=p99)]
        for rate, p99 in ((1_000.0, 3.0), (3_000.0, 1.0), (2_000.0, 2.0))
    ]
    (median,) = median_of(runs)
    assert (median.orders_s, median.p99_us, median.p50_us) == (2_000.0, 2.0, 600.0)
    assert median.extra["orders_s_min"] == 1_000.0
    assert median.extra["orders_s_max"] == 3_000.0
    assert median.extra["runs"] == 3
    assert median_of([[FAST], [FAST]])[0].p50_us is None


def test_median_refuses_runs_that_do_not_belong_together() -> None:
    """No runs, other contenders, and another digest over the same orders are all refused."""
    with pytest.raises(InvalidRequest, match="found no runs"):
        median_of([])
    with pytest.raises(InvalidRequest, match="in run 2; expected"):
        median_of([[SLOW], [FAST]])
    with pytest.raises(InvalidRequest, match="different digests of 'postgres'"):
        median_of([[SLOW], [replace(SLOW, digest=5)]])
    # The time limit may cut a run at another order; then another digest is no contradiction.
    other = replace(SLOW, digest=5, extra={"orders": 19_000})
    assert median_of([[SLOW], [other]])[0].extra["runs"] == 2


def test_table_shows_ratios_beside_absolutes() -> None:
    """Each row has its rate, its ratio to the baseline and to the last run."""
    text = shown(SLOW, FAST, last=a_run("1", replace(SLOW, orders_s=1_000.0)))
    slow, fast = (line for line in text.splitlines() if "sequential" in line)
    assert slow.split()[-4:] == ["x", "1.5", "ffffffff", "(20,000)"]
    assert "x 1,000" in fast
    assert "1.50 M" in fast
    assert "600 us" in slow
    assert "x last run" in text
    with pytest.raises(InvalidRequest, match="found no row 'oracle'"):
        table([SLOW], "oracle")


@pytest.mark.parametrize(
    ("rate", "expected"),
    [(0.0, "0"), (12.3, "12.3"), (999.4, "999"), (999.6, "1.00 k"), (1_630, "1.63 k"),
     (123_456, "123 k"), (999_999, "1.00 M"), (67.4e6, "67.4 M"), (2e9, "2.00 G")],
)  # fmt: skip
def test_rates_have_three_figures_and_a_prefix(rate: float, expected: str) -> None:
    """A rate that rounds up to the next prefix takes it."""
    assert rate_text(rate) == expected


@pytest.mark.parametrize(
    ("time_us", "expected"),
    [(None, "-"), (0.0145, "14.5 ns"), (1.0, "1.00 us"), (577.2, "577 us"), (999.9, "1.00 ms"),
     (12_550, "12.6 ms"), (3_000_000, "3.00 s")],
)  # fmt: skip
def test_times_have_three_figures_and_a_unit(time_us: float | None, expected: str) -> None:
    """A time that rounds up to the next unit takes it."""
    assert time_text(time_us) == expected


def test_ratio_without_a_baseline_is_a_dash() -> None:
    """There is nothing to divide by."""
    assert ratio_text(5.0, None) == "-"
    assert ratio_text(5.0, 2.0) == "x 2.5"
    assert ratio_text(123_456.0, 1.0) == "x 123,456"
    assert ratio_text(1.0, 8.0) == "x 0.125"


def test_run_states_versions_machine_and_disk(tmp_path: Path) -> None:
    """What a server says of itself stands beside the libraries; no repository is no error."""
    sync = probe_sync(tmp_path, 512, 0.05)
    run = begin_run(tmp_path, describe_machine(tmp_path), sync, WORKLOAD, [SLOW, FAST])
    assert run.versions["PostgreSQL"] == "18.6"
    assert {"python", "numpy", "numba"} <= set(run.versions)
    text = "\n".join(describe(run))
    assert "PostgreSQL 18.6" in text
    assert f"{run.machine.core_count} cores" in text
    assert "write + fdatasync of 512 bytes" in text
    assert list(tmp_path.iterdir()) == []


def test_memory_disk_and_cpu_probes_measure_something(tmp_path: Path) -> None:
    """Each probe gives a positive number, and refuses sizes that it cannot measure."""
    memory = probe_memory(2**22)
    assert memory.read_gb_s > 0
    assert memory.copy_gb_s > 0
    assert probe_random_update(2**20) > 0
    sync = probe_sync(tmp_path, 2**16, 0.02)
    assert 0 < sync.p50_us <= sync.p99_us
    assert process_tree_cpu_us(os.getpid()) > 0
    with pytest.raises(InvalidRequest, match="found a record of 0 bytes"):
        probe_sync(tmp_path, 0)
    with pytest.raises(InvalidRequest, match="at least one line"):
        probe_random_update(63)


def test_pinning_holds_within_its_block_only() -> None:
    """The cores of before are back afterwards; both halves together are all cores."""
    before = os.sched_getaffinity(0)
    server, clients = split_cores()
    assert server | clients == before
    with pinned(server):
        assert os.sched_getaffinity(0) == server
    assert os.sched_getaffinity(0) == before


def test_cores_are_divided_alike_inside_and_outside_a_pinned_block() -> None:
    """A server that a pinned thread starts does not land on its clients' core."""
    outside = split_cores()
    with pinned(outside[1]):
        assert split_cores() == outside
