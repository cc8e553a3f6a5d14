"""The example of the README runs as written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from slotline.service.cli import SUBCOMMANDS

if TYPE_CHECKING:
    import pytest

    from slotline.service.server import Server

README = Path(__file__).parents[2] / "README.md"


def example() -> str:
    """Give the Python block of the README."""
    found = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found.group(1)


def test_example_of_the_readme_runs_as_written(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catalogue, receipt, order, ATP and pick list, through the client alone."""
    code = example().replace("127.0.0.1:50051", f"127.0.0.1:{server.port}")
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out == "promised now: 97\ntea [('A-01', 3)]\n"
    assert len(example().strip().splitlines()) <= 15


def test_the_readme_names_every_command_and_only_pages_that_are_there() -> None:
    """What is not in its table is not found by anybody."""
    text = README.read_text(encoding="utf-8")
    named = re.findall(r"^\| `slotline (\w+)", text, re.MULTILINE)
    assert sorted([*named, "version"]) == sorted(SUBCOMMANDS)
    pages = re.findall(r"\]\(([^):]+)\)", text)
    assert {"docs/planning.md", "docs/site-map.md", "docs/work.md"} <= set(pages)
    assert [page for page in pages if not (README.parent / page).exists()] == []
