"""What the border refuses before a batch is queued."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from slotline.engine import limits
from slotline.engine.batch import make_batch
from slotline.engine.border import check_border
from slotline.engine.errors import InvalidRequest
from slotline.engine.schema import COMMANDS, NAME_KINDS
from slotline.tests.engine.desk import ITEM, LOCATION, ORDER, RECEIPT, Desk

UNIT = {"code": "T9", "kind": 2, "parent": -1, "location": 0}


@pytest.mark.parametrize(
    ("kind", "columns", "message"),
    [
        ("put_name", {"kind": 1, "code": ["a", ""]}, r"put_name\.code\[1\]: found an empty code"),
        ("put_item", ITEM | {"code": ""}, r"put_item\.code\[0\]"),
        ("put_location", LOCATION | {"code": ["x", "", "z"]}, r"put_location\.code\[1\]"),
        (
            "receive",
            RECEIPT | {"units": 1, "item": [0, 1, 2]},
            r"receive\.item\[2\]: found row 2 of item, expected 0 to 1",
        ),
        (
            "receive",
            RECEIPT | {"units": 1, "lot": 0},
            r"receive\.lot\[0\]: found row 0 of lot, expected -1 to -1",
        ),
        (
            "receive",
            RECEIPT | {"units": [1, 1], "handling_unit": [-1, 0]},
            r"receive\.location\[1\]: found both of location and handling_unit",
        ),
        (
            "move",
            {"stock": 0, "units": [1, 2], "location": -1, "handling_unit": -1},
            r"move\.location\[0\]: found neither of location and handling_unit",
        ),
        (
            "move_handling_unit",
            {"handling_unit": 0, "parent": 1, "location": 0},
            r"move_handling_unit\.location\[0\]: found both of location and parent",
        ),
        ("put_handling_unit", UNIT | {"location": -1}, r"put_handling_unit\.location\[0\]"),
        (
            "put_handling_unit",
            UNIT | {"code": ["T0", "T0", "T8"], "location": [-1, -1, -1]},
            r"put_handling_unit\.location\[2\]: found neither",
        ),
        ("adjust", {"stock": 0, "delta_units": [1, 0], "reason": 3}, r"adjust\.delta_units\[1\]"),
    ],
)
def test_what_could_not_be_decided_is_refused_by_name(
    kind: str, columns: dict[str, Any], message: str
) -> None:
    """The message names kind, column and position; nothing changes."""
    desk = Desk()
    desk.receive(5)
    digest = desk.state.digest()
    with pytest.raises(InvalidRequest, match=message):
        check_border(make_batch(kind, columns), desk.state)
    assert desk.state.digest() == digest


@pytest.mark.parametrize(
    ("kind", "columns", "message"),
    [
        (
            "receive",
            RECEIPT | {"units": [1, 1], "owner": [0, 2]},
            r"receive\.owner\[1\]: found name 2, a ZONE, expected a CLIENT",
        ),
        (
            "receive",
            RECEIPT | {"units": [1, 1], "owner": 1},
            r"receive\.owner\[0\]: found name 1, a CHANNEL, expected a CLIENT",
        ),
        ("put_item", ITEM | {"code": "x", "client": 3}, r"put_item\.client\[0\]: .*a REASON"),
        ("put_location", LOCATION | {"code": "x", "zone": 0}, r"zone\[0\]: .*expected a ZONE"),
        ("hold", {"stock": 0, "units": 1, "status": 1, "reason": 2}, r"hold\.reason\[0\]"),
    ],
)
def test_a_name_of_another_kind_is_refused(
    kind: str, columns: dict[str, Any], message: str
) -> None:
    """A zone never becomes an owner, whether it stands for one command or for all."""
    desk = Desk()
    desk.receive(5)
    digest = desk.state.digest()
    with pytest.raises(InvalidRequest, match=message):
        check_border(make_batch(kind, columns), desk.state)
    assert desk.state.digest() == digest


def test_every_ref_to_a_name_has_a_kind() -> None:
    """A column that is new must say what it names; only zones of work are optional."""
    for command in COMMANDS:
        for field in (*command.fields, *command.line_fields):
            if field.refers == "name":
                assert field.name in NAME_KINDS
                assert not field.optional or field.name == "zone"


def test_a_zone_that_is_none_has_no_kind() -> None:
    """Alone, and beside zones that are checked."""
    desk = Desk()
    worker = {"kind": 0, "active": 1}
    check_border(make_batch("put_worker", worker | {"code": "W", "zone": -1}), desk.state)
    two = worker | {"code": ["W", "X"]}
    check_border(make_batch("put_worker", two | {"zone": [-1, 2]}), desk.state)
    with pytest.raises(InvalidRequest, match=r"put_worker\.zone\[1\]: found name 1, a CHANNEL"):
        check_border(make_batch("put_worker", two | {"zone": [-1, 1]}), desk.state)


def test_refs_of_lines_are_checked_too() -> None:
    """An order of an item that does not exist never gets a sequence."""
    batch = make_batch("accept", ORDER | {"line_count": 2}, _lines(item=[1, 9]))
    with pytest.raises(InvalidRequest, match=r"accept\.item\[1\]: found row 9 of item"):
        check_border(batch, Desk().state)


def test_an_order_needs_no_code() -> None:
    """Codes are optional for orders only."""
    desk = Desk()
    batch = make_batch("accept", ORDER | {"line_count": 1, "code": ""}, _lines(item=0))
    check_border(batch, desk.state)
    assert desk.order((0, 1)) == 0


def _lines(**columns: Any) -> dict[str, Any]:
    return {"units": 1, "promise": -1} | columns


def test_a_known_handling_unit_needs_no_place() -> None:
    """Nor does one that an earlier command of the batch makes."""
    desk = Desk()
    known = UNIT | {"code": "T0", "kind": 3, "location": -1}
    assert desk.one("put_handling_unit", **known) == (0, 0)
    twice = UNIT | {"code": ["T9", "T9"], "location": [0, -1]}
    assert desk.do("put_handling_unit", **twice)["handling_unit"] == [2, 2]


def test_a_message_of_tasks_is_of_bounded_length() -> None:
    """Nobody else writes while it is decided."""
    desk = Desk()
    columns = {"task": 0, "tour_position": np.zeros(limits.LONG_COMMANDS_MAX + 1, np.int32)}
    with pytest.raises(InvalidRequest, match="found 4097 commands in a message, expected at most"):
        check_border(make_batch("route_task", columns), desk.state)
    fits = {"task": 0, "tour_position": np.zeros(limits.LONG_COMMANDS_MAX, np.int32)}
    check_border(make_batch("route_task", fits), desk.state)
