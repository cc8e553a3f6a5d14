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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `verify`."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="data directory")
    add_output_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Verify and print the verdict."""
    from ...engine.errors import StoreMismatch
    from ..verify import verify
    from ..verify.verdict import render

    output = Output(options)
    if not options.folder.is_dir():
        raise StoreMismatch(f"data directory {options.folder}: found nothing, expected a store")
    with output.progress(f"verifying {options.folder}", None):
        verdict = verify(options.folder)
    if options.json:
        output.text(verdict.to_json())
    elif not options.quiet or not verdict.ok:
        output.text(render(verdict).rstrip())
    return 0 if verdict.ok else VERIFICATION_FAILED
