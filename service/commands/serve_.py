"""Serve a data directory over gRPC until SIGTERM or SIGINT; calls under way are finished first."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ..kernel_cache import SETTING, use_kernel_cache
from ..warm import compile_kernels, is_warm
from .output import Output, add_output_arguments
from .shared import add_clock_file, add_rows, not_negative, port, positive

if TYPE_CHECKING:
    import argparse
    from types import FrameType

    from ...engine.engine import Engine
    from ..server import Server

EXAMPLES = """\
examples:
  slotline serve site1
  slotline serve site1 --port 50051 --metrics-port 9464
  slotline serve site1 --detect full        sync the head file with every group

When it is ready it prints one line: ready on HOST:PORT, sequence N, recovered in X s.
It ends with 70 when the journal fails or a check of its state does: nothing that was answered is
lost, start it again.
There is no encryption and no log-in: anything but loopback needs a proxy or a closed network.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `serve`."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="data directory")
    parser.add_argument("--host", default="127.0.0.1", help="address (default 127.0.0.1)")
    parser.add_argument(
        "--port", type=port, default=50_051, help="port, 0 for a free one (default 50051)"
    )
    parser.add_argument(
        "--workers", type=positive, default=64, help="threads for single calls (default 64)"
    )
    parser.add_argument(
        "--metrics-port", type=port, default=None, help="Prometheus on loopback (default: none)"
    )
    parser.add_argument(
        "--detect",
        choices=("lag", "full"),
        default="lag",
        help="full: a lost tail of the journal is always noticed, at one more sync per group",
    )
    parser.add_argument(
        "--snapshot-seconds",
        type=not_negative,
        default=600,
        help="time between snapshots, 0 for none (default 600)",
    )
    parser.add_argument(
        "--scrub-seconds",
        type=not_negative,
        default=600,
        help="time between full checks of the state in memory, 0 for none (default 600)",
    )
    parser.add_argument(
        "--ready-orders",
        type=not_negative,
        default=0,
        metavar="N",
        help="give memory to the next N orders before serving, some 220 bytes each (default 0: "
        "as they come)",
    )
    parser.add_argument(
        "--rebuild-head",
        action="store_true",
        help="accept that the head file is lost; a lost tail of the journal goes unnoticed",
    )
    add_rows(parser)
    add_clock_file(parser)
    add_output_arguments(parser)


def _ready_kernels(output: Output) -> None:
    """Choose the kernels' folder and fill it, unless somebody has given one and cares for it."""
    is_given = bool(os.environ.get(SETTING))
    use_kernel_cache()
    if not is_given and not is_warm():
        output.note("compiling kernels: one to five minutes, once on this machine")
        compile_kernels()


def run(options: argparse.Namespace) -> int:
    """Serve; the exit code is 0 after a signal."""
    from ...engine.ahead import make_orders_ready
    from ..bootstrap import make_clock, open_engine, open_store, serve

    output = Output(options)
    open_store(options.folder)
    _ready_kernels(output)
    # With it comes Numba, which must know the kernels' folder by then.
    from ..server import ServerOptions

    timing = {"recovery_s": 0.0}
    clock = make_clock(options.clock_file)

    def recover() -> Engine:
        begin = time.perf_counter()
        engine = open_engine(
            options.folder,
            detect=options.detect,
            rows=dict(options.rows),
            rebuild_head=options.rebuild_head,
            clock=clock,
        )
        timing["recovery_s"] = time.perf_counter() - begin
        make_orders_ready(engine.state, options.ready_orders)
        return engine

    def started(server: Server) -> None:
        def stop(_number: int, _frame: FrameType | None) -> None:
            server.request_stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)

    def ready(server: Server) -> None:
        address = f"{options.host}:{server.port}"
        sequence = server.edge.engine.durable_sequence
        facts = {"address": address, "sequence": sequence, "metrics_port": server.metrics_port}
        output.result(
            {**facts, **timing},
            f"ready on {address}, sequence {sequence}, recovered in {timing['recovery_s']:.2f} s",
        )
        if server.metrics_port:
            output.note(f"metrics on http://127.0.0.1:{server.metrics_port}/metrics")
        sys.stdout.flush()

    server_options = ServerOptions(
        address=f"{options.host}:{options.port}",
        workers=options.workers,
        metrics_port=options.metrics_port,
        snapshot_s=float(options.snapshot_seconds),
        scrub_s=float(options.scrub_seconds),
    )
    code = serve(recover, server_options, started=started, ready=ready, clock=clock)
    output.note("stopped; everything answered is on disk")
    return code
