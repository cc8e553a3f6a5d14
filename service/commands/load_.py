"""Put a server under load with orders over the items it has, and measure what it answers.

The orders are real: they allocate stock of the store. Use a store made for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .output import Output, add_output_arguments
from .shared import add_target, not_negative, positive

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  slotline load --callers 64 --seconds 10
  slotline load --mode stream --callers 1 --orders-per-message 1000 --json
  slotline load --callers 128 --processes 2 --zipf 0 --partial

p50 and p99 are of one call (single) or one message (stream), seen from the caller.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `load`."""
    add_target(parser)
    parser.add_argument(
        "--mode", choices=("single", "stream"), default="single", help="default: single"
    )
    parser.add_argument(
        "--callers", type=positive, help="calls or streams at a time (default 64, streams 1)"
    )
    parser.add_argument("--processes", type=positive, default=1, help="default 1")
    parser.add_argument(
        "--orders-per-message", type=positive, default=1_000, help="of a stream (default 1000)"
    )
    parser.add_argument(
        "--window", type=positive, default=8, help="unanswered messages of a stream (default 8)"
    )
    parser.add_argument("--seconds", type=positive, default=10, help="default 10")
    parser.add_argument("--seed", type=not_negative, default=1, help="default 1")
    parser.add_argument(
        "--zipf", type=_exponent, default=1.1, help="popularity of items (default 1.1)"
    )
    parser.add_argument(
        "--lines", type=_mean, default=2.5, help="lines in an order on average (default 2.5)"
    )
    parser.add_argument(
        "--placement", choices=("pool", "bins"), default="pool", help="default: pool"
    )
    parser.add_argument("--partial", action="store_true", help="take what is there of an order")
    add_output_arguments(parser)


def _number(text: str, low: float, high: float) -> float:
    import argparse

    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a number from {low} to {high}")
    return number


def _exponent(text: str) -> float:
    return _number(text, 0.0, 5.0)


def _mean(text: str) -> float:
    return _number(text, 1.0, 50.0)


def run(options: argparse.Namespace) -> int:
    """Run the load and print what was measured; 1 when no call succeeded."""
    from ..load import LoadOptions, prepare, run_load
    from .connect import connected

    output = Output(options)
    with connected(options.target) as client:
        prepare(client)
    output.note(f"load on {options.target} for {options.seconds} s")
    report = run_load(
        LoadOptions(
            target=options.target,
            mode=options.mode,
            callers=options.callers or (64 if options.mode == "single" else 1),
            processes=options.processes,
            orders_per_message=options.orders_per_message,
            window=options.window,
            seconds=float(options.seconds),
            seed=options.seed,
            zipf=options.zipf,
            lines_mean=options.lines,
            placement=options.placement,
            partial=options.partial,
        )
    )
    facts = report.facts()
    output.result({"mode": options.mode, **facts}, ("", ("measure", "value"), _rows(facts)))
    return 0 if report.tally.orders else 1


def _rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    def listed(counts: dict[str, int]) -> str:
        return ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "none"

    return [
        ("orders/s", f"{facts['orders_per_s']:,.0f}"),
        ("lines/s", f"{facts['lines_per_s']:,.0f}"),
        ("p50", f"{facts['p50_us'] / 1000:,.2f} ms"),
        ("p99", f"{facts['p99_us'] / 1000:,.2f} ms"),
        ("orders", f"{facts['orders']:,} in {facts['elapsed_s']:.1f} s"),
        ("lines", f"{facts['lines']:,}"),
        ("calls or messages", f"{facts['calls']:,}"),
        ("outcomes", listed(facts["outcomes"])),
        ("errors", listed(facts["errors"])),
    ]
