"""Several small messages of `BulkStream` in one of gRPC's, on their way there and back.

A message costs the transport as much as a hundred orders cost the engine: threads that wake one
another for each. Where messages wait for one another anyhow, the client sends those that wait in
one, each under its own key, and a caller whose metadata says so gets the answers that are durable
together in one. What carries them holds nothing else: a server or caller that does not know of it
refuses it, and can mistake no answer for another's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .v1 import slotline_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

JOINED_ANSWERS: Final = ("slotline-answers", "joined")
"""Metadata of a caller of `BulkStream` who takes several answers in one message."""

JOINED_BYTES_MAX: Final = 64 * 1024
"""Bytes of messages in one together; a larger one goes by itself and costs little for its size."""

JOINED_MESSAGES_MAX: Final = 32
"""Messages in one."""


def join_columns(messages: Sequence[bytes]) -> bytes:
    """Put serialised messages `Columns` into one."""
    return pb.Columns(joined=messages).SerializeToString()


def join_answers(answers: Sequence[bytes]) -> bytes:
    """Put serialised messages `BulkReply` into one."""
    return pb.BulkReply(joined=answers).SerializeToString()


def split_answers(reply: pb.BulkReply) -> Sequence[pb.BulkReply]:
    """Give the answers in a reply, in order."""
    if not reply.joined:
        return (reply,)
    return [pb.BulkReply.FromString(data) for data in reply.joined]


def joined(
    get: Callable[[], bytes | None],
    poll: Callable[[], bytes | None],
    join: Callable[[Sequence[bytes]], bytes],
) -> Iterator[bytes]:
    """Join messages that are there at once, within the bounds.

    Parameters
    ----------
    get : callable
        Waits for the next message; None at the end.
    poll : callable
        Gives the next message if it is there, else None. When it raises, what was there before
        still comes out first.
    join : callable
        `join_columns` or `join_answers`.

    Yields
    ------
    bytes
        A message alone, or several in one.
    """
    held: bytes | None = None
    while True:
        first, held = held if held is not None else get(), None
        if first is None:
            return
        messages, size, error = [first], len(first), None
        while size < JOINED_BYTES_MAX and len(messages) < JOINED_MESSAGES_MAX:
            try:
                following = poll()
            except Exception as found:  # raised below, behind what it has nothing to do with
                error = found
                break
            if following is None:
                break
            size += len(following)
            if size > JOINED_BYTES_MAX:
                held = following
                break
            messages.append(following)
        yield join(messages) if len(messages) > 1 else first
        if error is not None:
            raise error
