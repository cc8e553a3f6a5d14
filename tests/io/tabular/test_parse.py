"""Values become numbers and codes, and each bad one is named."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slotline.io.tabular.faults import Faults
from slotline.io.tabular.fields import TABLES, ImportField
from slotline.io.tabular.mapping import Mapping, make_mapping
from slotline.io.tabular.parse import Column, parse_table
from slotline.io.tabular.read import TableFile
from slotline.kernels.columns import NO_EXPIRY_DAY

if TYPE_CHECKING:
    from decimal import Decimal

GRAM_RANGE = "a whole number from 0 to 2147483647"


def file_of(**columns: Any) -> TableFile:
    """Make a file of columns, as if read from lines 2, 3, ..."""
    frame = pl.DataFrame(columns)
    return TableFile(Path("t.csv"), frame, np.arange(2, frame.height + 2), "line", b"")


def field_of(table: str, name: str) -> ImportField:
    """Give a field of a table."""
    return next(field for field in TABLES[table] if field.name == name)


def parse(
    table: str, name: str, values: Any, mapping: object = None, **options: Any
) -> tuple[Any, list[str]]:
    """Parse one column; give its values and the faults without the place."""
    faults = Faults()
    column = options.get("column", name)
    made = make_mapping(mapping, "map") if mapping else Mapping()
    found = parse_table(file_of(**{column: values}), (field_of(table, name),), table, made, faults)
    assert found is not None
    column_found: Column = found[name]
    values = column_found.values
    return (values if isinstance(values, list) else values.tolist()), faults.texts


@pytest.mark.parametrize(
    ("table", "name", "value", "expected"),
    [
        ("stock", "units", "x", "'x', expected a whole number from 1 to 2147483647"),
        ("stock", "units", "0", "'0', expected a whole number from 1 to 2147483647"),
        ("stock", "units", "-3", "'-3', expected a whole number from 1"),
        ("stock", "units", "2147483648", "'2147483648', expected a whole number from 1"),
        ("stock", "units", "99999999999999999999999", "expected a whole number from 1"),
        ("stock", "units", "1e999999999", "expected a whole number from 1"),
        ("stock", "units", "1.5", "'1.5', expected a whole number"),
        ("stock", "units", "NaN", "'NaN', expected a whole number"),
        ("stock", "units", "", "nothing, expected a whole number"),
        ("stock", "units", "1,000", "'1,000', expected a whole number"),
        ("stock", "item", "", "nothing, expected a code of 1 to 48 bytes"),
        ("stock", "item", "é" * 25, "expected a code of at most 48 bytes"),
        ("stock", "item", "a\0b", "expected a code of at most 48 bytes of UTF-8 without NUL"),
        ("stock", "expiry_day", "31.03.2027", "'31.03.2027', expected an ISO date"),
        ("stock", "expiry_day", "2027-02-30", "'2027-02-30', expected an ISO date"),
        ("stock", "expiry_day", "1969-12-31", "expected a date from 1970-01-01 on"),
        ("stock", "status", "EXPIRED", "expected one of AVAILABLE, HELD, QUARANTINE, DAMAGED"),
        ("stock", "status", "4", "expected one of AVAILABLE"),
        ("items", "rotation", "LIFO", "'LIFO', expected one of FEFO, FIFO"),
        ("items", "active", "maybe", "'maybe', expected true or false"),
        ("items", "hazard", "256", "'256', expected a whole number from 0 to 255"),
        ("locations", "role", "shelf", "expected one of RESERVE, PICK_FACE"),
        ("orders", "departure_us", "2027-03-31T12:00", "or time_zone in the mapping file"),
        ("orders", "departure_us", "noon", "'noon', expected an ISO time with zone"),
        ("orders", "departure_us", "1969-12-31T23:59Z", "expected a time from 1970-01-01"),
        ("orders", "min_life_days", "32768", "expected a whole number from 0 to 32767"),
    ],
)
def test_bad_value_is_named_with_line_and_column(
    table: str, name: str, value: str, expected: str
) -> None:
    """One fault, in the line of the value, with what was found and expected."""
    good = {"units": "1", "item": "A"}.get(name, "")
    _, faults = parse(table, name, [good, value])
    assert len(faults) == 1
    assert faults[0].startswith(f"t.csv, line 3, column {name!r}: found ")
    assert expected in faults[0]


@pytest.mark.parametrize(
    ("table", "name", "values", "expected"),
    [
        ("stock", "units", [" 7 ", "08", "+9", "1e1", "2.0"], [7, 8, 9, 10, 2]),
        ("items", "weight_g", ["12", "", None], [12, 0, 0]),
        ("items", "active", ["", "no", "TRUE", "0"], [1, 0, 1, 0]),
        ("items", "rotation", ["", "fifo", "1", "Fefo"], [0, 1, 1, 0]),
        ("locations", "role", ["pick face", "Put-Wall Slot", "dock"], [1, 5, 2]),
        ("stock", "expiry_day", ["1970-01-02", ""], [1, NO_EXPIRY_DAY]),
        (
            "orders",
            "departure_us",
            ["1970-01-01T01:00:00+01:00", "1970-01-01 00:00:01Z"],
            [0, 10**6],
        ),
        ("stock", "item", [" A ", "1"], ["A", "1"]),
        ("stock", "lot", [None, ""], ["", ""]),
    ],
)
def test_good_text_becomes_its_value(
    table: str, name: str, values: list[str], expected: list[Any]
) -> None:
    """Blanks around values do not matter; empty values are the field's default."""
    assert parse(table, name, values) == (expected, [])


@pytest.mark.parametrize(
    ("table", "name", "values", "expected"),
    [
        ("stock", "units", pl.Series([1, 2], dtype=pl.UInt8), [1, 2]),
        ("stock", "units", [1.0, 2.0], [1, 2]),
        ("items", "active", [True, False], [1, 0]),
        ("stock", "item", [7, 8], ["7", "8"]),
        ("stock", "item", pl.Series(["A", "B"], dtype=pl.Categorical), ["A", "B"]),
        ("stock", "expiry_day", [date(1970, 1, 3), None], [2, NO_EXPIRY_DAY]),
        ("orders", "departure_us", [datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)], [1_000_000]),
    ],
)
def test_typed_columns_are_taken_as_they_are(
    table: str, name: str, values: Any, expected: list[Any]
) -> None:
    """Parquet and Arrow have types of their own."""
    assert parse(table, name, values) == (expected, [])


@pytest.mark.parametrize(
    ("table", "name", "values", "expected"),
    [
        ("stock", "units", [1.5], "found 1.5, expected a whole number"),
        ("stock", "units", [True], "found True, expected a whole number"),
        ("stock", "units", [None, 3], "found nothing, expected a whole number"),
        ("stock", "units", pl.Series([2**63], dtype=pl.UInt64), "expected a whole number"),
        ("stock", "item", [1.5], "found Float64, expected text or whole numbers"),
        ("stock", "expiry_day", [datetime(2027, 1, 1, 5, tzinfo=UTC)], "expected an ISO date"),
        ("orders", "departure_us", [datetime(2027, 1, 1)], "or time_zone"),  # noqa: DTZ001
    ],
)
def test_typed_columns_are_checked_as_well(
    table: str, name: str, values: Any, expected: str
) -> None:
    """A type does not make a value good."""
    _, faults = parse(table, name, values)
    assert len(faults) == 1
    assert expected in faults[0]


@given(
    st.decimals(min_value=-10, max_value=10**7, places=4), st.sampled_from([1, 10, 1_000, 10_000])
)
def test_factor_is_exact_or_refused(value: Decimal, factor: int) -> None:
    """A value is taken exactly when times its factor it is whole and in range."""
    mapping = {"items": {"weight_g": {"column": "w", "factor": factor}}}
    found, faults = parse("items", "weight_g", [str(value)], mapping, column="w")
    exact = value * factor
    if exact == int(exact) and 0 <= exact <= 2**31 - 1:
        assert (found, faults) == ([int(exact)], [])
    else:
        assert len(faults) == 1
        assert GRAM_RANGE in faults[0]


def test_float_column_times_factor_means_the_decimals_that_are_shown() -> None:
    """1.1 kg of a float column are 1100 g, though 1.1 * 1000 is not in binary."""
    mapping = {"items": {"weight_g": {"column": "kg", "factor": 1000}}}
    assert parse("items", "weight_g", [1.1, 0.35], mapping, column="kg") == ([1100, 350], [])


def test_whole_numbers_times_factor_stay_in_range() -> None:
    """The quick way for whole columns knows the range of the product."""
    mapping = {"items": {"weight_g": {"column": "kg", "factor": 1000}}}
    found, faults = parse("items", "weight_g", [2_147_483, 2_147_484], mapping, column="kg")
    assert found[0] == 2_147_483_000
    assert faults == [
        f"t.csv, line 3, column 'kg': found 2147484, expected {GRAM_RANGE} "
        f"after multiplying by 1000"
    ]


def test_constant_stands_for_every_row_and_is_checked_once() -> None:
    """A constant of the mapping is parsed like a value of the file."""
    mapping = make_mapping({"items": {"client": {"value": "ACME"}, "hazard": {"value": 3}}}, "map")
    fields = tuple(field_of("items", name) for name in ("client", "hazard", "weight_g"))
    found = parse_table(file_of(x=["1", "2"]), fields, "items", mapping, Faults())
    assert found is not None
    assert found["client"].values == ["ACME", "ACME"]
    assert np.asarray(found["hazard"].values).tolist() == [3, 3]
    assert np.asarray(found["weight_g"].values).tolist() == [0, 0]


def test_time_zone_of_the_mapping_holds_for_times_without_one() -> None:
    """Berlin is an hour ahead of UTC in winter and two in summer."""
    mapping = {"time_zone": "Europe/Berlin", "orders": {}}
    found, faults = parse(
        "orders", "departure_us", ["2027-01-01T12:00", "2027-07-01T12:00"], mapping
    )
    hours = [datetime.fromtimestamp(value / 1e6, UTC).hour for value in found]
    assert (hours, faults) == ([11, 10], [])


def test_missing_column_names_what_is_there_and_the_way_out() -> None:
    """The mapping file is the remedy, and the message says so."""
    faults = Faults()
    found = parse_table(file_of(sku=["A"]), TABLES["items"], "items", Mapping(), faults)
    assert found is None
    assert "found columns sku; expected column 'client' for items.client" in faults.texts[0]
    assert "mapping file" in faults.texts[0]
    assert len(faults.texts) == 2
