"""The command line: finds the subcommand, loads only its module, turns errors into exit codes.

Nothing heavy is imported here: `slotline --help` must answer at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final, NoReturn

from ..engine.errors import InvariantBroken, JournalCorrupt, JournalFailed, SlotlineError

if TYPE_CHECKING:
    from collections.abc import Sequence

OK: Final = 0
REFUSED: Final = 1
USAGE: Final = 2
VERIFICATION_FAILED: Final = 3
INTERNAL: Final = 70
INTERRUPTED: Final = 130

SUBCOMMANDS: Final = {
    "init": "make a new data directory",
    "import": "load items, locations, stock and orders from files",
    "serve": "serve a data directory over gRPC",
    "load": "put a server under load and measure it",
    "atp": "show what can be promised of items, now and later",
    "work": "show batches and their tasks, watch a worker, re-plan what is short",
    "effects": "show what has happened, endpoints and dead letters",
    "verify": "check a data directory from its bytes, without the engine",
    "map": "check and draw the map of a site, measure walks on it",
    "demo": "run a day of a warehouse on real orders and report on it",
    "version": "print versions of the program and what it runs on",
}
"""Subcommands; each is a module `commands/NAME_.py` with `add_arguments` and `run`."""

_EPILOG: Final = """\
first steps:
  slotline init site1                                   a new store in the folder site1
  slotline import site1 --items items.csv --locations bins.csv --stock stock.parquet
  slotline serve site1                                  serve it on 127.0.0.1:50051
  slotline atp --client ACME SKU-1                      ask what can be promised

exit codes:
  0   done
  1   refused: bad input, a server that does not answer, a store in use
  2   wrong usage of the command line
  3   verification found damage or a contradiction
  70  internal error or failure of the journal: start again to recover
  130 interrupted

`slotline COMMAND --help` tells more. SLOTLINE_DEBUG=1 shows where an error came from.
"""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line and where to read on."""

    def error(self, message: str) -> NoReturn:
        """End with code 2."""
        self.exit(USAGE, f"{self.prog}: {message}; see `{self.prog} --help`\n")


def make_parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Make the parser; only the subcommand that is asked for gets its arguments.

    Parameters
    ----------
    arguments : sequence of str
        What was typed.

    Returns
    -------
    argparse.ArgumentParser
        Parses these arguments.
    """
    parser = _Parser(
        prog="slotline",
        description="Allocation and slotting engine of a warehouse.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    chosen = next((word for word in arguments if word in SUBCOMMANDS), None)
    for name, text in SUBCOMMANDS.items():
        if name != chosen:
            commands.add_parser(name, help=text)
            continue
        module = import_module(f".commands.{name}_", __package__)
        command = commands.add_parser(
            name,
            help=text,
            description=module.__doc__,
            epilog=module.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run, refuse_usage=command.error)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str or None
        Without the program's name; None for those of the process.

    Returns
    -------
    int
        Exit code: 0 done, 1 refused, 2 usage, 3 verification failed, 70 internal, 130 interrupted.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = make_parser(words)
    options, unknown = parser.parse_known_args(words)
    if unknown:
        # Of the subcommand, whose help says what there is.
        refuse = getattr(options, "refuse_usage", parser.error)
        refuse(f"unrecognized arguments: {' '.join(unknown)}")
    if options.command is None:
        parser.print_help()
        return USAGE
    try:
        code: int = options.run(options)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        sys.stderr.write("slotline: interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; keep the interpreter from flushing again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:
        if os.environ.get("SLOTLINE_DEBUG"):
            raise
        return _report(error)


def _report(error: Exception) -> int:
    if isinstance(error, (JournalFailed, JournalCorrupt, InvariantBroken)):
        sys.stderr.write(f"slotline: {type(error).__name__}: {error}\n")
        return INTERNAL
    if isinstance(error, SlotlineError):
        sys.stderr.write(f"slotline: {error}\n")
        return REFUSED
    sys.stderr.write(
        f"slotline: internal error: {type(error).__name__}: {error}; "
        f"set SLOTLINE_DEBUG=1 to see where, and report it\n"
    )
    return INTERNAL
