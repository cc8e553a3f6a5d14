"""The map between errors and gRPC statuses is total, and nothing is lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest

from slotline.engine import errors
from slotline.engine.errors import SlotlineError
from slotline.service import status

if TYPE_CHECKING:
    from collections.abc import Iterator


def all_errors(kind: type[SlotlineError] = SlotlineError) -> Iterator[type[SlotlineError]]:
    """Yield the whole tree."""
    yield kind
    for below in kind.__subclasses__():
        yield from all_errors(below)


ERRORS = pytest.mark.parametrize(
    "kind", [kind for kind in all_errors() if kind.__module__ == errors.__name__]
)


@ERRORS
def test_every_error_has_a_status_of_its_own(kind: type[SlotlineError]) -> None:
    """Who adds an error must say what it means to a caller."""
    assert kind in status.STATUS
    assert status.STATUS[kind] is not grpc.StatusCode.OK
    assert status.status_of(kind("found a, expected b")) is status.STATUS[kind]


@ERRORS
def test_the_caller_gets_the_very_error_that_the_server_raised(kind: type[SlotlineError]) -> None:
    """The name travels beside the status, since several errors share one."""
    error = kind("found a, expected b")
    pairs = dict(status.trailing_metadata(error))
    made = status.error_of(status.status_of(error), pairs[status.ERROR_KEY], str(error))
    assert type(made) is kind
    assert str(made) == "found a, expected b"


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code.name != "OK"])
def test_every_status_without_a_name_gives_an_error(code: grpc.StatusCode) -> None:
    """Also what a proxy on the way may say."""
    assert isinstance(status.error_of(code, "", "text"), SlotlineError)
    assert status.code_of_number(code.value[0]) is code


def test_advice_travels_in_whole_milliseconds_rounded_up() -> None:
    """A caller never comes back too early."""
    pairs = dict(status.trailing_metadata(errors.LimitReached("full", 1_200)))
    assert pairs == {"slotline-error": "LimitReached", "retry-after-ms": "2"}
    assert "retry-after-ms" not in dict(status.trailing_metadata(errors.LimitReached("too big")))


def test_foreign_errors_are_internal_and_tell_the_caller_nothing() -> None:
    """A traceback's text may hold what is none of the caller's business."""
    error = ValueError("secret")
    assert status.status_of(error) is grpc.StatusCode.INTERNAL
    assert "secret" not in status.text_of(error)
    assert status.trailing_metadata(error) == ()
