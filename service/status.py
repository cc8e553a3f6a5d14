"""The one map between the engine's errors and gRPC, used by the server and by the client."""

from __future__ import annotations

from typing import Final

import grpc

from ..engine import errors
from ..engine.errors import LimitReached, SlotlineError

Code = grpc.StatusCode

STATUS: Final[dict[type[SlotlineError], Code]] = {
    errors.SlotlineError: Code.INTERNAL,
    errors.InvalidRequest: Code.INVALID_ARGUMENT,
    errors.UnknownEntity: Code.NOT_FOUND,
    errors.KeyReused: Code.ALREADY_EXISTS,
    errors.KeyExpired: Code.FAILED_PRECONDITION,
    errors.IllegalTransition: Code.FAILED_PRECONDITION,
    errors.StaleVersion: Code.ABORTED,
    errors.LimitReached: Code.RESOURCE_EXHAUSTED,
    errors.DeadlinePassed: Code.DEADLINE_EXCEEDED,
    errors.PeerUnavailable: Code.UNAVAILABLE,
    # A peer's nonsense is never our internal error.
    errors.PeerFault: Code.UNAVAILABLE,
    errors.Unsupported: Code.UNIMPLEMENTED,
    errors.InvariantBroken: Code.INTERNAL,
    errors.StoreInUse: Code.FAILED_PRECONDITION,
    errors.StoreMismatch: Code.FAILED_PRECONDITION,
    errors.JournalCorrupt: Code.DATA_LOSS,
    # Whether the command is in the journal is known after the restart: the same key again is safe.
    errors.JournalFailed: Code.UNAVAILABLE,
}
"""Status of every error of the tree; a test holds it total."""

RETRIED: Final = frozenset({Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED})
"""Statuses after which a client sends the same call under the same key again."""

ERROR_KEY: Final = "slotline-error"
RETRY_KEY: Final = "retry-after-ms"

_BY_NAME: Final = {kind.__name__: kind for kind in STATUS}
_BY_STATUS: Final[dict[Code, type[SlotlineError]]] = {
    Code.INVALID_ARGUMENT: errors.InvalidRequest,
    Code.OUT_OF_RANGE: errors.InvalidRequest,
    Code.NOT_FOUND: errors.UnknownEntity,
    Code.ALREADY_EXISTS: errors.KeyReused,
    Code.FAILED_PRECONDITION: errors.IllegalTransition,
    Code.ABORTED: errors.StaleVersion,
    Code.RESOURCE_EXHAUSTED: errors.LimitReached,
    Code.DEADLINE_EXCEEDED: errors.DeadlinePassed,
    Code.UNIMPLEMENTED: errors.Unsupported,
    Code.DATA_LOSS: errors.JournalCorrupt,
    Code.UNAVAILABLE: errors.PeerUnavailable,
    Code.CANCELLED: errors.PeerUnavailable,
}
_BY_NUMBER: Final = {code.value[0]: code for code in Code}


def status_of(error: BaseException) -> Code:
    """Give the gRPC status of an error.

    Parameters
    ----------
    error : BaseException
        Anything; what is not ours is INTERNAL.

    Returns
    -------
    grpc.StatusCode
        Never OK.
    """
    for kind in type(error).__mro__:
        code = STATUS.get(kind)
        if code is not None:
            return code
    return Code.INTERNAL


def text_of(error: BaseException) -> str:
    """Give the text that a caller may see: ours as it is, of others only that it happened."""
    if isinstance(error, SlotlineError):
        return str(error)
    return "internal error; the server's log has the details"


def advice_us(error: BaseException) -> int:
    """Give the advised pause before the same call again, 0 for none."""
    return error.retry_after_us if isinstance(error, LimitReached) else 0


def trailing_metadata(error: BaseException) -> tuple[tuple[str, str], ...]:
    """Give what goes beside the status: the error's name and the advised pause.

    Parameters
    ----------
    error : BaseException
        The error.

    Returns
    -------
    tuple of (str, str)
        Keys `slotline-error` and, with advice, `retry-after-ms`.
    """
    pairs = [(ERROR_KEY, type(error).__name__)] if type(error) in STATUS else []
    pause_us = advice_us(error)
    if pause_us:
        pairs.append((RETRY_KEY, str(-(-pause_us // 1000))))
    return tuple(pairs)


def error_of(code: Code, name: str, message: str, retry_after_us: int = 0) -> SlotlineError:
    """Make the error that a status stands for.

    Parameters
    ----------
    code : grpc.StatusCode
        The status.
    name : str
        Name of the error when the server told it, else empty.
    message : str
        Its text.
    retry_after_us : int
        The server's advice.

    Returns
    -------
    SlotlineError
        Of the very class on the server, or of the nearest one.
    """
    kind = _BY_NAME.get(name) or _BY_STATUS.get(code) or errors.PeerFault
    if kind is LimitReached:
        return LimitReached(message, retry_after_us)
    return kind(message)


def code_of_number(number: int) -> Code:
    """Give the status with a number, UNKNOWN for a number that is none."""
    return _BY_NUMBER.get(number, Code.UNKNOWN)
