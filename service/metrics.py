"""Prometheus metrics: cheap to count, put into families only when somebody scrapes.

A call costs one lock and two additions. Families are made by `ServiceCollector` at scrape time from
these counters and from what the engine says of itself.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from wsgiref.simple_server import WSGIServer

    from prometheus_client.metrics_core import Metric

    from ..engine.engine import Engine

FIRST_BOUND_US: Final = 64
BOUND_COUNT: Final = 18
_SHIFT: Final = FIRST_BOUND_US.bit_length() - 1


class Histogram:
    """Counts by powers of two: bound i is `first << i`, the last bucket is open.

    Parameters
    ----------
    shift : int
        Bound 0 is `1 << shift`.
    """

    __slots__ = ("_lock", "_shift", "buckets", "total")

    def __init__(self, shift: int = _SHIFT) -> None:
        self._shift = shift
        self._lock = threading.Lock()
        self.buckets = [0] * (BOUND_COUNT + 1)
        self.total = 0

    def add(self, value: int) -> None:
        """Count one value, 0 or larger."""
        place = (max(value - 1, 0) >> self._shift).bit_length()
        with self._lock:
            self.buckets[place if place < BOUND_COUNT else BOUND_COUNT] += 1
            self.total += value

    def snapshot(self, scale: float) -> tuple[list[tuple[str, float]], float]:
        """Give cumulated buckets with their bounds times `scale`, and the scaled sum."""
        with self._lock:
            buckets, total = self.buckets.copy(), self.total
        pairs, seen = [], 0
        for place, count in enumerate(buckets):
            seen += count
            bound = (1 << self._shift + place) * scale
            pairs.append(("+Inf" if place == BOUND_COUNT else repr(bound), float(seen)))
        return pairs, total * scale


class MethodMetrics:
    """Calls of one method: latency of those that went well, number of others by status."""

    __slots__ = ("_lock", "latency", "name", "refused")

    def __init__(self, name: str) -> None:
        self.name = name
        self.latency = Histogram()
        self.refused: dict[str, int] = {}
        self._lock = threading.Lock()

    def done(self, start_ns: int) -> None:
        """Count a call that began at `start_ns` of the performance counter and went well."""
        self.latency.add((time.perf_counter_ns() - start_ns) // 1000)

    def refuse(self, status: str) -> None:
        """Count a call that ended with another status than OK."""
        with self._lock:
            self.refused[status] = self.refused.get(status, 0) + 1


class Metrics:
    """All counters of a server. The engine tells it of groups as its observer."""

    def __init__(self) -> None:
        self.methods: dict[str, MethodMetrics] = {}
        self.group_commands = Histogram(0)
        self.group_bytes = Histogram(8)
        self.snapshot_end_us = 0
        self.upkeep_failures: dict[str, int] = {"tick": 0, "snapshot": 0, "scrub": 0}
        self.scrub_count = 0
        self.scrub_end_us = 0
        self.scrub_us = 0
        self.sync_us = Histogram(4)

    def method(self, name: str) -> MethodMetrics:
        """Give the counters of a method, made on first use."""
        return self.methods.setdefault(name, MethodMetrics(name))

    def group_written(self, commands: int, payload_bytes: int) -> None:
        """Count one group commit; called by the engine's writer."""
        self.group_commands.add(commands)
        self.group_bytes.add(payload_bytes)

    def upkeep_failed(self, work: str) -> None:
        """Count a tick, snapshot or scrub that failed; called by the thread that does it."""
        self.upkeep_failures[work] += 1

    def scrubbed(self, end_us: int, duration_us: int) -> None:
        """Note a full scrub that found nothing wrong; called by the upkeep thread."""
        self.scrub_count += 1
        self.scrub_end_us = end_us
        self.scrub_us = duration_us

    now_ns = staticmethod(time.perf_counter_ns)

    def synced(self, elapsed_ns: int) -> None:
        """Count the sync of one group; called by the engine's writer."""
        self.sync_us.add(elapsed_ns // 1000)


class ServiceCollector(Collector):
    """Makes the families at scrape time.

    Parameters
    ----------
    metrics : Metrics
        Counters of the server.
    engine : callable
        Gives the engine, None until it is recovered.
    """

    def __init__(self, metrics: Metrics, engine: Callable[[], Engine | None]) -> None:
        self._metrics = metrics
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        yield from self._calls()
        metrics = self._metrics
        for name, text, histogram, scale in (
            ("slotline_group_commands", "Commands in a group commit", metrics.group_commands, 1),
            ("slotline_group_bytes", "Bytes of a group commit", metrics.group_bytes, 1),
            ("slotline_sync_seconds", "Time of a group's fdatasync", metrics.sync_us, 1e-6),
        ):
            buckets, total = histogram.snapshot(scale)
            yield HistogramMetricFamily(name, text, buckets=buckets, sum_value=total)
        yield from self._upkeep()
        engine = self._engine()
        yield _gauge("slotline_serving", "1 while the engine answers", _is_serving(engine))
        if engine is not None:
            yield from _engine_families(engine)

    def _upkeep(self) -> Iterator[Metric]:
        metrics = self._metrics
        failures = CounterMetricFamily(
            "slotline_upkeep_failures", "Ticks, snapshots and scrubs that failed", labels=["work"]
        )
        for work, count in metrics.upkeep_failures.items():
            failures.add_metric([work], count)
        yield failures
        yield _gauge(
            "slotline_last_snapshot_timestamp_seconds",
            "When the last snapshot was written, 0 for not yet",
            metrics.snapshot_end_us / 1e6,
        )
        yield CounterMetricFamily(
            "slotline_scrubs", "Full scrubs that found nothing wrong", value=metrics.scrub_count
        )
        yield _gauge(
            "slotline_last_scrub_timestamp_seconds",
            "When the last full scrub ended, 0 for never",
            metrics.scrub_end_us / 1e6,
        )
        yield _gauge(
            "slotline_last_scrub_seconds",
            "How long the last full scrub took, pauses included",
            metrics.scrub_us / 1e6,
        )

    def _calls(self) -> Iterator[Metric]:
        calls = CounterMetricFamily(
            "slotline_calls", "Calls by method and status", labels=["method", "status"]
        )
        latency = HistogramMetricFamily(
            "slotline_call_seconds", "Time in the server of calls with status OK", labels=["method"]
        )
        for name, method in sorted(self._metrics.methods.items()):
            buckets, total = method.latency.snapshot(1e-6)
            calls.add_metric([name, "OK"], buckets[-1][1])
            for status, count in sorted(method.refused.copy().items()):
                calls.add_metric([name, status], count)
            latency.add_metric([name], buckets=buckets, sum_value=total)
        yield calls
        yield latency


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _is_serving(engine: Engine | None) -> int:
    return int(engine is not None and engine.fatal is None)


def _engine_families(engine: Engine) -> Iterator[Metric]:
    yield _gauge("slotline_durable_sequence", "Last durable sequence", engine.durable_sequence)
    yield _gauge("slotline_waiting", "Requests that wait for the writer", engine.waiting)
    yield _gauge("slotline_catalogue_epoch", "Epoch of the catalogue", engine.catalogue_epoch)
    yield _gauge(
        "slotline_low_disk", "1 while writes are refused for room", int(engine.journal.low_disk())
    )
    rows = GaugeMetricFamily("slotline_table_rows", "Rows used by table", labels=["table"])
    for view in engine.state.tables[1:]:
        rows.add_metric([view.spec.name], engine.state.rows_used(view.spec.name))
    yield rows


class MetricsServer:
    """An HTTP server on loopback that answers scrapes.

    Parameters
    ----------
    collector : ServiceCollector
        What it answers with.
    port : int
        TCP port, 0 for a free one.
    """

    def __init__(self, collector: ServiceCollector, port: int) -> None:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(collector)
        self._server: WSGIServer
        self._server, self._thread = start_http_server(port, "127.0.0.1", registry)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_port)

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
