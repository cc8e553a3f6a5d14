"""Calls of everybody on the floor: at simulated time, each with a key, each answer written down."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from slotline.engine.errors import InvariantBroken
from slotline.engine.schema import COMMAND_NUMBER, COMMANDS
from slotline.kernels.columns import OUTCOME_DONE
from slotline.service.client import Bulk, RetryPolicy, SlotlineClient
from slotline.service.client_bulk import cut_columns
from slotline.service.demo.desk import make_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slotline.service.clock import FileClock
    from slotline.service.verify import AckLog

MESSAGE_COMMANDS: Final = 5_000
# Longer than a server takes to come back.
_POLICY: Final = RetryPolicy(timeout_s=300.0, attempt_timeout_s=60.0, pause_max_s=0.1)


class Caller:
    """Calls a server; use as a context manager.

    Parameters
    ----------
    address : str
        Host and port.
    clock : FileClock
        The server's clock.
    log : AckLog
        Gets every answer.

    Attributes
    ----------
    sequence : int
        Of the last answer.
    calls : Counter
        Answers by the command's name, or by the query's.
    """

    def __init__(self, address: str, clock: FileClock, log: AckLog) -> None:
        self._address, self._clock, self._log = address, clock, log
        self._clients: dict[str, SlotlineClient] = {}
        self._again: Callable[[], tuple[int, Any]] | None = None
        self._answer: tuple[int, Any] = (0, None)
        self.sequence = 0
        self.calls: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients.values():
            client.close()

    def client(self, actor: str = "") -> SlotlineClient:
        """Give the client that calls in the name of somebody."""
        known = self._clients.get(actor)
        if known is None:
            known = self._clients[actor] = SlotlineClient(self._address, _POLICY, actor=actor)
        return known

    def call(
        self, kind: str, *, actor: str = "", may_be: tuple[int, ...] = (), **fields: Any
    ) -> Any:
        """Send one command by itself.

        Parameters
        ----------
        kind : str
            Name of the command.
        actor : str
            In whose name.
        may_be : tuple of int
            Outcomes beside DONE that are business as usual.
        **fields
            Of its request.

        Returns
        -------
        Message
            The reply.

        Raises
        ------
        InvariantBroken
            The server refused: what it knows differs from what the floor does.
        """
        key, client = make_key(self._clock.now_us()), self.client(actor)
        fields["key"] = key
        reply = client.send(kind, fields)
        command = COMMANDS[COMMAND_NUMBER[kind]]
        outcome = {field.name: getattr(reply, field.name) for field in command.outcome}
        lines = {
            field.name: list(getattr(reply, f"line_{field.name}")) for field in command.line_outcome
        }
        self._note(kind, key, reply.sequence, outcome, lines)
        self._again = lambda: (reply.sequence, client.send(kind, fields))
        self._answer = reply.sequence, reply
        if outcome["outcome"] not in (OUTCOME_DONE, *may_be):
            raise InvariantBroken(f"{kind} {fields}: found outcome {outcome['outcome']}")
        return reply

    def bulk(
        self,
        kind: str,
        columns: Mapping[str, Any],
        *,
        actor: str = "",
        may_be: tuple[int, ...] = (),
    ) -> dict[str, Any]:
        """Send commands of one kind in as few messages as there can be.

        Parameters
        ----------
        kind : str
            Name of the command, one without lines.
        columns : mapping of str to list or ndarray
            Columns of length n; single values stand for all.
        actor : str
            In whose name.
        may_be : tuple of int
            Outcomes beside DONE that are business as usual.

        Returns
        -------
        dict of str to ndarray
            Outcome columns, n each.

        Raises
        ------
        InvariantBroken
            The server refused one of them.
        """
        parts = [
            self._message(kind, part, actor, may_be)
            for part in cut_columns(kind, columns, MESSAGE_COMMANDS)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _message(
        self, kind: str, columns: Mapping[str, Any], actor: str, may_be: tuple[int, ...]
    ) -> dict[str, Any]:
        message, client = (
            Bulk(kind, columns, key=make_key(self._clock.now_us())),
            self.client(actor),
        )
        result = client.bulk(message)
        self._note(kind, message.key, result.sequence, result.outcome, result.line_outcome)
        self._again = lambda: (result.sequence, client.bulk(message))
        self._answer = result.sequence, result
        for at, found in enumerate(result.outcome["outcome"].tolist()):
            if found not in (OUTCOME_DONE, *may_be):
                row = {
                    name: column if isinstance(column, str | int) else column[at]
                    for name, column in columns.items()
                }
                raise InvariantBroken(f"{kind}[{at}] {row}: found outcome {found}")
        return result.outcome

    def ask(self, name: str, question: Callable[[SlotlineClient], Any]) -> Any:
        """Ask a question and give its answer."""
        self.calls[name] += 1
        return question(self.client())

    def send_last_again(self) -> bool:
        """Send the last command again, under its key, and tell whether the answer is the same."""
        assert self._again is not None, "nothing was sent yet"
        _, answer = self._again()
        before = self._answer[1]
        if isinstance(answer, type(before)) and hasattr(answer, "SerializeToString"):
            return bool(answer == before)
        same = all((answer.outcome[name] == before.outcome[name]).all() for name in before.outcome)
        return answer.sequence == before.sequence and same

    def _note(self, kind: str, key: bytes, sequence: int, outcome: Any, lines: Any) -> None:
        self._log.add(key, sequence, kind, outcome, lines)
        self.calls[kind] += 1
        self.sequence = sequence
