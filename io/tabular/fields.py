"""What each importable table consists of: ranges from the engine's schema, defaults from here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ...engine.schema import COMMAND_NUMBER, COMMANDS, Field, Role, dtype_of
from ...kernels import columns as kernel

if TYPE_CHECKING:
    from collections.abc import Mapping

CODE_BYTES_MAX: Final = next(
    dtype_of(column).itemsize
    for column in COMMANDS[COMMAND_NUMBER["put_item"]].fields
    if column.name == "code"
)


class Form(Enum):
    """How values of a field are written."""

    CODE = "a code"
    INTEGER = "a whole number"
    WORD = "a word"
    DAY = "an ISO date such as 2027-03-31"
    TIME = "an ISO time with zone such as 2027-03-31T14:00:00Z"
    FLAG = "true or false"


@dataclass(frozen=True, slots=True)
class ImportField:
    """One field of an importable table.

    Parameters
    ----------
    name : str
        As in the engine's schema.
    form : Form
        How its values are written.
    default : int, str or None
        Of empty values; None when there must be a value.
    low, high : int
        Inclusive range of integers.
    words : mapping of str to int
        Words and their codes.
    """

    name: str
    form: Form
    default: int | str | None = None
    low: int = 0
    high: int = 0
    words: Mapping[str, int] = field(default_factory=dict)


def _words(prefix: str) -> dict[str, int]:
    return {
        name.removeprefix(prefix): value
        for name, value in vars(kernel).items()
        if name.startswith(prefix) and isinstance(value, int) and not name.endswith("_COUNT")
    }


_WORDS: Final[Mapping[str, Mapping[str, int]]] = MappingProxyType(
    {
        "rotation": _words("ROTATION_"),
        "policy": _words("POLICY_"),
        "placement": _words("PLACEMENT_"),
        "role": {role.name: int(role) for role in Role},
        # Goods expire by their date; nobody receives them as such.
        "status": {
            name: code for name, code in _words("STATUS_").items() if code != kernel.STATUS_EXPIRED
        },
    }
)


def _import_field(column: Field) -> ImportField:
    name = column.name
    if column.refers or column.dtype.startswith("S"):
        return ImportField(name, Form.CODE)
    if name in _WORDS:
        return ImportField(name, Form.WORD, words=_WORDS[name])
    if name == "active":
        return ImportField(name, Form.FLAG, 1)
    if name == "expiry_day":
        return ImportField(name, Form.DAY, kernel.NO_EXPIRY_DAY)
    if name.endswith("_us"):
        return ImportField(name, Form.TIME, 0, column.low, column.high)
    return ImportField(name, Form.INTEGER, 0, column.low, column.high)


def _of(command: str, names: str) -> list[ImportField]:
    found = COMMANDS[COMMAND_NUMBER[command]]
    fields = {field.name: field for field in (*found.line_fields, *found.fields)}
    return [_import_field(fields[name]) for name in names.split()]


def _table(fields: list[ImportField], **defaults: int | str | None) -> tuple[ImportField, ...]:
    return tuple(
        replace(field, default=defaults[field.name]) if field.name in defaults else field
        for field in fields
    )


TABLES: Final[Mapping[str, tuple[ImportField, ...]]] = MappingProxyType(
    {
        "items": _table(
            _of(
                "put_item",
                "client code rotation shelf_life_days length_mm width_mm height_mm weight_g "
                "hazard temperature active",
            ),
            rotation=kernel.ROTATION_FEFO,
        ),
        "locations": _table(
            _of(
                "put_location",
                "code zone role aisle side bay level x_mm y_mm z_mm pick_seq capacity_units active",
            ),
            role=int(Role.RESERVE),
        ),
        "stock": _table(
            [
                *_of("put_item", "client"),
                *_of("receive", "item owner lot"),
                *_of("put_lot", "expiry_day"),
                *_of("receive", "status location units unit_cost_minor"),
            ],
            client="",
            lot="",
            status=kernel.STATUS_AVAILABLE,
            units=None,
        ),
        "orders": _table(
            [
                *_of("accept", "channel code owner"),
                *_of("put_item", "client"),
                *_of("accept", "item units priority policy placement min_life_days departure_us"),
                *_of("put_purchase_line", "line_number"),
            ],
            client="",
            units=None,
            policy=kernel.POLICY_ALL_OR_NOTHING,
            placement=kernel.PLACEMENT_POOL,
            line_number=kernel.NONE,
        ),
    }
)
"""Fields of each table, in the order in which the documents name them."""
