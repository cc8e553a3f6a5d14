"""The clients' side of the demo: every call has a key, is timed, and its answer is written down.

Keys carry simulated time, like everything that the server stamps.
"""

from __future__ import annotations

import os
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from ...engine.errors import InvariantBroken
from ...engine.schema import COMMAND_NUMBER, COMMANDS
from ...kernels.columns import OUTCOME_DONE, OUTCOME_PARTIAL, OUTCOME_SHORT
from ..client import Bulk, BulkResult, RetryPolicy, SlotlineClient
from ..client_bulk import cut_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from ..clock import FileClock
    from ..verify import AckLog
    from .report import CallTiming

    Columns = Mapping[str, Any]

MESSAGE_COMMANDS: Final = 1_000
CALLERS: Final = 8
SERVED: Final = (OUTCOME_DONE, OUTCOME_PARTIAL, OUTCOME_SHORT)
"""Outcomes of ordinary business; any other one is a fault of the demo itself."""

_POLICY: Final = RetryPolicy(timeout_s=300.0, attempt_timeout_s=60.0, pause_max_s=0.25)
_VERSION_7: Final = 0x70
_VARIANT: Final = 0x80


def make_key(time_us: int) -> bytes:
    """Make an idempotency key of a given time.

    Parameters
    ----------
    time_us : int
        Microseconds UTC, simulated.

    Returns
    -------
    bytes
        A UUIDv7 of 16 bytes.
    """
    raw = bytearray((time_us // 1_000).to_bytes(6, "big") + os.urandom(10))
    raw[6] = raw[6] & 0x0F | _VERSION_7
    raw[8] = raw[8] & 0x3F | _VARIANT
    return bytes(raw)


class Desk:
    """Calls a server for everyone in the demo; use as a context manager.

    Parameters
    ----------
    address : str
        Host and port.
    clock : FileClock
        Simulated time.
    log : AckLog
        Gets every answer, for `verify`.
    callers : int
        Threads that make single calls at once.

    Attributes
    ----------
    spans : dict of str to list of (int, int)
        Start and end of every single call by its kind, from `time.perf_counter_ns`.
    label : str
        Put behind the kind of calls, to time a part of the day by itself.
    outage_ns : (int, int)
        From the kill to the first answer: calls that lie in it are no measure of a call.
    """

    def __init__(
        self,
        address: str,
        clock: FileClock,
        log: AckLog,
        *,
        callers: int = CALLERS,
    ) -> None:
        self.client = SlotlineClient(address, _POLICY)
        self.clock = clock
        self.spans: dict[str, list[tuple[int, int]]] = {}
        self.label = ""
        self.outage_ns: tuple[int, int] = (0, 0)
        self._log = log
        self._written = 0
        self._told: deque[tuple[bytes, int, str, Columns, Columns]] = deque()
        self._pool = ThreadPoolExecutor(callers, thread_name_prefix="caller")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self.client.close()

    # -- single calls -------------------------------------------------------------------------

    def call(self, kind: str, /, **fields: Any) -> Any:
        """Send one command by itself.

        Parameters
        ----------
        kind : str
            Name of the command.
        **fields
            Fields of its request.

        Returns
        -------
        Message
            The reply.
        """
        key = make_key(self.clock.now_us())
        start_ns = time.perf_counter_ns()
        reply = self.client.send(kind, {**fields, "key": key})
        self._note(kind, start_ns)
        command = COMMANDS[COMMAND_NUMBER[kind]]
        outcome = {field.name: getattr(reply, field.name) for field in command.outcome}
        lines = {
            field.name: list(getattr(reply, f"line_{field.name}")) for field in command.line_outcome
        }
        self._told.append((key, reply.sequence, kind, outcome, lines))
        return reply

    def ask(self, kind: str, question: Callable[[], Any]) -> Any:
        """Time a query and give its answer."""
        start_ns = time.perf_counter_ns()
        answer = question()
        self._note(kind, start_ns)
        return answer

    def each(
        self,
        work: Callable[[int], None],
        rows: Iterable[int],
        crowd: ThreadPoolExecutor | None = None,
    ) -> None:
        """Do something for many rows at once, by all callers or a crowd; ends when all is done."""
        for _ in (crowd or self._pool).map(work, rows):
            pass

    def _note(self, kind: str, start_ns: int) -> None:
        self.spans.setdefault(kind + self.label, []).append((start_ns, time.perf_counter_ns()))

    # -- bulk ---------------------------------------------------------------------------------

    def bulk(
        self,
        kind: str,
        columns: Mapping[str, Any],
        *,
        expected: Sequence[int] = (OUTCOME_DONE,),
    ) -> dict[str, NDArray[Any]]:
        """Send commands of one kind over a stream, cut into messages.

        Parameters
        ----------
        kind : str
            Name of the command, one without lines.
        columns : mapping of str to array_like
            Columns of length n; single values stand for all.
        expected : sequence of int
            Outcomes that may be.

        Returns
        -------
        dict of str to ndarray
            Outcome columns, n each.

        Raises
        ------
        InvariantBroken
            Another outcome: the demo or the engine has a fault.
        """
        messages = [
            Bulk(kind, part, key=make_key(self.clock.now_us()))
            for part in cut_columns(kind, columns, MESSAGE_COMMANDS)
        ]
        results = self.send(messages, expected=expected)
        return {
            name: np.concatenate([result.outcome[name] for result in results])
            for name in results[0].outcome
        }

    def send(
        self, messages: Sequence[Bulk], *, expected: Sequence[int] = (OUTCOME_DONE,)
    ) -> list[BulkResult]:
        """Send messages over one stream.

        Parameters
        ----------
        messages : sequence of Bulk
            Any kinds.
        expected : sequence of int
            Outcomes that may be.

        Returns
        -------
        list of BulkResult
            One per message.

        Raises
        ------
        InvariantBroken
            Another outcome.
        """
        return list(self.stream(messages, expected))

    def stream(
        self, messages: Iterable[Bulk], expected: Sequence[int] = (OUTCOME_DONE,)
    ) -> Iterator[BulkResult]:
        """Send messages over one stream and give the answers as they come, see `send`."""
        sent: deque[Bulk] = deque()

        def noted() -> Iterator[Bulk]:
            for message in messages:
                sent.append(message)
                yield message

        for result in self.client.stream(noted()):
            message, outcome = sent.popleft(), result.outcome["outcome"]
            self._told.append(
                (message.key, result.sequence, message.kind, result.outcome, result.line_outcome)
            )
            is_wrong = ~np.isin(outcome, expected)
            if is_wrong.any():
                at = int(np.argmax(is_wrong))
                raise InvariantBroken(
                    f"{message.kind}[{at}]: found outcome {int(outcome[at])}, expected one of "
                    f"{tuple(expected)}; {int(is_wrong.sum())} of {outcome.size} commands"
                )
            yield result

    # -- what was seen ------------------------------------------------------------------------

    def write_down(self) -> None:
        """Write the answers since the last time to the log; to be called by one thread."""
        while self._told:
            self._log.add(*self._told[0])
            self._told.popleft()
            self._written += 1

    @property
    def answered_count(self) -> int:
        """Calls and messages answered so far."""
        return self._written + len(self._told)

    def export(self, table: str) -> dict[str, NDArray[Any]]:
        """Read a table's columns."""
        return self.client.export(table)[0]

    def timings(self) -> list[CallTiming]:
        """Sum up the single calls by kind, most frequent first; the outage is left out."""
        from .report import CallTiming

        down_ns, up_ns = self.outage_ns
        found = []
        for kind, spans in self.spans.items():
            took_us = np.array(
                [end - start for start, end in spans if start > up_ns or end < down_ns]
            )
            took_us //= 1_000
            if not len(took_us):
                continue
            p50_us, p99_us = np.percentile(took_us, (50, 99), method="higher")
            found.append(CallTiming(kind, len(spans), int(p50_us), int(p99_us)))
        return sorted(found, key=lambda timing: (-timing.count, timing.name))
