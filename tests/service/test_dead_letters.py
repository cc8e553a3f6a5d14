"""Dead letters: what they block, how they are edited, replayed and ended. Real servers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from slotline.engine.effects import EffectKind
from slotline.engine.errors import (
    IllegalTransition,
    InvalidRequest,
    LimitReached,
    UnknownEntity,
)
from slotline.service import outbox as outbox_module
from slotline.service.cli import main
from slotline.service.effect_worker import EffectPolicy, EffectWorker
from slotline.service.v1 import slotline_pb2 as pb

if TYPE_CHECKING:
    from slotline.service.client import SlotlineClient
    from slotline.service.server import Server

QUICK = EffectPolicy(attempts_max=3, pause_min_s=0.001, pause_max_s=0.002, ack_s=0.0)
ORDERS = (EffectKind.ORDER_ACCEPTED, EffectKind.ORDER_CANCELLED, EffectKind.ORDER_DEALLOCATED)

Seen = list[tuple[str, int]]


def accept(site: SlotlineClient, code: str) -> int:
    """Accept an order; give its number."""
    return site.accept(channel="web", owner="acme", code=code, lines=[("tea", 1)]).order


class Peer:
    """A peer that refuses some orders.

    Parameters
    ----------
    refused : set of str
        Codes of orders.
    """

    def __init__(self, refused: set[str]) -> None:
        self.refused = refused
        self.calls = 0
        self.seen: Seen = []

    def __call__(self, effect: Any) -> None:
        """Take an effect, or refuse it."""
        self.calls += 1
        if effect.code in self.refused:
            raise ValueError(f"no such order {effect.code}")
        self.seen.append((effect.code, effect.kind))


def work(site: SlotlineClient, peer: Any) -> None:
    """Deliver everything there is."""
    EffectWorker(site, "erp", peer, kinds=ORDERS, policy=QUICK).run(until_idle=True)


def test_a_dead_letter_blocks_its_entity_only(site: SlotlineClient) -> None:
    """The budget is spent, the effect is parked with its error, and the cursor goes on."""
    bad, good = accept(site, "bad"), accept(site, "good")
    site.deallocate(order=bad)
    site.cancel(order=good)
    peer = Peer({"bad"})
    work(site, peer)
    assert peer.seen == [("good", EffectKind.ORDER_ACCEPTED), ("good", EffectKind.ORDER_CANCELLED)]
    assert peer.calls == QUICK.attempts_max + 2
    first, held = site.dead_letters("erp")
    assert first.error == "ValueError: no such order bad"
    assert (first.attempts, first.effect.kind) == (3, EffectKind.ORDER_ACCEPTED)
    assert (held.attempts, held.effect.kind) == (0, EffectKind.ORDER_DEALLOCATED)
    status = site.list_endpoints()
    assert status.endpoints[0].sequence == status.sequence
    assert status.endpoints[0].dead_letters == 2
    # What comes later goes behind it, without a call of the handler, in a new worker too.
    site.cancel(order=bad)
    accept(site, "other")
    again = Peer(set())
    work(site, again)
    assert again.seen == [("other", EffectKind.ORDER_ACCEPTED)]
    kinds = [letter.effect.kind for letter in site.dead_letters()]
    assert kinds == [
        EffectKind.ORDER_ACCEPTED,
        EffectKind.ORDER_DEALLOCATED,
        EffectKind.ORDER_CANCELLED,
    ]


def test_a_letter_is_edited_and_replayed_with_those_behind_it_in_order(
    site: SlotlineClient,
) -> None:
    """The handler gets the edited effect, then the entity flows again."""
    bad = accept(site, "bad")
    site.cancel(order=bad)
    work(site, Peer({"bad"}))
    first, held = site.dead_letters("erp")
    edited = site.edit_dead_letter(first.letter, {"code": "mended", "priority": 7})
    values = {value.name: value for value in edited.effect.values}
    assert (values["code"].text, values["priority"].number) == ("mended", 7)
    with pytest.raises(IllegalTransition, match=f"found letter {first.letter}"):
        site.replay_dead_letter(held.letter)
    assert site.replay_dead_letter(first.letter) == 2
    got: list[tuple[int, str]] = []

    def handle(effect: Any) -> None:
        texts = {value.name: value.text for value in effect.values}
        got.append((effect.kind, texts.get("code", "")))

    work(site, handle)
    assert got == [(EffectKind.ORDER_ACCEPTED, "mended"), (EffectKind.ORDER_CANCELLED, "")]
    assert list(site.dead_letters()) == []
    assert site.list_endpoints().endpoints[0].dead_letters == 0


def test_a_replay_that_fails_is_parked_again_with_those_behind_it(site: SlotlineClient) -> None:
    """Attempts add up, nothing behind it slips through."""
    site.cancel(order=accept(site, "bad"))
    peer = Peer({"bad"})
    work(site, peer)
    first = next(site.dead_letters("erp"))
    site.replay_dead_letter(first.letter)
    work(site, peer)
    letters = list(site.dead_letters("erp"))
    assert [letter.state for letter in letters] == [pb.LETTER_STATE_PARKED] * 2
    assert [letter.attempts for letter in letters] == [6, 0]
    assert peer.seen == []


def test_a_following_worker_gets_replays_and_what_comes_after_them(site: SlotlineClient) -> None:
    """Live: parked, mended by a person, replayed, and the entity's next effect comes in order."""
    bad = accept(site, "bad")
    peer = Peer({"bad"})
    seen: Seen = []

    def handle(effect: Any) -> None:
        if effect.code == "go":
            # The person: the peer takes it now.
            peer.refused.clear()
            site.replay_dead_letter(next(site.dead_letters("erp")).letter)
            site.cancel(order=bad)
            return
        peer(effect)
        seen.append((effect.code, effect.kind))
        if effect.kind == EffectKind.ORDER_CANCELLED:
            worker.stop()

    def parked_first(effect: Any) -> None:
        try:
            handle(effect)
        finally:
            if effect.code == "bad" and peer.calls == QUICK.attempts_max:
                accept(site, "go")

    worker = EffectWorker(site, "erp", parked_first, kinds=ORDERS, policy=QUICK)
    worker.run()
    assert seen == [("bad", EffectKind.ORDER_ACCEPTED), ("bad", EffectKind.ORDER_CANCELLED)]
    assert list(site.dead_letters()) == []


def test_a_resolved_letter_lets_its_entity_go_on(site: SlotlineClient) -> None:
    """Nobody wants it: what happens to the entity from now on is delivered at once."""
    bad = accept(site, "bad")
    work(site, Peer({"bad"}))
    (letter,) = site.dead_letters("erp")
    site.resolve_dead_letter(letter.letter)
    site.cancel(order=bad)
    peer = Peer(set())
    work(site, peer)
    assert peer.seen == [("bad", EffectKind.ORDER_CANCELLED)]
    with pytest.raises(UnknownEntity, match="dead letter"):
        site.resolve_dead_letter(letter.letter)


def test_an_edit_that_fits_nothing_changes_nothing(site: SlotlineClient) -> None:
    """Unknown names and wrong forms are refused by name."""
    accept(site, "bad")
    work(site, Peer({"bad"}))
    (letter,) = site.dead_letters("erp")
    changes: list[dict[str, int | str]] = [{"colour": 1}, {"code": 5}, {"priority": "x"}, {}]
    for values in changes:
        with pytest.raises(InvalidRequest, match="found"):
            site.edit_dead_letter(letter.letter, values)
    assert list(site.dead_letters("erp")) == [letter]


def test_too_many_dead_letters_stop_the_cursor(
    site: SlotlineClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the bound the worker hears of it, and what could not be parked is delivered again."""
    monkeypatch.setattr(outbox_module, "DEAD_LETTERS_MAX", 2)
    for code in ("a", "b", "c"):
        accept(site, code)
    with pytest.raises(LimitReached, match="found 2 dead letters, expected fewer than 2"):
        work(site, Peer({"a", "b", "c"}))
    status = site.list_endpoints()
    assert status.endpoints[0].sequence < status.sequence
    peer = Peer(set())
    work(site, peer)
    parked = {letter.effect.code for letter in site.dead_letters()}
    assert len(parked) == 2
    assert {code for code, _ in peer.seen} == {"a", "b", "c"} - parked


def test_endpoints_are_bounded_and_named(
    site: SlotlineClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One too many is refused, so are names that are no names."""
    monkeypatch.setattr(outbox_module, "ENDPOINTS_MAX", 1)
    work(site, Peer(set()))
    with pytest.raises(LimitReached, match="found 1 endpoints"):
        EffectWorker(site, "carrier", Peer(set())).run(until_idle=True)
    with pytest.raises(InvalidRequest, match="endpoint"):
        site.ack_effects("", 0)
    with pytest.raises(UnknownEntity, match="endpoint: found 'shop'"):
        site.ack_effects("shop", 0)


def test_the_command_line_shows_edits_replays_and_ends_letters(
    site: SlotlineClient, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every action, as a person would type it, with JSON for scripts."""

    def run(*words: str) -> Any:
        code = main(["effects", *words, "--target", f"127.0.0.1:{server.port}", "--json"])
        assert code == 0
        return json.loads(capsys.readouterr().out)

    accept(site, "bad")
    accept(site, "worse")
    work(site, Peer({"bad", "worse"}))
    (shown, _) = run("list", "--kind", "order_accepted")["effects"]
    assert (shown["code"], shown["kind"], shown["lines"][0]["units"]) == (
        "bad",
        "order_accepted",
        1,
    )
    (endpoint,) = run("endpoints")["endpoints"]
    assert (endpoint["endpoint"], endpoint["behind"], endpoint["dead_letters"]) == ("erp", 0, 2)
    letters = {one["effect"]["code"]: one["letter"] for one in run("letters")["letters"]}
    changed = run("edit", str(letters["bad"]), "--set", "priority=4", "--set", "code=17")["letter"]
    assert (changed["effect"]["values"]["priority"], changed["effect"]["values"]["code"]) == (
        4,
        "17",
    )
    assert run("replay", str(letters["bad"])) == {"letters": 1}
    assert run("resolve", str(letters["worse"])) == {"letter": letters["worse"]}
    (left,) = run("letters", "--endpoint", "erp")["letters"]
    assert (left["letter"], left["state"]) == (letters["bad"], "replayed")
