"""The writer's lock travels with the answers; it is given back exactly once."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from slotline.engine.batch import make_batch
from slotline.engine.engine import Engine
from slotline.engine.errors import InvalidRequest
from slotline.engine.limits import SMALL
from slotline.engine.store import FileStore
from slotline.service.clock import SystemClock
from slotline.service.retry import new_key

if TYPE_CHECKING:
    from pathlib import Path

    from slotline.engine.batch import Batch
    from slotline.engine.state import State


def make_engine(path: Path) -> Engine:
    """Make a small store and open it."""
    return Engine.create(
        FileStore(path), SystemClock(), "lock", store_id=os.urandom(16), capacity=SMALL
    )


def name(number: int) -> Batch:
    """Give a command."""
    return make_batch("put_name", {"kind": 1, "code": f"name {number}"})


def test_closing_answers_all_that_wait_and_frees_the_lock_once(tmp_path: Path) -> None:
    """Callers who sleep while the engine is closed get their answers, or a refusal."""
    engine = make_engine(tmp_path / "store")
    inside, go_on = threading.Event(), threading.Event()
    answers: list[object] = []

    def hold(_state: State) -> int:
        inside.set()
        go_on.wait()
        return 0

    def call(number: int) -> None:
        try:
            answers.append(engine.submit(name(number), key=new_key()))
        except InvalidRequest as error:
            answers.append(error)

    holder = threading.Thread(target=engine.read, args=(hold,))
    holder.start()
    inside.wait()
    callers = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for caller in callers:
        caller.start()
    closer = threading.Thread(target=engine.close)
    closer.start()
    go_on.set()
    for thread in (holder, closer, *callers):
        thread.join(30)
        assert not thread.is_alive(), "somebody waits for ever"
    assert len(answers) == len(callers)
    assert isinstance(engine.fatal, InvalidRequest)
    assert str(engine.fatal) == "the engine is closed"
    with pytest.raises(InvalidRequest, match="closed"):
        engine.submit(name(9), key=new_key())


def test_waiting_again_for_an_answer_does_not_touch_the_lock(tmp_path: Path) -> None:
    """The second wait gives the same answer and leaves another's lock alone."""
    engine = make_engine(tmp_path / "store")
    ticket = engine.enqueue(name(0), key=new_key())
    answer = engine.wait(ticket)

    def again(_state: State) -> bool:
        return engine.wait(ticket) is answer and engine.wait(ticket) is answer

    assert engine.read(again)[0]
    assert engine.wait(ticket) is answer
    engine.submit(name(1), key=new_key())
    engine.close()
