"""The queue in front of the writer, and whom it waits for."""

from __future__ import annotations

import threading

import pytest

from slotline.engine.errors import LimitReached
from slotline.engine.requests import Requests
from slotline.engine.ticket import Ticket

LONG_S = 60.0


def admitted(requests: Requests, count: int) -> None:
    """Queue requests whose threads wait."""
    for _ in range(count):
        ticket = Ticket(None, lambda _state: None)
        ticket.waiting = True
        requests.admit(ticket)


def answered(count: int, gather_s: float) -> Requests:
    """Give a queue whose last group had so many callers."""
    requests = Requests()
    requests.gather_s = gather_s
    admitted(requests, count)
    assert len(requests.take()) == count
    return requests


@pytest.mark.parametrize(("last", "now"), [(1, 1), (3, 3), (3, 5), (3, 0)])
def test_nobody_is_waited_for_when_all_are_there_or_none(last: int, now: int) -> None:
    """A lone caller, a full group, and a writer with nothing to write go on at once."""
    requests = answered(last, LONG_S)
    admitted(requests, now)
    requests.gather()
    assert len(requests.take()) == now


def test_the_group_begins_as_soon_as_the_last_one_has_come() -> None:
    """However long the writer would wait for one more."""
    requests = answered(3, LONG_S)
    admitted(requests, 1)
    writer = threading.Thread(target=requests.gather)
    writer.start()
    admitted(requests, 1)
    admitted(requests, 1)
    writer.join(LONG_S / 2)
    assert not writer.is_alive()
    assert len(requests.take()) == 3


def test_who_does_not_come_back_is_waited_for_once() -> None:
    """The next group expects those who came."""
    requests = answered(3, 0.001)
    admitted(requests, 2)
    requests.gather()
    assert len(requests.take()) == 2
    requests.gather_s = LONG_S
    admitted(requests, 2)
    requests.gather()
    assert len(requests.take()) == 2


def test_messages_of_a_stream_are_not_waited_for() -> None:
    """Only requests whose threads wait bring back a caller."""
    requests = Requests()
    requests.gather_s = LONG_S
    for _ in range(3):
        requests.admit(Ticket(None, lambda _state: None))
    assert len(requests.take()) == 3
    admitted(requests, 1)
    requests.gather()
    assert len(requests.take()) == 1


def test_a_late_release_does_not_shorten_the_next_gathering() -> None:
    """What was let go when the writer had given up waiting is not kept for later."""
    requests = answered(2, LONG_S)
    requests._wanted = 2  # as another thread saw it before the writer gave up
    admitted(requests, 2)
    assert len(requests.take()) == 2
    admitted(requests, 1)
    writer = threading.Thread(target=requests.gather)
    writer.start()
    writer.join(0.05)
    assert writer.is_alive()
    admitted(requests, 1)
    writer.join(LONG_S / 2)
    assert not writer.is_alive()


def test_a_full_queue_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """With advice when to come again; the queue stays as it was."""
    monkeypatch.setattr("slotline.engine.requests.QUEUE_REQUESTS_MAX", 2)
    requests = Requests()
    admitted(requests, 2)
    with pytest.raises(LimitReached, match="found 2 waiting requests, expected fewer than 2"):
        admitted(requests, 1)
    assert len(requests) == 2
