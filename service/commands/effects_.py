"""Show what has happened, how far each endpoint is, and deal with dead letters."""

from __future__ import annotations

import argparse
from itertools import islice
from typing import TYPE_CHECKING, Any

from .output import Output, add_output_arguments
from .shared import add_target, not_negative, positive

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..client import SlotlineClient

    Action = Callable[[SlotlineClient, argparse.Namespace, Output], None]

EXAMPLES = """\
examples:
  slotline effects list --after 1200 --kind order_shipped     effects behind a sequence
  slotline effects endpoints                                  how far each endpoint is
  slotline effects letters --endpoint erp                     effects that it could not take
  slotline effects edit 7 --set code=web-17 --set units=5     mend what a letter says
  slotline effects replay 7                                   deliver it and those behind it again
  slotline effects resolve 7                                  nobody wants it: go on without it

A letter holds back later effects of the same entity only. --json prints everything that is known.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `effects`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="effects behind a sequence")
    listing.add_argument("--after", metavar="SEQUENCE", type=not_negative, default=0)
    listing.add_argument("--kind", action="append", default=[], help="such as order_shipped")
    listing.add_argument("--limit", type=positive, default=100, help="at most so many (100)")
    endpoints = actions.add_parser("endpoints", help="how far each endpoint is")
    letters = actions.add_parser("letters", help="dead letters")
    letters.add_argument("--endpoint", metavar="NAME", default="", help="of this one only")
    edit = actions.add_parser("edit", help="change values of a parked letter")
    edit.add_argument(
        "--set", metavar="NAME=VALUE", type=_assignment, action="append", required=True, dest="set_"
    )
    replay = actions.add_parser("replay", help="deliver a letter and those behind it again")
    resolve = actions.add_parser("resolve", help="end a letter")
    for action in (edit, replay, resolve):
        action.add_argument("letter", metavar="LETTER", type=positive)
    for action in (listing, endpoints, letters, edit, replay, resolve):
        add_target(action)
        add_output_arguments(action, is_given_above=True)
    add_output_arguments(parser)


def _assignment(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected NAME=VALUE such as units=5")
    return name, value


def run(options: argparse.Namespace) -> int:
    """Ask the server and print what it says."""
    from .connect import connected

    actions: dict[str, Action] = {
        "list": _list,
        "endpoints": _endpoints,
        "letters": _letters,
        "edit": _edit,
        "replay": _replay,
        "resolve": _resolve,
    }
    with connected(options.target) as client:
        actions[options.action](client, options, Output(options))
    return 0


def _facts(effect: Any) -> dict[str, Any]:
    from ...engine.effects import EffectKind, EntityKind

    def values(pairs: Any) -> dict[str, int | str]:
        return {pair.name: getattr(pair, pair.WhichOneof("value")) for pair in pairs}

    return {
        "sequence": effect.sequence,
        "time_us": effect.time_us,
        "kind": EffectKind(effect.kind).name.lower(),
        "entity_kind": EntityKind(effect.entity_kind).name.lower(),
        "entity": effect.entity,
        "scope": effect.scope,
        "code": effect.code,
        "outcome": effect.outcome,
        "tenant": effect.tenant,
        "actor": effect.actor,
        "values": values(effect.values),
        "results": values(effect.results),
        "lines": [
            {
                "client": line.client,
                "item": line.item,
                "units": line.units,
                "allocated_units": line.allocated_units,
                "promise": line.promise if line.HasField("promise") else None,
            }
            for line in effect.lines
        ],
    }


def _letter_facts(letter: Any) -> dict[str, Any]:
    from ..outbox import LetterState

    return {
        "letter": letter.letter,
        "endpoint": letter.endpoint,
        "state": LetterState(letter.state).name.lower(),
        "error": letter.error,
        "attempts": letter.attempts,
        "replays": letter.replays,
        "parked_us": letter.parked_us,
        "effect": _facts(letter.effect),
    }


def _named(facts: dict[str, Any]) -> str:
    return f"{facts['scope']} {facts['code']}".strip()


def _list(client: SlotlineClient, options: argparse.Namespace, output: Output) -> None:
    from ...engine.effects import EffectKind
    from ...engine.errors import InvalidRequest

    known = {kind.name.lower(): kind for kind in EffectKind}
    for name in options.kind:
        if name not in known:
            raise InvalidRequest(f"kind: found {name!r}, expected one of {', '.join(known)}")
    kinds = [known[name] for name in options.kind]
    effects = [
        _facts(one) for one in islice(client.effects(options.after, kinds=kinds), options.limit)
    ]
    rows = [
        (
            *(str(one["sequence"]), one["kind"], f"{one['entity_kind']} {one['entity']}"),
            *(_named(one), one["actor"]),
        )
        for one in effects
    ]
    output.result({"effects": effects}, ("", ("sequence", "kind", "entity", "name", "actor"), rows))


def _endpoints(client: SlotlineClient, _options: argparse.Namespace, output: Output) -> None:
    found = client.list_endpoints()
    facts = [
        {
            "endpoint": one.endpoint,
            "sequence": one.sequence,
            "behind": found.sequence - one.sequence,
            "acknowledged_us": one.acknowledged_us,
            "dead_letters": one.dead_letters,
        }
        for one in found.endpoints
    ]
    rows = [(one.endpoint, one.sequence, found.sequence - one.sequence, one.dead_letters)
            for one in found.endpoints]  # fmt: skip
    headings = ("endpoint", "sequence", "behind", "dead letters")
    output.result({"sequence": found.sequence, "endpoints": facts}, ("", headings, rows))


def _letters(client: SlotlineClient, options: argparse.Namespace, output: Output) -> None:
    letters = [_letter_facts(letter) for letter in client.dead_letters(options.endpoint)]
    rows = [
        (
            *(str(one["letter"]), one["endpoint"], one["state"], one["effect"]["kind"]),
            *(_named(one["effect"]), one["attempts"], one["error"]),
        )
        for one in letters
    ]
    headings = ("letter", "endpoint", "state", "kind", "name", "attempts", "error")
    output.result({"letters": letters}, ("", headings, rows))


def _edit(client: SlotlineClient, options: argparse.Namespace, output: Output) -> None:
    from ...engine.errors import InvalidRequest

    letter = next((one for one in client.dead_letters() if one.letter == options.letter), None)
    known = [] if letter is None else [*letter.effect.values, *letter.effect.results]
    numbers = {value.name for value in known if value.WhichOneof("value") == "number"}
    values: dict[str, int | str] = {}
    for name, text in options.set_:
        try:
            values[name] = int(text) if name in numbers else text
        except ValueError as error:
            raise InvalidRequest(f"{name}: found {text!r}, expected a whole number") from error
    facts = _letter_facts(client.edit_dead_letter(options.letter, values))
    output.result({"letter": facts}, f"letter {options.letter} is changed")


def _replay(client: SlotlineClient, options: argparse.Namespace, output: Output) -> None:
    count = client.replay_dead_letter(options.letter)
    output.result({"letters": count}, f"{count} letters are delivered again")


def _resolve(client: SlotlineClient, options: argparse.Namespace, output: Output) -> None:
    client.resolve_dead_letter(options.letter)
    output.result({"letter": options.letter}, f"letter {options.letter} is ended")
