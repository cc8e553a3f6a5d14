"""The mapping file is read strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slotline.engine.errors import InvalidRequest
from slotline.io.tabular.mapping import Source, read_mapping
from slotline.io.tabular.yaml_once import load_yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[[str, str], Path]

GOOD = """
time_zone: Europe/Berlin
items:
  client: {value: ACME}
  code: sku
  weight_g: {column: weight_kg, factor: 1000}
  active: {value: true}
stock:
  expiry_day: {value: 2027-03-31}
"""


def test_columns_constants_and_factors_are_told_apart(write: Write) -> None:
    """Words that YAML makes dates or booleans of stay the text they were."""
    mapping = read_mapping(write("map.yaml", GOOD))
    assert mapping.sources("items") == {
        "client": Source(value="ACME"),
        "code": Source(column="sku"),
        "weight_g": Source(column="weight_kg", factor=1000),
        "active": Source(value="True"),
    }
    assert mapping.sources("stock") == {"expiry_day": Source(value="2027-03-31")}
    assert mapping.sources("orders") == {}
    assert str(mapping.time_zone) == "Europe/Berlin"


def test_merged_mappings_may_be_overridden(write: Write) -> None:
    """A key of its own beside that of the mapping it takes over is no second one."""
    text = "items: &all {code: sku, name: title}\nstock:\n  <<: *all\n  code: other\n"
    found = load_yaml(text)
    assert found == {
        "items": {"code": "sku", "name": "title"},
        "stock": {"code": "other", "name": "title"},
    }


def test_empty_file_maps_nothing(write: Write) -> None:
    """A file of comments is a mapping, too."""
    assert read_mapping(write("map.yaml", "# nothing yet\n")).tables == {}


def test_text_of_a_mapping_differs_when_the_import_would(write: Write) -> None:
    """Keys of an import depend on it: another mapping is another import."""
    first = read_mapping(write("a.yaml", GOOD))
    again = read_mapping(write("b.yaml", GOOD))
    other = read_mapping(write("c.yaml", GOOD.replace("1000", "1")))
    assert first.text("items") == again.text("items")
    assert first.text("items") != other.text("items")
    assert first.text("stock") == other.text("stock")
    # Only a field that is no longer read makes it another import.
    unread = read_mapping(write("c.yaml", GOOD + "  ignore: [note]\n"))
    without = read_mapping(write("d.yaml", GOOD + "  ignore: [note, lot]\n"))
    assert first.text("stock") == unread.text("stock") != without.text("stock")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("items: [", "line 1: found no readable YAML"),
        ("items: {code: a, code: b}", "line 1: found no readable YAML: found 'code' a second time"),
        (
            "items: {code: a}\nstock: {}\nitems: {}",
            "line 3: found no readable YAML: found 'items' a second time, expected each key once; "
            "the first is in line 1",
        ),
        ("- a\n", "expected names with values"),
        ("bins: {code: x}", "found 'bins', expected time_zone or one of items, locations"),
        ("items: {sku: code}", "items: found field 'sku', expected one of client, code"),
        ("items: {code: 3}", "items.code: found 3, expected a column's name"),
        ("items: {code: {}}", "items.code: found {}, expected a column's name"),
        ("items: {code: {value: 1.5}}", "items.code: found {'value': 1.5}"),
        ("items: {code: {value: a, column: b}}", "items.code: found {"),
        ("items: {weight_g: {column: w, factor: 0.5}}", "found factor 0.5, expected a whole"),
        ("items: {weight_g: {column: w, factor: 0}}", "found factor 0, expected a whole number"),
        ("items: {weight_g: {column: w, factor: true}}", "found factor True, expected a whole"),
        ("items: {code: {column: w, factor: 2}}", "items.code: found a factor, expected none"),
        ("items: {ignore: note}", "items.ignore: found 'note', expected a list of columns' names"),
        ("items: {ignore: [3]}", "items.ignore: found [3], expected a list of columns' names"),
        ("items: {code: sku, ignore: [sku]}", "items.ignore: found 'sku', which items.code reads"),
        ("time_zone: Mars/Base", "time_zone: found 'Mars/Base', expected an IANA name"),
    ],
)
def test_anything_unknown_is_refused_by_name(write: Write, text: str, expected: str) -> None:
    """A typo in a mapping must not silently map nothing."""
    path = write("map.yaml", text)
    with pytest.raises(InvalidRequest) as refused:
        read_mapping(path)
    assert str(refused.value).startswith(str(path))
    assert expected in str(refused.value)


def test_missing_mapping_is_refused_by_name(tmp_path: Path) -> None:
    """As any other file."""
    with pytest.raises(InvalidRequest, match=r"map\.yaml: cannot be read"):
        read_mapping(tmp_path / "map.yaml")
