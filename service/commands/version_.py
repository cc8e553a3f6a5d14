"""Print the versions of the program, of Python and of the libraries that matter for its numbers."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

from .output import Output, add_output_arguments

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  slotline version
  slotline version --json
"""

LIBRARIES = ("numpy", "numba", "llvmlite", "grpcio", "protobuf", "polars", "pyarrow", "ortools")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `version`."""
    add_output_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Print the versions."""
    found = {"slotline": version("slotline"), "python": platform.python_version()}
    found |= {name: version(name) for name in LIBRARIES}
    found["system"] = f"{platform.system()} {platform.release()} {platform.machine()}"
    Output(options).result(found, *(f"{name} {text}" for name, text in found.items()))
    return 0
