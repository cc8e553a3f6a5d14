"""The example of the README runs as written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from slotline.service.server import Server

EXAMPLE = """\
from slotline.engine.schema import NameKind
from slotline.service.client import SlotlineClient

with SlotlineClient("127.0.0.1:7070") as site:
    site.put_name(kind=NameKind.CLIENT, code="acme")
    site.put_name(kind=NameKind.CHANNEL, code="web")
    site.put_name(kind=NameKind.ZONE, code="A")
    site.put_location(code="A-01", zone="A")
    site.put_item(client="acme", code="tea")
    site.receive(item="tea", owner="acme", location="A-01", units=100)
    order = site.accept(channel="web", owner="acme", code="web-1", placement=2, lines=[("tea", 3)])
    print("promised now:", site.atp("acme", ["tea"]).units[0])
    for line in site.get_order(order.order).lines:
        print(line.item, [(pick.location, pick.units) for pick in line.allocations])
"""


def test_example_of_the_readme_runs_as_written(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catalogue, receipt, order, ATP and pick list, through the client alone."""
    code = EXAMPLE.replace("127.0.0.1:7070", f"127.0.0.1:{server.port}")
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out == "promised now: 97\ntea [('A-01', 3)]\n"
    assert len(EXAMPLE.strip().splitlines()) <= 15
