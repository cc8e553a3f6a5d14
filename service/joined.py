"""Several small messages of `BulkStream` in one of gRPC's, on their way there and back.

A message costs the transport as much as a hundred orders cost the engine: threads that wake one
another for each. Where messages wait for one another anyhow, the client sends those that wait in
one, each under its own key, and a caller whose metadata says so gets the answers that are durable
together in one. Both are protobuf's own joining: a serialised message may be continued by another,
whose repeated fields are put behind those of the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .v1 import slotline_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

JOINED_ANSWERS: Final = ("slotline-answers", "joined")
"""Metadata of a caller of `BulkStream` who takes several answers in one message."""

JOINED_BYTES_MAX: Final = 64 * 1024
"""Bytes from which on nothing more is joined to a message: large ones cost little each."""

JOINED_MESSAGES_MAX: Final = 32
"""Messages in one, the first included."""


def join_columns(messages: Sequence[bytes]) -> bytes:
    """Put serialised messages `Columns` into one."""
    return messages[0] + pb.Columns(following=messages[1:]).SerializeToString()


def join_answers(answers: Sequence[bytes]) -> bytes:
    """Put serialised messages `BulkReply` into one."""
    return answers[0] + pb.BulkReply(following=answers[1:]).SerializeToString()


def split_answers(reply: pb.BulkReply) -> Iterator[pb.BulkReply]:
    """Give the answers in a reply one by one; the first one still holds the others."""
    yield reply
    for data in reply.following:
        yield pb.BulkReply.FromString(data)


def joined(
    first: bytes, more: Callable[[], bytes | None], join: Callable[[Sequence[bytes]], bytes]
) -> bytes:
    """Join to a message what is there at once, within the bounds.

    Parameters
    ----------
    first : bytes
        The message.
    more : callable
        Gives the next one, None when there is none yet.
    join : callable
        `join_columns` or `join_answers`.

    Returns
    -------
    bytes
        The message alone, or with others.
    """
    messages, size = [first], len(first)
    while size < JOINED_BYTES_MAX and len(messages) < JOINED_MESSAGES_MAX:
        following = more()
        if following is None:
            break
        messages.append(following)
        size += len(following)
    return join(messages) if len(messages) > 1 else first
