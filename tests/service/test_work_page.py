"""The examples of docs/work.md run as written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from slotline.service.server import Server

PAGE = Path(__file__).parents[2] / "docs" / "work.md"


def example(port: int) -> str:
    """Give the Python blocks of the page as one program for a server."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return "\n".join(blocks).replace("127.0.0.1:50051", f"127.0.0.1:{port}")


def test_the_round_of_the_page_runs_as_written(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """From what can be planned to totes that are delivered, with a short pick in between."""
    exec(compile(example(server.port), PAGE.name, "exec"), {})
    assert capsys.readouterr().out.splitlines() == [
        "allocations: [2, 2]",
        "candidates: [10, 10]",
        "outcomes: [0, 0]",
        "A-01 tea 2 into tote-1",
        "A-01 tea 2 into tote-2",
        "bound anew: 1 tasks added: 1",
        "now: A-02 1",
        "delivered totes: 2",
        "departed: 2 orders, 4 units",
    ]
