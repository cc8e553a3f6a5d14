"""Our own side of the benchmarks: goals, tables, and one real call over the thin channel."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from rich.console import Console

from bench.contenders import allocation_of
from bench.echo import SYNCED, UNARY, EchoProcess
from bench.machine import describe_machine
from bench.ours import Measure, Plan, medians
from bench.reference import allocate_python
from bench.report import append_measures, last_measures, tables, value_text
from bench.results import begin_run
from bench.site import lot_rows, make_key, opening_lots, order_batch
from bench.stream import OrderSource
from bench.thin import Side, measure_in_turns
from bench.workload import alloc_1
from slotline.engine.engine import Engine
from slotline.engine.errors import InvalidRequest, PeerFault
from slotline.engine.store import FileStore
from slotline.service.clock import SystemClock
from slotline.service.v1 import slotline_pb2 as pb

if TYPE_CHECKING:
    from pathlib import Path

TINY = alloc_1(item_count=50, row_count=200, order_count=80)


@pytest.mark.parametrize(
    ("value", "lower", "verdict"),
    [(0.4, False, "missed"), (0.5, False, "met"), (0.8, False, "met, aim too"),
     (0.6, True, "missed"), (0.5, True, "met")],
)  # fmt: skip
def test_a_verdict_tells_whether_goal_and_aim_were_reached(
    value: float, lower: bool, verdict: str
) -> None:
    """Bounds count as reached when they are just met."""
    measure = Measure("g", "n", value, "x", 0.5, None if lower else 0.7, lower=lower)
    assert verdict == measure.verdict


def test_medians_keep_the_spread_and_refuse_runs_of_different_measures() -> None:
    """Three runs give the middle one."""
    runs = [[Measure("g", "n", value, "x")] for value in (3.0, 1.0, 2.0)]
    found = medians(runs)[0]
    assert found.value == 2.0
    assert (found.extra["lowest"], found.extra["highest"], found.extra["runs"]) == (1.0, 3.0, 3)
    with pytest.raises(InvalidRequest):
        medians([*runs, [Measure("g", "other", 1.0, "x")]])


def test_measures_are_read_back_for_the_same_workload_and_machine_only(tmp_path: Path) -> None:
    """Runs of another size or workload are passed over; a damaged file is named."""
    path = tmp_path / "runs.jsonl"
    machine = describe_machine(tmp_path)
    run = begin_run(tmp_path, machine, None, {"seed": 7}, [])
    other = begin_run(tmp_path, machine, None, {"seed": 8}, [])
    measure = Measure("g", "n", 1.5, "/s", 1.0, peer="echo")
    append_measures(path, run, [measure], is_smoke=False)
    assert last_measures(path, run, is_smoke=False) == [measure]
    assert last_measures(path, run, is_smoke=True) == []
    assert last_measures(path, other, is_smoke=False) == []
    path.write_text("{}\n", encoding="utf-8")
    with pytest.raises(InvalidRequest, match="jsonl:1"):
        last_measures(path, run, is_smoke=False)


def test_tables_show_value_goal_verdict_and_the_last_run() -> None:
    """One table a group."""
    measure = Measure("stream", "rate", 2e6, "/s", 1e6, 3e6, peer="echo 4 M/s")
    console = Console(width=160, file=io.StringIO())
    (layout,) = tables([measure], [Measure("stream", "rate", 1e6, "/s")])
    console.print(layout)
    shown = console.file.getvalue()
    for part in ("2.00 M/s", ">= 1.00 M/s", "met", "x 2", "echo 4 M/s"):
        assert part in shown
    assert value_text(0.0031, "s") == "3.10 ms"


def test_messages_carry_fresh_keys_and_reference_numbers() -> None:
    """Orders go round in a circle; what is patched is what was asked for."""
    source = OrderSource(TINY, 20, 3, 160)
    taken = [pb.Columns.FromString(data) for data, count in _some(source, 6) if count]
    assert len({message.key for message in taken}) == len(taken)
    references = np.concatenate([np.frombuffer(entry.columns[0], "<i8") for entry in taken])
    assert references.tolist() == list(range(references.size))
    assert {message.catalogue_epoch for message in taken} == {3}


def _some(source: OrderSource, count: int) -> list[tuple[bytes, int]]:
    stream = source.take(60.0)
    return [next(stream) for _ in range(count)]


def test_later_receipts_name_lots_of_their_own_item() -> None:
    """A lot is chosen for any day, beyond the last one too."""
    items = np.arange(50, dtype=np.int32).repeat(2)
    days = np.tile(np.array([0, 10**6], np.int32), 50)
    pairs = np.unique(TINY.item_row.astype(np.int64) << 32 | TINY.expiry_day)
    assert np.array_equal(pairs[lot_rows(opening_lots(TINY), items, days)] >> 32, items)


def test_the_engine_gives_the_reference_digest_also_after_recovery(tmp_path: Path) -> None:
    """Who got what, read from the tables of a recovered store."""
    plan = Plan(TINY, tmp_path, is_smoke=True)
    with plan.copy() as folder:
        engine = Engine.open(FileStore(folder), SystemClock())
        engine.submit(order_batch(TINY, 0, 80), key=make_key(), message=True)
        engine.close()
        engine = Engine.open(FileStore(folder), SystemClock())
        found = allocation_of(engine.state, TINY, 1.0)
        engine.close()
    assert allocate_python(TINY).digest() == found.digest()


def test_a_durable_echo_writes_before_it_answers(tmp_path: Path) -> None:
    """It answers as the plain one does, refuses without a folder, and leaves no file behind."""
    with EchoProcess(b"answer", directory=tmp_path) as echo:
        sides = [Side(echo.target, method, echo.pid) for method in (UNARY, SYNCED)]
        rates = measure_in_turns(sides, lambda: b"asked", callers=1, seconds=0.3)
        assert len(list(tmp_path.iterdir())) == 1
    assert all(rate.calls > 0 for rate in rates)
    assert list(tmp_path.iterdir()) == []
    with EchoProcess(b"answer") as echo, pytest.raises(PeerFault):
        measure_in_turns(
            [Side(echo.target, SYNCED, echo.pid)], lambda: b"asked", callers=1, seconds=0.3
        )


def test_the_thin_channel_calls_a_real_server_many_times_at_once() -> None:
    """Every call is answered, with more in flight than one window of flow control holds."""
    request = os.urandom(3_000)
    with EchoProcess(b"answer") as echo, EchoProcess(b"another") as other:
        rates = measure_in_turns(
            [Side(server.target, UNARY, server.pid) for server in (echo, other)],
            lambda: request,
            callers=32,
            seconds=0.3,
        )
    assert len(rates) == 2
    for rate in rates:
        assert rate.calls > 32
        assert 0 < rate.p50_us <= rate.p99_us
