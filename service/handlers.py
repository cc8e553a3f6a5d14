"""Handlers of commands: one call each, and bulk messages of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..engine.errors import InvalidRequest, LimitReached
from .caller import caller_of
from .codec import CODECS, CommandCodec, parse
from .columns import bulk_batch, column_bytes
from .joined import JOINED_MESSAGES_MAX
from .v1 import slotline_pb2

if TYPE_CHECKING:
    from collections.abc import Sequence

    import grpc

    from ..engine.engine import Engine
    from ..engine.single import Single
    from ..engine.ticket import Reply, Ticket
    from .calls import Call, Edge

BULK_METHOD: Final = "Bulk"


def command_calls(edge: Edge) -> dict[str, Call]:
    """Give the handler of each single call of a command.

    Parameters
    ----------
    edge : Edge
        The service's side of the engine.

    Returns
    -------
    dict of str to callable
        By the method's name.
    """
    return {
        codec.method: edge.unary(codec.method, _command(edge, codec)) for codec in CODECS.values()
    }


def _command(edge: Edge, codec: CommandCodec) -> Call:
    def call(request: bytes, context: grpc.ServicerContext) -> bytes:
        engine = edge.engine
        tenant, actor = caller_of(context, engine)

        def make() -> tuple[Single, bytes]:
            message = parse(codec.request, request)
            return codec.batch(message, engine.state.codes), message.key

        return engine.call(
            make,
            codec.answer,
            tenant=tenant,
            actor=actor,
            deadline_us=edge.deadline_us(context),
        )

    return call


def split_columns(request: bytes) -> Sequence[Any]:
    """Cut a message of a stream into those that it carries, each for `enqueue_columns`.

    Parameters
    ----------
    request : bytes
        A message `Columns`: one by itself, or one that carries others.

    Returns
    -------
    sequence of Columns or bytes
        Its messages in order: itself parsed, or the others as they came.

    Raises
    ------
    InvalidRequest
        It cannot be parsed, or carries others and holds something itself.
    LimitReached
        It carries more than `JOINED_MESSAGES_MAX`.
    """
    message: slotline_pb2.Columns = parse(slotline_pb2.Columns, request)
    count = len(message.joined)
    if not count:
        return (message,)
    if count > JOINED_MESSAGES_MAX:
        raise LimitReached(
            f"joined: found {count} messages in one, expected at most {JOINED_MESSAGES_MAX}; none "
            f"of them was looked at"
        )
    if message.kind or message.key:
        raise InvalidRequest(
            f"joined: found a command with {count} messages in it, expected one or the other"
        )
    return message.joined


def _columns_of(part: slotline_pb2.Columns | bytes) -> slotline_pb2.Columns:
    """Give a message out of `split_columns`, parsed; it may not carry others."""
    if isinstance(part, slotline_pb2.Columns):
        return part
    message: slotline_pb2.Columns = parse(slotline_pb2.Columns, part)
    if message.joined:
        raise InvalidRequest(
            f"joined: found {len(message.joined)} messages in this one, expected none: only a "
            f"message of a stream may carry others"
        )
    return message


def enqueue_columns(
    engine: Engine,
    part: slotline_pb2.Columns | bytes,
    caller: tuple[int, int],
    deadline_us: int,
) -> Ticket:
    """Queue a message `Columns`.

    Parameters
    ----------
    engine : Engine
        The engine.
    part : Columns or bytes
        The message, out of `split_columns`.
    caller : tuple of (int, int)
        Name rows of tenant and actor.
    deadline_us : int
        Latest time at which it may be sequenced.

    Returns
    -------
    Ticket
        To wait for.

    Raises
    ------
    SlotlineError
        Why it was refused.
    """
    message = _columns_of(part)
    return engine.enqueue(
        bulk_batch(message),
        key=message.key,
        message=True,
        tenant=caller[0],
        actor=caller[1],
        catalogue_epoch=message.catalogue_epoch,
        deadline_us=deadline_us,
    )


def bulk_answer(reply: Reply) -> bytes:
    """Make the bytes of a `BulkReply` from the engine's answer."""
    outcome, lines = column_bytes(reply)
    message = slotline_pb2.BulkReply(
        sequence=reply.sequence, time_us=reply.time_us, outcome=outcome, line_outcome=lines
    )
    return message.SerializeToString()


def bulk_call(edge: Edge) -> Call:
    """Give the handler of `Bulk`; its size is bounded by the server's message size."""

    def call(request: bytes, context: grpc.ServicerContext) -> bytes:
        engine = edge.engine
        caller = caller_of(context, engine)
        ticket = enqueue_columns(engine, request, caller, edge.deadline_us(context))
        return bulk_answer(engine.wait(ticket))

    return edge.unary(BULK_METHOD, call, is_bulk=True)
