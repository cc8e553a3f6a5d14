"""Queries against a real server, compared with the engine's own columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import numpy as np
import pytest

from slotline.engine.errors import InvalidRequest, LimitReached, UnknownEntity
from slotline.engine.schema import TABLES
from slotline.service import client as client_module
from slotline.service.calls import Bounds
from slotline.service.client import SlotlineClient
from slotline.service.server import Server, ServerOptions
from slotline.service.v1 import slotline_pb2 as pb

if TYPE_CHECKING:
    from slotline.engine.engine import Engine
    from slotline.service.v1.slotline_pb2_grpc import SlotlineStub


@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_an_exported_table_is_the_engines(site: SlotlineClient, engine: Engine, table: str) -> None:
    """Every column, base and derived, of every row in use."""
    site.accept(channel="web", owner="acme", placement=2, lines=[("tea", 3), ("tea", 4)])
    columns, sequence = site.export(table)
    view = engine.state.tables[[entry.name for entry in TABLES].index(table)]
    used = engine.state.rows_used(table)
    names = [field.name for field in (*view.spec.fields, *view.spec.derived)]
    assert list(columns) == names
    for name in names:
        np.testing.assert_array_equal(columns[name], getattr(view, name)[:used])
    assert sequence == engine.durable_sequence


def test_long_answers_come_in_pages(engine: Engine) -> None:
    """Stock by rows, tables by bytes; together the pages are the whole."""
    bounds = Bounds(rows_max=2, page_bytes_max=4_096)
    server = Server(ServerOptions(workers=4, bounds=bounds, snapshot_s=0.0))
    server.start()
    server.open(engine)
    try:
        with SlotlineClient(f"127.0.0.1:{server.port}") as client:
            for kind, code in ((1, "acme"), (4, "A")):
                client.put_name(kind=kind, code=code)
            client.put_item(client="acme", code="tea")
            for number in range(60):
                client.put_location(code=f"A-{number:02}", zone="A")
            for units in range(1, 6):
                client.receive(item="tea", owner="acme", location="A-01", units=units)
            found, first = [], 0
            while True:
                page = client.get_stock(location="A-01", first_row=first)
                found += [row.on_hand_units for row in page.rows]
                if not page.HasField("next_row"):
                    break
                first = page.next_row
            assert found == [1, 2, 3, 4, 5]
            codes = client.export("location")[0]["code"].tolist()
            assert codes == [f"A-{number:02}".encode() for number in range(60)]
    finally:
        server.close()


def test_stock_tells_everything_about_a_row(site: SlotlineClient) -> None:
    """Owner, lot, pack, place and receipt by their codes."""
    site.put_pack(client="acme", item="tea", level=2, units=12)
    site.put_lot(item="tea", owner="acme", code="L1", expiry_day=30_000)
    made = site.receive(
        item="tea", owner="acme", lot="L1", pack_level=2, location="A-02", units=24, status=1
    )
    (row,) = site.get_stock(stock=made.stock).rows
    assert (row.client, row.item, row.owner, row.lot) == ("acme", "tea", "acme", "L1")
    assert (row.pack_level, row.expiry_day, row.receipt) == (2, 30_000, made.receipt)
    assert (row.location, row.status, row.on_hand_units) == ("A-02", 1, 24)
    rows = site.get_stock(client="acme", item="tea").rows
    assert [entry.on_hand_units for entry in rows] == [100, 24]
    assert not rows[0].HasField("expiry_day")


def test_goods_in_nested_units_are_found_where_the_outermost_stands(site: SlotlineClient) -> None:
    """Only root units have a location; the stock is there all the same."""
    site.put_handling_unit(code="pallet", kind=0, location="A-02")
    site.put_handling_unit(code="case", kind=1, parent="pallet")
    made = site.receive(item="salt", owner="acme", handling_unit="case", units=7)
    for place in ({"location": "A-02"}, {"handling_unit": "pallet"}, {"handling_unit": "case"}):
        rows = site.get_stock(**place).rows
        assert [row.stock for row in rows] == [made.stock], place
    site.move_handling_unit(handling_unit="pallet", location="A-03")
    assert not site.get_stock(location="A-02").rows
    order = site.accept(channel="web", owner="acme", placement=2, lines=[("salt", 1)])
    (line,) = site.get_order(order.order).lines
    assert [(entry.location, entry.handling_unit) for entry in line.allocations] == [
        ("A-03", "case")
    ]


def test_an_order_is_found_by_number_and_by_the_channels_code(site: SlotlineClient) -> None:
    """Both give the same reply."""
    order = site.accept(
        channel="web", owner="acme", code="w-1", priority=3, reference=77, policy=1, placement=1,
        lines=[("tea", 90), ("tea", 20)],
    )  # fmt: skip
    assert (order.outcome, list(order.line_allocated_units)) == (pb.OUTCOME_PARTIAL, [90, 10])
    found = site.get_order(channel="web", code="w-1")
    assert found == site.get_order(order.order)
    assert (found.code, found.priority, found.reference) == ("w-1", 3, 77)
    assert [(line.ordered_units, line.allocated_units) for line in found.lines] == [
        (90, 90),
        (20, 10),
    ]
    assert not found.lines[0].allocations[0].HasField("stock")
    again = site.accept(channel="web", owner="acme", code="w-1", lines=[("tea", 1)])
    assert (again.outcome, again.order) == (pb.OUTCOME_DUPLICATE, order.order)


def test_a_promise_is_found_by_its_number(site: SlotlineClient) -> None:
    """With its state and its codes."""
    expires_us = site.get_status().time_us + 60_000_000
    made = site.promise(item="tea", owner="acme", channel="web", units=5, expires_us=expires_us)
    found = site.get_promise(made.promise)
    assert (found.item, found.owner, found.channel, found.units) == ("tea", "acme", "web", 5)
    assert (found.state, found.expires_us) == (pb.PROMISE_STATE_LIVE, expires_us)
    assert site.release_promise(promise=made.promise).available_units == 100
    assert site.get_promise(made.promise).state == pb.PROMISE_STATE_RELEASED


def test_refs_of_every_table_are_resolved(site: SlotlineClient) -> None:
    """One by one against the replies that gave them; unknown codes are -1."""
    pack = site.put_pack(client="acme", item="salt", level=1, units=6).pack
    alias = site.put_alias(client="acme", code="4012345678901", item="tea", units=1).alias
    lot = site.put_lot(item="salt", owner="bolt", client="acme", code="L1").lot
    line = site.put_purchase_line(
        code="po", line_number=4, item="tea", owner="acme", expected_units=1
    ).purchase_line
    asked = [
        ("name", ["web", "x"], {"kind": 2}, [2, -1]),
        ("item", ["salt", "tea", "x"], {"client": "acme"}, [1, 0, -1]),
        ("location", ["A-03", "x"], {}, [2, -1]),
        ("handling_unit", ["tote-1"], {}, [0]),
        ("alias", ["4012345678901"], {"client": "acme"}, [alias]),
        ("lot", ["L1", "L2"], {"client": "acme", "owner": "bolt", "items": ["salt"]}, [lot, -1]),
        ("purchase_line", ["po", "po"], {"numbers": [4, 5]}, [line, -1]),
        ("pack", [], {"client": "acme", "items": ["salt"], "numbers": [1, 300]}, [pack, -1]),
    ]
    for table, codes, scope, refs in asked:
        found, epoch = site.resolve(table, codes, **scope)
        assert (found.tolist(), epoch) == (refs, 0), table


def test_atp_without_items_is_the_whole_catalogue_of_a_client(site: SlotlineClient) -> None:
    """In the order of the items' rows."""
    reply = site.atp("acme")
    assert (list(reply.items), list(reply.units)) == (["tea", "salt"], [100, 0])
    assert reply.sequence == site.get_status().sequence


def test_status_tells_the_tables(site: SlotlineClient) -> None:
    """Rows in use and room."""
    reply = site.get_status()
    tables = {table.table: table.rows_used for table in reply.tables}
    assert (tables["name"], tables["item"], tables["stock"], tables["order"]) == (5, 2, 1, 0)
    assert not reply.low_disk
    assert reply.version.count(".") == 2


def test_queries_for_what_is_not_there_say_so(site: SlotlineClient) -> None:
    """NOT_FOUND for what has a name, INVALID_ARGUMENT for what makes no sense."""
    for missing in (
        lambda: site.get_order(5),
        lambda: site.get_order(-5),
        lambda: site.get_order(channel="web", code="w-9"),
        lambda: site.get_promise(0),
        lambda: site.get_stock(location="Z"),
        lambda: site.atp("acme", ["nut"]),
        lambda: site.resolve("item", ["tea"], client="nobody"),
    ):
        with pytest.raises(UnknownEntity):
            missing()
    for senseless in (
        lambda: site.get_order(),
        lambda: site.get_stock(),
        lambda: site.get_stock(location="A-01", handling_unit="tote-1"),
        lambda: site.get_stock(location="A-01", first_row=9),
        lambda: site.atp("acme", bounds_us=[5, 4]),
        lambda: site.resolve("stock", ["1"]),
        lambda: site.resolve("pack", [], client="acme", items=["tea", "salt"], numbers=[1, 2, 3]),
        lambda: site.export("nothing"),
        lambda: site.bulk_atp([0, 1], [0, 0, 0], [0]),
        lambda: site.bulk_atp([7], [0], [0]),
        lambda: site.bulk_atp([0], [-1], [0]),
    ):
        with pytest.raises(InvalidRequest):
            senseless()


def test_an_answer_of_too_many_values_is_refused_before_it_is_worked_out(
    site: SlotlineClient, stub: SlotlineStub
) -> None:
    """Items and times have bounds of their own, and so has their product."""
    bounds_us = np.arange(21, dtype=np.int64)
    columns = pb.AtpColumns(
        catalogue_epoch=site.get_status().catalogue_epoch,
        item=np.zeros(100_000, np.int32).tobytes(),
        owner=np.zeros(1, np.int32).tobytes(),
        bounds_us=bounds_us.tobytes(),
    )
    with pytest.raises(grpc.RpcError) as refused:
        stub.BulkAtp(columns)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refused.value.details() == (
        "found 100000 items at 21 times, which is 2100000 values, expected at most 2000000; ask "
        "for at most 95238 items at a time"
    )
    failure = next(stub.BulkAtpStream(iter([columns]))).failure
    assert failure.name == "LimitReached"
    with pytest.raises(LimitReached, match="ask for at most 95238 items"):
        site.atp("acme", ["tea"] * 100_000, bounds_us=bounds_us.tolist())
    with pytest.raises(InvalidRequest, match="a CHANNEL, expected a CLIENT"):
        site.bulk_atp([0], [2], [0])


def test_the_client_asks_for_many_values_in_parts(
    site: SlotlineClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parts are put together again, one owner for all or one each."""
    site.receive(item="salt", owner="acme", location="A-02", units=7)
    items, bounds_us = [0, 1, 1, 0, 1], [0, 1]
    for owners in ([0], [0, 0, 1, 0, 0]):
        whole, _ = site.bulk_atp(items, owners, bounds_us)
        with monkeypatch.context() as small:
            small.setattr(client_module, "ATP_VALUES_MAX", 5)
            parts, sequence = site.bulk_atp(items, owners, bounds_us)
        assert parts.tolist() == whole.tolist()
        assert sequence == site.get_status().sequence
    codes, _ = site.bulk_atp(["tea", "salt"], "acme", bounds_us)
    assert codes.tolist() == [[100, 100], [7, 7]]


def test_a_read_shows_what_was_answered_before_it(site: SlotlineClient, stub: SlotlineStub) -> None:
    """Its sequence is never smaller than that of an earlier reply."""
    for units in range(1, 20):
        made = site.adjust(stock=0, delta_units=units, reason="count")
        reply = stub.Atp(pb.AtpRequest(client="acme", items=["tea"]))
        assert reply.sequence >= made.sequence
        assert reply.units == [made.on_hand_units]
    with pytest.raises(grpc.RpcError):
        stub.GetPromise(pb.GetPromiseRequest(promise=-1))
