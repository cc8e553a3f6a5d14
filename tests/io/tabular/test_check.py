"""Every row is checked against its file, the other files and the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slotline.engine.errors import InvalidRequest
from slotline.io.tabular.catalogue import CLIENT, PENDING, Catalogue, read_catalogue
from slotline.io.tabular.check import CheckedTable, load_tables
from slotline.io.tabular.faults import Faults
from slotline.io.tabular.mapping import Mapping, make_mapping
from slotline.kernels.columns import NO_EXPIRY_DAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import FakeStore

    Write = Callable[[str, str], Path]

ITEMS = "client,code\nACME,A-1\nACME,A-2\nBETA,A-1\n"
LOCATIONS = "code,zone,active\nL-1,Z,yes\nL-2,Z,no\n"
STOCK_HEAD = "item,owner,location,units,lot,expiry_day\n"
ORDER_HEAD = "channel,code,owner,item,units,priority,line_number\n"


def load(write: Write, catalogue: Catalogue | None = None, **texts: str) -> list[CheckedTable]:
    """Write files of these texts and check them."""
    paths = {name: write(f"{name}.csv", text) for name, text in texts.items()}
    return load_tables(paths, Mapping(), catalogue or Catalogue(), Faults())


def refused_lines(write: Write, catalogue: Catalogue | None = None, **texts: str) -> list[str]:
    """Check files that have faults; give the faults without the folder."""
    with pytest.raises(InvalidRequest) as refused:
        load(write, catalogue, **texts)
    lines = str(refused.value).splitlines()
    assert lines[-1].endswith("nothing was imported; mend the file and run again")
    return [line.rpartition("/")[2] for line in lines[:-1]]


def test_files_of_one_import_may_name_what_the_others_bring(write: Write) -> None:
    """Items, locations, stock and orders of an empty store come in one go."""
    stock = STOCK_HEAD + "A-1,ACME,L-1,5,,\n"
    orders = ORDER_HEAD + "web,1,ACME,A-1,2,,\n"
    catalogue = Catalogue()
    tables = load(write, catalogue, orders=orders, stock=stock, locations=LOCATIONS, items=ITEMS)
    assert [table.name for table in tables] == ["items", "locations", "stock", "orders"]
    assert catalogue.items == dict.fromkeys(
        [("ACME", "A-1"), ("ACME", "A-2"), ("BETA", "A-1")], PENDING
    )
    assert [table.names for table in tables] == [
        [(CLIENT, "ACME"), (CLIENT, "BETA")],
        [(4, "Z")],
        [],
        [(2, "web")],
    ]


def test_codes_that_nobody_knows_are_named(write: Write) -> None:
    """A code must be in the store or in a file of the same import."""
    stock = STOCK_HEAD + "A-9,ACME,L-1,5,,\nA-1,NONE,L-1,5,,\nA-2,BETA,L-1,5,,\nA-1,ACME,L-9,5,,\n"
    assert refused_lines(write, items=ITEMS, locations=LOCATIONS, stock=stock) == [
        "stock.csv, line 2, column 'item': found 'A-9', expected a known item of client 'ACME'",
        "stock.csv, line 3, column 'owner': found 'NONE', expected a known client; "
        "import its items first",
        "stock.csv, line 4, column 'item': found 'A-2', expected a known item of client 'BETA'",
        "stock.csv, line 5, column 'location': found 'L-9', expected a known location",
    ]


def test_stock_goes_to_active_locations_only(write: Write) -> None:
    """The engine would refuse the receipt, after half of the file was sent."""
    stock = STOCK_HEAD + "A-1,ACME,L-2,5,,\n"
    assert refused_lines(write, items=ITEMS, locations=LOCATIONS, stock=stock) == [
        "stock.csv, line 2, column 'location': found 'L-2', expected an active location"
    ]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (
            {"items": ITEMS + "ACME,A-2\n"},
            "items.csv, line 5, column 'code': found 'A-2', expected each once: "
            "line 3 has the same",
        ),
        (
            {"locations": LOCATIONS + "L-1,Y,yes\n"},
            "locations.csv, line 4, column 'code': found 'L-1', expected each once: "
            "line 2 has the same",
        ),
        (
            {"items": ITEMS, "orders": ORDER_HEAD + "w,1,ACME,A-1,2,,1\nw,1,ACME,A-2,2,,1\n"},
            "orders.csv, line 3, column 'line_number': found 1, expected each once: "
            "line 2 has the same",
        ),
    ],
)
def test_repeats_inside_a_file_are_named(
    write: Write, texts: dict[str, str], expected: str
) -> None:
    """Two rows with one key contradict each other, or one of them is a mistake."""
    assert refused_lines(write, **texts) == [expected]


def test_lines_of_an_order_are_gathered_and_must_agree(write: Write) -> None:
    """Rows of one channel and code are one order wherever they stand in the file."""
    good = ORDER_HEAD + "w,1,ACME,A-1,2,,\nw,2,ACME,A-1,1,,\nw,1,ACME,A-1,3,,\n"
    *_, orders = load(write, items=ITEMS, orders=good)
    assert orders.order_of_row.tolist() == [0, 1, 0]
    bad = ORDER_HEAD + "w,1,ACME,A-1,2,7,\nw,1,BETA,A-1,1,3,\nv,1,BETA,A-1,1,3,\n"
    assert refused_lines(write, items=ITEMS, orders=bad) == [
        "orders.csv, line 3, column 'owner': found 'BETA', "
        "expected ACME, as the order has in line 2",
        "orders.csv, line 3, column 'client': found 'BETA', "
        "expected ACME, as the order has in line 2",
        "orders.csv, line 3, column 'priority': found 3, expected 7, as the order has in line 2",
    ]


def test_a_value_that_is_refused_is_not_what_other_rows_should_be_like(write: Write) -> None:
    """One bad priority is one fault, not one for every line of the order."""
    rows = "w,1,ACME,A-1,2,high,\nw,1,ACME,A-1,1,3,\nw,1,ACME,A-1,3,3,\n"
    (line,) = refused_lines(write, items=ITEMS, orders=ORDER_HEAD + rows)
    assert line.startswith("orders.csv, line 2, column 'priority': found 'high', expected ")


def test_an_order_has_a_bounded_number_of_lines(write: Write) -> None:
    """The engine's bound is found before anything is sent."""
    rows = "w,1,ACME,A-1,1,,\n" * 10_001
    assert refused_lines(write, items=ITEMS, orders=ORDER_HEAD + rows) == [
        "orders.csv, line 2, column 'code': found '10001 lines', "
        "expected at most 10000 lines in one order"
    ]


def test_lots_have_one_expiry(write: Write) -> None:
    """Goods with an expiry and no lot get a lot named by the date; empty follows the lot."""
    rows = "A-1,ACME,L-1,5,X,2027-01-02\nA-1,ACME,L-1,5,X,\nA-1,ACME,L-1,5,,2027-01-03\n"
    *_, stock = load(write, items=ITEMS, locations=LOCATIONS, stock=STOCK_HEAD + rows)
    assert stock.codes("lot") == ["X", "X", "2027-01-03"]
    assert [key[3] for key in stock.lots] == ["X", "2027-01-03"]
    clash = rows + "A-1,ACME,L-1,5,X,2027-01-09\n"
    assert refused_lines(write, items=ITEMS, locations=LOCATIONS, stock=STOCK_HEAD + clash) == [
        "stock.csv, line 5, column 'expiry_day': found '2027-01-09', "
        "expected 2027-01-02, as lot 'X' has"
    ]


def test_the_store_is_asked_for_what_it_knows(write: Write, store: FakeStore) -> None:
    """Lots keep their expiry, items with stock their rotation, places their activity."""
    store.rows["name"] = [{"kind": CLIENT, "code": b"ACME"}]
    store.rows["item"] = [
        {"client": 0, "code": b"A-1", "rotation": 1, "received_units": 5, "shipped_units": 1},
        {"client": 0, "code": b"A-2", "rotation": 1, "received_units": 5, "shipped_units": 5},
    ]
    store.rows["location"] = [{"code": b"L-1", "active": 1}, {"code": b"L-2", "active": 0}]
    store.rows["lot"] = [{"item": 0, "owner": 0, "code": b"X", "expiry_day": NO_EXPIRY_DAY}]
    catalogue = read_catalogue(store, lots=True)
    assert catalogue.items == {("ACME", "A-1"): 0, ("ACME", "A-2"): 1}
    assert refused_lines(
        write,
        catalogue,
        items="client,code,rotation\nACME,A-1,FEFO\nACME,A-2,FEFO\n",
        stock=STOCK_HEAD + "A-1,ACME,L-1,1,X,2027-01-02\nA-1,ACME,L-2,1,,\n",
    ) == [
        "items.csv, line 2, column 'rotation': found 0, expected 1: the item has stock, "
        "which is kept in order",
        "stock.csv, line 2, column 'expiry_day': found '2027-01-02', "
        "expected no expiry, as lot 'X' has",
        "stock.csv, line 3, column 'location': found 'L-2', expected an active location",
    ]


def test_twenty_faults_are_listed_and_the_rest_counted(write: Write) -> None:
    """A file of another kind does not fill the screen."""
    with pytest.raises(InvalidRequest) as refused:
        load(write, items="client,code,weight_g\n" + "ACME,,x\n" * 30)
    lines = str(refused.value).splitlines()
    assert len(lines) == 22
    # Thirty without a code, thirty bad weights, and the repeats among the empty codes.
    assert lines[-2] == "... and 69 more"
    assert lines[-1].startswith("found 89 faults, nothing was imported")


def test_first_twenty_faults_are_those_of_the_first_lines(write: Write) -> None:
    """Weights are looked at after codes, and still line 2 comes first."""
    rows = "ACME,A,x\n" + "".join(f"ACME,,{n}\n" for n in range(30))
    lines = refused_lines(write, items="client,code,weight_g\n" + rows, stock="item\n")
    assert lines[0].startswith("items.csv, line 2, column 'weight_g': found 'x'")
    numbers = [int(line.split(",")[1].split()[1]) for line in lines[:20]]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 12


def test_column_that_nothing_reads_is_refused_with_what_was_meant(write: Write) -> None:
    """Stock without its expiry is worse than no stock."""
    stock = "item,owner,location,units,expiry,colour\nA-1,ACME,L-1,5,2027-01-02,red\n"
    advice = "rename it, name it in the mapping file, or list it there under stock.ignore"
    assert refused_lines(write, items=ITEMS, locations=LOCATIONS, stock=stock) == [
        f"stock.csv, column 'expiry': found a column that nothing reads; "
        f"did you mean expiry_day? {advice}",
        f"stock.csv, column 'colour': found a column that nothing reads; "
        f"stock has no such field; {advice}",
    ]


def test_mapping_says_which_columns_are_left_out(write: Write) -> None:
    """A column listed there is not read, even when it has a field's name."""
    path = write("items.csv", "client,code,note,weight_g\nACME,A-1,x,heavy\n")
    mapping = make_mapping({"items": {"ignore": ["note", "weight_g", "elsewhere"]}}, "map")
    (items,) = load_tables({"items": path}, mapping, Catalogue(), Faults())
    assert items.numbers("weight_g").tolist() == [0]
    mapped = make_mapping({"items": {"code": "note", "ignore": ["code"], "weight_g": "kg"}}, "map")
    with pytest.raises(InvalidRequest) as refused:
        load_tables({"items": path}, mapped, Catalogue(), Faults())
    assert "expected column 'kg' for items.weight_g" in str(refused.value)
    assert "nothing reads" not in str(refused.value)


def test_row_of_a_parquet_file_is_named_by_its_number(tmp_path: Path) -> None:
    """There are no lines in Parquet; rows count from 1."""
    import polars as pl

    path = tmp_path / "items.parquet"
    pl.DataFrame({"client": ["A", "A"], "code": ["x", "y"], "weight_g": [1, -1]}).write_parquet(
        path
    )
    with pytest.raises(InvalidRequest, match=r"items\.parquet, row 2, column 'weight_g': found -1"):
        load_tables({"items": path}, Mapping(), Catalogue(), Faults())


def test_file_without_rows_is_no_fault(write: Write) -> None:
    """A quiet day has no orders."""
    *_, orders = load(write, items="client,code\n", orders=ORDER_HEAD)
    assert (orders.count, orders.order_of_row.size, orders.names) == (0, 0, [])
