"""Codes to refs and back: text meets the dictionary of the state here and nowhere else.

Looking up is safe from any thread: refs are never reused and the dictionary only grows. A code that
another call is just adding is either found or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..engine.errors import InvalidRequest, UnknownEntity
from ..engine.limits import CODE_BYTES_MAX
from ..engine.schema import TABLE_NUMBER, NameKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..engine.state import Code, State

    Codes = Mapping[Code, int]

NAME: Final = TABLE_NUMBER["name"]
ITEM: Final = TABLE_NUMBER["item"]
PACK: Final = TABLE_NUMBER["pack"]
ALIAS: Final = TABLE_NUMBER["alias"]
LOT: Final = TABLE_NUMBER["lot"]
PURCHASE_LINE: Final = TABLE_NUMBER["purchase_line"]
ORDER: Final = TABLE_NUMBER["order"]

PLAIN_TABLES: Final = ("location", "handling_unit", "worker", "cart", "wave", "load")
"""Tables whose codes are one scope each."""

_NO_SCOPE: Final = 0


def checked_code(where: str, text: str, *, required: bool = True) -> bytes:
    """Give the bytes of a code.

    Parameters
    ----------
    where : str
        Command and field, for the message.
    text : str
        The code.
    required : bool
        Whether it must not be empty.

    Returns
    -------
    bytes
        UTF-8.

    Raises
    ------
    InvalidRequest
        Empty, too long or with a NUL.
    """
    raw = text.encode()
    if len(raw) > CODE_BYTES_MAX or b"\0" in raw or (required and not raw):
        raise InvalidRequest(
            f"{where}: found {len(raw)} bytes {text[:CODE_BYTES_MAX]!r}, expected "
            f"{int(required)} to {CODE_BYTES_MAX} bytes of UTF-8 without NUL"
        )
    return raw


def _unknown(entity: str, text: str, scope: str = "") -> UnknownEntity:
    inside = f" of {scope}" if scope else ""
    return UnknownEntity(f"{entity}: found code {text!r}, expected a known {entity}{inside}")


def name_ref(codes: Codes, kind: int, text: str, entity: str) -> int:
    """Give the ref of a name, or raise UnknownEntity naming `entity` (such as "channel")."""
    ref = codes.get((NAME, kind, text.encode()))
    if ref is None:
        raise _unknown(entity, text)
    return ref


def item_ref(codes: Codes, client: int, text: str, scope: str) -> int:
    """Give the ref of an item of a client, or raise UnknownEntity; `scope` names the client."""
    ref = codes.get((ITEM, client, text.encode()))
    if ref is None:
        raise _unknown("item", text, f"client {scope!r}")
    return ref


def alias_ref(codes: Codes, client: int, text: str, scope: str) -> int:
    """Give the ref of an alias of a client, or raise UnknownEntity."""
    ref = codes.get((ALIAS, client, text.encode()))
    if ref is None:
        raise _unknown("alias", text, f"client {scope!r}")
    return ref


def pack_ref(codes: Codes, item: int, level: int, scope: str) -> int:
    """Give the ref of an item's pack by level, or raise UnknownEntity; `scope` names the item."""
    ref = codes.get(pack_key(item, level))
    if ref is None:
        raise UnknownEntity(f"pack: found level {level}, expected a known one of item {scope!r}")
    return ref


def lot_ref(codes: Codes, item: int, owner: int, text: str, scope: str) -> int:
    """Give the ref of a lot of item and owner, or raise UnknownEntity; `scope` names the item."""
    ref = codes.get(lot_key(item, owner, text.encode()))
    if ref is None:
        raise _unknown("lot", text, f"item {scope!r} and its owner")
    return ref


def plain_key(table: str, code: bytes) -> Code:
    """Give the dictionary key of a code of one of `PLAIN_TABLES`."""
    return TABLE_NUMBER[table], _NO_SCOPE, code


def plain_ref(codes: Codes, table: str, text: str) -> int:
    """Give the ref of a code of one of `PLAIN_TABLES`, or raise UnknownEntity."""
    ref = codes.get(plain_key(table, text.encode()))
    if ref is None:
        raise _unknown(table.replace("_", " "), text)
    return ref


def purchase_line_ref(codes: Codes, text: str, line_number: int) -> int:
    """Give the ref of a purchase line, or raise UnknownEntity."""
    ref = codes.get((PURCHASE_LINE, line_number, text.encode()))
    if ref is None:
        raise _unknown("purchase line", f"{text} line {line_number}")
    return ref


def pack_key(item: int, level: int) -> Code:
    """Give the dictionary key of a pack."""
    return PACK, item, bytes((level,)) if 0 <= level < 256 else b""


def lot_key(item: int, owner: int, code: bytes) -> Code:
    """Give the dictionary key of a lot."""
    return LOT, item << 32 | owner, code


def text(raw: bytes) -> str:
    """Give a stored code as text; bulk messages may have stored bytes that are no UTF-8."""
    return raw.decode("utf-8", "replace")


def name_text(state: State, row: int) -> str:
    """Give the code of a name row, empty for -1."""
    return text(state.name.code[row]) if row >= 0 else ""


def code_text(state: State, table: str, row: int) -> str:
    """Give the code of a row of a table that has codes, empty for -1."""
    return text(getattr(state, table).code[row]) if row >= 0 else ""


CLIENT_KIND: Final = int(NameKind.CLIENT)
CHANNEL_KIND: Final = int(NameKind.CHANNEL)
