"""The client's side of the outbox: reading effects, acknowledging them, dead letters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final, cast

import grpc

from .retry import error_of_call
from .v1 import slotline_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

OUTBOX_CALLS: Final = (
    "AckEffects",
    "ParkEffect",
    "ListEndpoints",
    "ListDeadLetters",
    "EditDeadLetter",
    "ReplayDeadLetter",
    "ResolveDeadLetter",
)


class EffectCalls(ABC):
    """Calls about effects; `EffectWorker` makes most of them by itself."""

    @abstractmethod
    def _ask(self, name: str, **fields: Any) -> Any:
        """Send a call by its name; give its reply."""

    @abstractmethod
    def _server_stream(self, method: str, request: Any) -> Any:
        """Open a stream of replies."""

    def open_effects(
        self,
        endpoint: str = "",
        *,
        kinds: Sequence[int] = (),
        after_sequence: int | None = None,
        follow: bool = False,
    ) -> Any:
        """Open the stream of effects; one attempt, and grpc's errors as they are.

        Parameters
        ----------
        endpoint : str
            Whose cursor counts; empty for nobody's.
        kinds : sequence of int
            Members of `EffectKind`, none for all.
        after_sequence : int or None
            Effects up to it are left out; None for the endpoint's cursor.
        follow : bool
            Go on with what happens from now on.

        Returns
        -------
        grpc call
            Iterates over `EffectsReply`; can be cancelled.
        """
        request = pb.EffectsRequest(
            endpoint=endpoint,
            kinds=cast("Any", kinds),
            after_sequence=after_sequence,
            follow=follow,
        )
        return self._server_stream("Effects", request)

    def effects(
        self, after_sequence: int = 0, *, kinds: Sequence[int] = (), follow: bool = False
    ) -> Iterator[pb.Effect]:
        """Read effects behind a sequence, for nobody's account.

        Raises
        ------
        SlotlineError
            The server refused, or went away.
        """
        try:
            for reply in self.open_effects(
                kinds=kinds, after_sequence=after_sequence, follow=follow
            ):
                yield from reply.effects
        except grpc.RpcError as failure:
            raise error_of_call(failure) from failure

    def ack_effects(self, endpoint: str, sequence: int) -> int:
        """Tell that an endpoint has taken all effects up to a sequence; give where it is."""
        return int(self._ask("AckEffects", endpoint=endpoint, sequence=sequence).sequence)

    def skip_effects(self, endpoint: str) -> int:
        """Leave out what has happened by now, for an endpoint that may be new; give where it is.

        Raises
        ------
        SlotlineError
            The server refused, or went away.
        """
        sequence = self._ask("ListEndpoints").sequence
        try:
            # An endpoint is known once it has read.
            for _ in self.open_effects(endpoint, after_sequence=sequence):
                break
        except grpc.RpcError as failure:
            raise error_of_call(failure) from failure
        return self.ack_effects(endpoint, sequence)

    def park_effect(
        self, endpoint: str, effect: pb.Effect, error: str, *, attempts: int = 0, held: bool = False
    ) -> int:
        """Make an effect a dead letter; give its number, 0 when a held one need not wait."""
        reply = self._ask(
            "ParkEffect",
            endpoint=endpoint,
            effect=effect,
            error=error,
            attempts=attempts,
            held=held,
        )
        return int(reply.letter)

    def list_endpoints(self) -> pb.ListEndpointsReply:
        """Ask how far each endpoint is."""
        return cast("pb.ListEndpointsReply", self._ask("ListEndpoints"))

    def dead_letters(self, endpoint: str = "") -> Iterator[pb.DeadLetter]:
        """Read the dead letters of one endpoint or of all, page by page."""
        after = 0
        while True:
            reply = self._ask("ListDeadLetters", endpoint=endpoint, after_letter=after)
            yield from reply.letters
            if not reply.more:
                return
            after = reply.letters[-1].letter

    def edit_dead_letter(self, letter: int, values: Mapping[str, int | str]) -> pb.DeadLetter:
        """Change values of a parked letter by their names; give it as it is now."""
        changed = [
            pb.EffectValue(name=name, text=value)
            if isinstance(value, str)
            else pb.EffectValue(name=name, number=value)
            for name, value in values.items()
        ]
        reply = self._ask("EditDeadLetter", letter=letter, values=changed)
        return cast("pb.DeadLetter", reply.letter)

    def replay_dead_letter(self, letter: int) -> int:
        """Have a letter and those behind it of its entity delivered; give how many."""
        return int(self._ask("ReplayDeadLetter", letter=letter).letters)

    def resolve_dead_letter(self, letter: int) -> None:
        """End a letter: it was taken, or nobody wants it."""
        self._ask("ResolveDeadLetter", letter=letter)
