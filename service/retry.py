"""Keys, and trying again: the part of the client that makes a lost answer harmless.

A call is sent again under the same key, so that it is executed once however often it arrives.
"""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import grpc

from ..engine.errors import LimitReached, SlotlineError
from .status import ERROR_KEY, RETRIED, RETRY_KEY, Code, error_of

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_VERSION_7: Final = 0x70
_VARIANT: Final = 0x80
_TOO_LARGE: Final = "larger than max"


def new_key() -> bytes:
    """Make an idempotency key.

    Returns
    -------
    bytes
        A UUIDv7: 48 bits of milliseconds since 1970, then random bits.
    """
    raw = bytearray((time.time_ns() // 1_000_000).to_bytes(6, "big") + os.urandom(10))
    raw[6] = raw[6] & 0x0F | _VERSION_7
    raw[8] = raw[8] & 0x3F | _VARIANT
    return bytes(raw)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long and how often a call is tried.

    Parameters
    ----------
    timeout_s : float
        Time for all attempts together.
    attempt_timeout_s : float
        Deadline of one attempt.
    pause_min_s, pause_max_s : float
        Back-off between attempts: doubles from the first to the second, with full jitter.
    """

    timeout_s: float = 60.0
    attempt_timeout_s: float = 15.0
    pause_min_s: float = 0.01
    pause_max_s: float = 2.0

    def pause_s(self, attempt: int, advice_us: int) -> float:
        """Give the pause before the next attempt: the server's advice, then some."""
        limit_s = min(self.pause_max_s, self.pause_min_s * 2**attempt)
        return advice_us / 1e6 + random.uniform(0, limit_s)  # noqa: S311 - spreads callers only


def error_of_call(failure: grpc.RpcError) -> SlotlineError:
    """Make our error from what gRPC raised.

    Parameters
    ----------
    failure : grpc.RpcError
        Raised by a call.

    Returns
    -------
    SlotlineError
        Of the class that the server named, or the nearest one to the status.
    """
    if not isinstance(failure, grpc.Call):
        return error_of(Code.UNKNOWN, "", str(failure))
    pairs = _pairs(failure)
    pause_ms = pairs.get(RETRY_KEY, "0")
    advice_us = int(pause_ms) * 1000 if pause_ms.isdecimal() else 0
    code = failure.code()
    details = failure.details() or code.name
    if code is Code.UNAVAILABLE and ERROR_KEY not in pairs:
        # gRPC's own word: nobody is there.
        details = (
            f"found no server ({details}), expected one at this address: start it with "
            f"`slotline serve`, or connect to another"
        )
    return error_of(code, pairs.get(ERROR_KEY, ""), details, advice_us)


def _pairs(call: grpc.Call) -> dict[str, str]:
    return {str(key): str(value) for key, value in call.trailing_metadata() or ()}


def may_retry(failure: grpc.RpcError) -> bool:
    """Tell whether the same call again may go well."""
    if not isinstance(failure, grpc.Call) or failure.code() not in RETRIED:
        return False
    if failure.code() is not Code.RESOURCE_EXHAUSTED:
        return True
    pairs = _pairs(failure)
    if ERROR_KEY in pairs:
        return RETRY_KEY in pairs
    # Not our word but gRPC's: too many calls at once, or a message that will never fit.
    return _TOO_LARGE not in (failure.details() or "")


def call_with_retries(
    policy: RetryPolicy, invoke: Callable[[float], T], timeout_s: float | None = None
) -> T:
    """Call until it goes well, cannot go well, or the time is over.

    Parameters
    ----------
    policy : RetryPolicy
        How long and how often.
    invoke : callable
        Makes one attempt with the deadline that it gets, seconds.
    timeout_s : float or None
        Instead of the policy's.

    Returns
    -------
    object
        What `invoke` gives.

    Raises
    ------
    SlotlineError
        The last attempt's error.
    """
    end_s = time.monotonic() + (policy.timeout_s if timeout_s is None else timeout_s)
    attempt = 0
    while True:
        left_s = max(end_s - time.monotonic(), 0.001)
        try:
            return invoke(min(left_s, policy.attempt_timeout_s))
        except grpc.RpcError as failure:
            error = error_of_call(failure)
            advice_us = error.retry_after_us if isinstance(error, LimitReached) else 0
            pause_s = policy.pause_s(attempt, advice_us)
            if not may_retry(failure) or time.monotonic() + pause_s >= end_s:
                raise error from failure
            time.sleep(pause_s)
            attempt += 1
