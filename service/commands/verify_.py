"""Check a data directory from its bytes: chain, frames, records and what follows from them.

It reads files only and shares no rule with the engine, so it also finds the engine's own mistakes.
A directory that is being served may be verified; what is written meanwhile is left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .output import Output, add_output_arguments

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  slotline verify site1
  slotline verify site1 --json
  slotline verify site1 --quiet && echo sound

The exit code is 0 when nothing is wrong and 3 when something is.
"""

VERIFICATION_FAILED = 3
_STEPS = 1_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `verify`."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="data directory")
    parser.add_argument(
        "--acks", metavar="FILE", type=Path, help="log of answers that must all be in the journal"
    )
    add_output_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Verify and print the verdict."""
    from ..bootstrap import open_store, read_rings
    from ..verify import Rings, render, verify

    output = Output(options)
    known = read_rings(open_store(options.folder))
    rings = Rings(**known) if known else None  # it finds them out from the numbers
    with output.progress(f"verifying {options.folder}", _STEPS) as report:
        done = 0

        def advance(share: float) -> None:
            nonlocal done
            steps = round(share * _STEPS)
            report(steps - done)
            done = steps

        verdict = verify(options.folder, acks=options.acks, progress=advance, rings=rings)
    if options.json:
        output.text(verdict.to_json())
    elif not options.quiet or not verdict.ok:
        output.text(render(verdict).rstrip())
    return 0 if verdict.ok else VERIFICATION_FAILED
