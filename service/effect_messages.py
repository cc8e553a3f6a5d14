"""Effects as messages: refs become codes, orders get the channel's own code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..engine.effects import EffectKind, EntityKind
from ..engine.errors import InvalidRequest
from ..engine.schema import COMMANDS
from . import codes as code
from .outbox import Identity, Letter
from .v1 import slotline_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..engine.effects import Effect
    from ..engine.engine import Engine
    from ..engine.state import State

    OrderCodes = dict[int, tuple[str, str]]

# Columns hold plain integers, which the types of the enums would have us wrap one by one.
pb: Final[Any] = slotline_pb2

# Tables whose rows have codes, by the column that refers to them; other refs are told as numbers.
_TABLES: Final = {
    field.name: field.refers
    for command in COMMANDS
    for field in command.fields
    if field.refers in ("name", "item", "lot", "purchase_line", "alias", *code.PLAIN_TABLES)
}
# `release` takes any number as its wave.
_NUMBERS: Final = {EffectKind.ORDER_RELEASED: frozenset({"wave"})}
_CODED: Final = {EntityKind.UNIT: "handling_unit", EntityKind.LOAD: "load"}
_NO_CODES: Final = ("", "")


def effect_messages(engine: Engine, effects: Sequence[Effect]) -> list[Any]:
    """Give effects as messages `Effect`.

    Codes are never changed, so they can be read beside the writer; what order a row holds can, so
    orders are looked up in the writer's turn, once for all of them.
    """
    orders = sorted(
        {
            effect.entity
            for effect in effects
            if effect.entity_kind is EntityKind.ORDER
            and effect.kind is not EffectKind.ORDER_ACCEPTED
        }
    )
    known = engine.read(lambda state: _order_codes(state, orders))[0] if orders else {}
    return [_message(engine.state, effect, known) for effect in effects]


def _order_codes(state: State, numbers: Iterable[int]) -> OrderCodes:
    found: OrderCodes = {}
    for number in numbers:
        row = state.order_row(number)
        if row >= 0:
            channel = code.name_text(state, int(state.order.channel[row]))
            found[number] = channel, code.code_text(state, "order", row)
    return found


def _message(state: State, effect: Effect, orders: OrderCodes) -> Any:
    scope, text = _scope_and_code(state, effect, orders)
    lines = effect.lines
    return pb.Effect(
        sequence=effect.sequence,
        time_us=effect.time_us,
        kind=int(effect.kind),
        entity_kind=int(effect.entity_kind),
        entity=effect.entity,
        scope=scope,
        code=text,
        outcome=effect.outcome,
        tenant=code.name_text(state, effect.tenant),
        actor=code.name_text(state, effect.actor),
        values=_values(state, effect.kind, effect.values),
        results=_values(state, effect.kind, effect.results),
        lines=[
            pb.EffectLine(
                client=code.name_text(state, int(state.item.client[item])),
                item=code.code_text(state, "item", item),
                units=units,
                allocated_units=allocated,
                promise=promise if promise >= 0 else None,
            )
            for item, units, promise, allocated in zip(*lines.values(), strict=True)
        ],
    )


def _scope_and_code(state: State, effect: Effect, orders: OrderCodes) -> tuple[str, str]:
    if effect.entity_kind is EntityKind.ITEM:
        client = int(state.item.client[effect.entity])
        return code.name_text(state, client), code.code_text(state, "item", effect.entity)
    if effect.entity_kind in _CODED:
        return "", code.code_text(state, _CODED[effect.entity_kind], effect.entity)
    if effect.kind is EffectKind.ORDER_ACCEPTED:
        channel = code.name_text(state, effect.values["channel"])
        return channel, code.text(effect.values["code"])
    if effect.entity_kind is EntityKind.ORDER:
        return orders.get(effect.entity, _NO_CODES)
    return _NO_CODES


def _values(state: State, kind: EffectKind, values: Mapping[str, Any]) -> list[Any]:
    found, numbers = [], _NUMBERS.get(kind, ())
    for name, value in values.items():
        if isinstance(value, bytes):
            found.append(pb.EffectValue(name=name, text=code.text(value)))
        elif name in _TABLES and name not in numbers:
            text = code.code_text(state, _TABLES[name], value)
            found.append(pb.EffectValue(name=name, text=text))
        else:
            found.append(pb.EffectValue(name=name, number=value))
    return found


def identity_of(effect: Any) -> Identity:
    """Give what names an effect's message."""
    return Identity(effect.entity_kind, effect.entity, effect.sequence, effect.kind)


def letter_message(letter: Letter) -> Any:
    """Give a dead letter as a message."""
    return pb.DeadLetter(
        letter=letter.letter,
        endpoint=letter.endpoint,
        state=letter.state,
        error=letter.error,
        attempts=letter.attempts,
        replays=letter.replays,
        parked_us=letter.parked_us,
        effect=pb.Effect.FromString(letter.effect),
    )


def edited(effect: bytes, values: Iterable[Any]) -> bytes:
    """Give an effect with some values changed, each by its name among values, else results.

    Parameters
    ----------
    effect : bytes
        The message.
    values : iterable of EffectValue
        New values.

    Returns
    -------
    bytes
        The changed message; what names the effect stays.

    Raises
    ------
    InvalidRequest
        No such value, or a number where text belongs or the other way round.
    """
    message = pb.Effect.FromString(effect)
    known = {value.name: value for value in (*message.results, *message.values)}
    count = 0
    for value in values:
        count += 1
        old = known.get(value.name)
        if old is None:
            raise InvalidRequest(
                f"value: found {value.name!r}, expected one of {', '.join(sorted(known)) or 'none'}"
            )
        form, expected = value.WhichOneof("value"), old.WhichOneof("value")
        if form != expected:
            raise InvalidRequest(f"value {value.name}: found {form or 'none'}, expected {expected}")
        old.CopyFrom(value)
    if not count:
        raise InvalidRequest("values: found none, expected at least one")
    return bytes(message.SerializeToString())
