"""Handlers of the outbox: the stream of effects, acknowledgements and dead letters.

The stream reads the journal, never the writer's state, so it shows durable effects only, archived
ones included; when it has caught up it looks for more every `POLL_S`. An endpoint has one stream:
a newer one ends the older.
"""

from __future__ import annotations

import time
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from ..engine.effects import ALL_KINDS, EffectKind, read_effects
from ..engine.errors import InvalidRequest, StaleVersion
from ..engine.limits import (
    CODE_BYTES_MAX,
    DEAD_LETTERS_MAX,
    DEAD_LETTERS_PAGE_MAX,
    EFFECTS_PAGE_MAX,
    EFFECTS_QUIET_MAX,
)
from .codec import out_of_range, parse
from .effect_messages import edited, effect_messages, identity_of, letter_message
from .outbox import LetterState, checked_endpoint
from .streams import AnswerHandler
from .v1 import slotline_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import grpc

    from ..engine.effects import Effect
    from ..engine.engine import Engine
    from .calls import Call, Edge
    from .streams import AnswerStream


pb: Final[Any] = slotline_pb2

METHOD: Final = "Effects"
POLL_S: Final = 0.02
_HELD: Final = "held behind an earlier effect of the same entity"


class _Feed:
    """One stream of one endpoint, or of nobody's.

    Parameters
    ----------
    edge : Edge
        The service's side of the engine.
    message : EffectsRequest
        What is asked for.
    """

    def __init__(self, edge: Edge, message: Any) -> None:
        self._edge = edge
        self._engine = edge.engine
        self._outbox = edge.outbox
        self._kinds = _kinds_of(message.kinds)
        self.endpoint = ""
        cursor = 0
        if message.endpoint:
            self.endpoint = checked_endpoint(message.endpoint, CODE_BYTES_MAX)
            cursor = self._outbox.cursor(self.endpoint)
        elif not message.HasField("after_sequence"):
            raise InvalidRequest("found neither endpoint nor after_sequence, expected one of them")
        self.sequence = message.after_sequence if message.HasField("after_sequence") else cursor
        durable = self._engine.durable_sequence
        if not 0 <= self.sequence <= durable:
            raise out_of_range("after_sequence", self.sequence, 0, durable)
        self._generation = -1
        self._replayed: set[tuple[int, int]] = set()

    def catch_up(self) -> Iterator[bytes]:
        """Yield what there is up to now, in messages of bounded size, and lastly how far it is."""
        engine = self._engine
        last = engine.durable_sequence
        page: list[Effect] = []
        weight, told = 0, self.sequence
        if self.sequence < last:
            records = read_effects(
                engine.journal, self.sequence, self._kinds, engine.state.pool.item
            )
            for effects, sequence in records:
                last = max(last, sequence)
                for effect in effects:
                    if weight >= EFFECTS_PAGE_MAX:
                        told = effect.sequence - 1
                        yield self._page(page, told)
                        page, weight = [], 0
                    page.append(effect)
                    weight += 1 + len(effect.lines.get("item", ()))
                if sequence - told >= EFFECTS_QUIET_MAX and not page:
                    told = sequence
                    yield self._page(page, told)
        if page or last > told:
            yield self._page(page, last)

    def _page(self, effects: list[Effect], sequence: int) -> bytes:
        messages = effect_messages(self._engine, effects)
        if self.endpoint:
            messages = self._without_parked(messages)
        self.sequence = max(self.sequence, sequence)
        return bytes(pb.EffectsReply(sequence=sequence, effects=messages).SerializeToString())

    def _without_parked(self, messages: list[Any]) -> list[Any]:
        """Leave out effects that are dead letters, or become some behind those of their entity."""
        parked, resolved = self._outbox.apart(self.endpoint)
        if not parked and not resolved:
            return messages
        left: list[Any] = []
        for message in messages:
            identity = identity_of(message)
            is_apart = identity in resolved
            if not is_apart and (identity.entity_kind, identity.entity) in parked:
                letter = self._outbox.park(
                    self.endpoint,
                    message.SerializeToString(),
                    identity,
                    error=_HELD,
                    attempts=0,
                    is_held=True,
                    now_us=self._edge.clock.now_us(),
                )
                is_apart = letter != 0
            if not is_apart:
                left.append(message)
        return left

    def replays(self) -> Iterator[bytes]:
        """Yield the dead letters that are replayed and were not given yet."""
        generation = self._outbox.generation(self.endpoint)
        if not self.endpoint or generation == self._generation:
            return
        self._generation = generation
        letters = self._outbox.letters(
            self.endpoint, count_max=DEAD_LETTERS_MAX, state=LetterState.REPLAYED
        )
        new = [one for one in letters if (one.letter, one.replays) not in self._replayed]
        self._replayed |= {(one.letter, one.replays) for one in new}
        new.sort(key=lambda one: (one.sequence, one.kind))
        for first in range(0, len(new), DEAD_LETTERS_PAGE_MAX):
            part = new[first : first + DEAD_LETTERS_PAGE_MAX]
            reply = pb.EffectsReply(replays=[letter_message(letter) for letter in part])
            yield bytes(reply.SerializeToString())


class _Feeds:
    """All streams of `Effects`, and which one serves each endpoint.

    Parameters
    ----------
    edge : Edge
        The service's side of the engine.
    """

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._owners: dict[str, _Feed] = {}

    def answer(self, request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        """Yield messages `EffectsReply` that answer an `EffectsRequest`."""
        message = parse(pb.EffectsRequest, request)
        feed = _Feed(self._edge, message)
        if feed.endpoint:
            self._owners[feed.endpoint] = feed
        while context.is_active():
            # Raises once the server stops or the engine has failed.
            engine: Engine = self._edge.engine
            if engine.fatal is not None:
                raise engine.fatal
            for reply in chain(feed.replays(), feed.catch_up()):
                self._check_owner(feed)
                yield reply
            if not message.follow:
                return
            time.sleep(POLL_S)
            self._check_owner(feed)

    def _check_owner(self, feed: _Feed) -> None:
        if feed.endpoint and self._owners[feed.endpoint] is not feed:
            raise StaleVersion(
                f"endpoint {feed.endpoint}: found a newer stream, expected one only; let one "
                f"worker serve it"
            )


def effects_call(edge: Edge) -> AnswerStream:
    """Give the handler of `Effects`."""
    return AnswerHandler(edge, METHOD, edge.bounds.effect_streams_max, _Feeds(edge).answer)


def outbox_calls(edge: Edge) -> dict[str, Call]:
    """Give the handlers of acknowledgements and dead letters, by the method's name."""
    calls: dict[str, Callable[[Edge, Any], Any]] = {
        "AckEffects": _acknowledge,
        "ParkEffect": _park,
        "ListEndpoints": _list_endpoints,
        "ListDeadLetters": _list_letters,
        "EditDeadLetter": _edit,
        "ReplayDeadLetter": _replay,
        "ResolveDeadLetter": _resolve,
    }
    return {name: edge.unary(name, _unary(edge, name, call)) for name, call in calls.items()}


def _unary(edge: Edge, name: str, call: Callable[[Edge, Any], Any]) -> Call:
    request_type = getattr(pb, f"{name}Request")

    def handle(request: bytes, _context: grpc.ServicerContext) -> bytes:
        return bytes(call(edge, parse(request_type, request)).SerializeToString())

    return handle


def _acknowledge(edge: Edge, message: Any) -> Any:
    endpoint = checked_endpoint(message.endpoint, CODE_BYTES_MAX)
    durable = edge.engine.durable_sequence
    if not 0 <= message.sequence <= durable:
        raise out_of_range("sequence", message.sequence, 0, durable)
    sequence = edge.outbox.acknowledge(endpoint, message.sequence, edge.clock.now_us())
    return pb.AckEffectsReply(sequence=sequence)


def _park(edge: Edge, message: Any) -> Any:
    endpoint = checked_endpoint(message.endpoint, CODE_BYTES_MAX)
    effect, durable = message.effect, edge.engine.durable_sequence
    if not 1 <= effect.sequence <= durable:
        raise out_of_range("effect.sequence", effect.sequence, 1, durable)
    _kinds_of([effect.kind])
    letter = edge.outbox.park(
        endpoint,
        effect.SerializeToString(),
        identity_of(effect),
        error=message.error,
        attempts=message.attempts,
        is_held=message.held,
        now_us=edge.clock.now_us(),
    )
    return pb.ParkEffectReply(letter=letter)


def _list_endpoints(edge: Edge, _message: Any) -> Any:
    answer = pb.ListEndpointsReply(sequence=edge.engine.durable_sequence)
    for known in edge.outbox.endpoints():
        answer.endpoints.add(
            endpoint=known.name,
            sequence=known.sequence,
            acknowledged_us=known.acknowledged_us,
            dead_letters=known.dead_letters,
        )
    return answer


def _list_letters(edge: Edge, message: Any) -> Any:
    letters = edge.outbox.letters(
        message.endpoint, after=message.after_letter, count_max=DEAD_LETTERS_PAGE_MAX + 1
    )
    return pb.ListDeadLettersReply(
        letters=[letter_message(letter) for letter in letters[:DEAD_LETTERS_PAGE_MAX]],
        more=len(letters) > DEAD_LETTERS_PAGE_MAX,
    )


def _edit(edge: Edge, message: Any) -> Any:
    known = edge.outbox.letter(message.letter)
    edge.outbox.edit(message.letter, edited(known.effect, message.values))
    return pb.EditDeadLetterReply(letter=letter_message(edge.outbox.letter(message.letter)))


def _replay(edge: Edge, message: Any) -> Any:
    return pb.ReplayDeadLetterReply(letters=edge.outbox.replay(message.letter))


def _resolve(edge: Edge, message: Any) -> Any:
    edge.outbox.resolve(message.letter)
    return pb.ResolveDeadLetterReply()


def _kinds_of(numbers: Any) -> frozenset[EffectKind]:
    for number in numbers:
        if number not in ALL_KINDS:
            raise out_of_range("kind", number, 1, max(ALL_KINDS))
    return frozenset(EffectKind(number) for number in numbers) or ALL_KINDS
