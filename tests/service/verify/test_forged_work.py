"""Forged work: the chain and the books are right, and still nobody can have worked so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slotline.kernels.columns import TASK_OPEN, UNIT_LOADED
from slotline.service.verify import verify
from slotline.tests.service.verify.journal_editing import ImageAt, images_of, rechain
from slotline.tests.service.verify.small_day import Site, play_day, receive

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def _found(store: Path) -> list[str]:
    """Rechain a forged store; give what its check of work found."""
    rechain(store)
    verdict = verify(store)
    assert not {"journal", "head", "store"} & {fault.check for fault in verdict.faults}
    return [fault.found for fault in verdict.faults if fault.check == "work"]


def _last(images: Iterable[ImageAt], row: int | None = None) -> ImageAt:
    """Give the last image of a row, or of all."""
    return [image for image in images if row in (None, image.row)][-1]


@pytest.fixture
def live(store: Path) -> ImageAt:
    """Give the last image of the task that is live at the end."""
    newest = {image.row: image for image in images_of(store, "task")}
    (found,) = [one for one in newest.values() if one.read("task", "state") == TASK_OPEN]
    return found


@pytest.mark.parametrize(
    ("column", "amount", "text"),
    [
        ("units", 1, "not for units of its allocation"),
        ("stock", 1, "not in the stock row of its allocation"),
        ("order", -1, "not for the order of its allocation"),
        ("allocation", 1_000, "not bound"),
        ("batch", -1, "live of no batch at work"),
    ],
)
def test_a_live_task_suits_its_allocation_and_batch(
    store: Path, live: ImageAt, column: str, amount: int, text: str
) -> None:
    """A live pick is of a bound allocation, all of it, and of a batch that has not ended."""
    live.add("task", column, amount)
    assert any(text in found for found in _found(store))


def test_an_allocation_has_one_live_task(store: Path, live: ImageAt) -> None:
    """A task that ended is made live again, for the allocation that the live one is of."""
    other = _last(
        image for image in images_of(store, "task") if image.read("task", "state") != TASK_OPEN
    )
    for column in ("allocation", "state"):
        wanted = live.read("task", column)
        other.add("task", column, wanted - other.read("task", column))
    other.add("task", "kind", live.read("task", "kind") - other.read("task", "kind"))
    assert any("several live tasks" in found for found in _found(store))


def test_a_worker_has_one_batch_in_hand(store: Path) -> None:
    """A batch that has ended is claimed, by the worker who has one."""
    image = _last(images_of(store, "batch"), row=0)
    image.add("batch", "state", 3 - image.read("batch", "state"))
    image.add("batch", "worker", 1)
    assert any("several claimed batches" in found for found in _found(store))


def test_a_wave_that_is_done_has_nothing_at_work(store: Path) -> None:
    """The wave of a batch in hand is said to be done."""
    image = _last(images_of(store, "wave"))
    image.add("wave", "state", 3 - image.read("wave", "state"))
    assert any("in a wave that is done" in found for found in _found(store))


def test_an_ended_batch_has_no_totes(store: Path) -> None:
    """A tote goes on standing on the cart of a batch that was delivered."""
    image = _last(images_of(store, "cart_tote"), row=0)
    image.add("cart_tote", "batch", 1)
    assert any("with a batch that has ended" in found for found in _found(store))


@pytest.mark.parametrize("amount", [-2, -1])
def test_a_loaded_unit_has_a_load_at_a_door(store: Path, amount: int) -> None:
    """It is on no load, or on one that has departed."""
    image = _last(
        image for image in images_of(store, "load_unit") if image.read("load_unit", "load") == 1
    )
    image.add("load_unit", "load", amount)
    assert any("loaded on no load at a door" in found for found in _found(store))
    units = {image.row: image for image in images_of(store, "handling_unit")}
    states = [image.read("handling_unit", "state") for image in units.values()]
    assert states.count(UNIT_LOADED) == 1


@pytest.mark.parametrize("table", ["batch", "task", "load"])
def test_what_has_ended_stays_ended(store: Path, table: str) -> None:
    """A second image of a row that was done takes a step back."""
    first = [image for image in images_of(store, table) if image.row == 0]
    assert len(first) > 1
    first[-2].add(table, "state", first[-1].read(table, "state") - first[-2].read(table, "state"))
    first[-1].add(table, "state", -1)
    assert any("does not follow" in found for found in _found(store))


def test_work_without_waves_carts_and_loads_is_fine(tmp_path: Path) -> None:
    """Tables that have no rows yet are no fault: in the middle of a first round."""
    site = Site(tmp_path / "store")
    play_day(site)
    site.send("put_worker", code="W0", kind=0, zone=-1, active=1)
    batch = site.first(site.send("open_batch", wave=-1, zone=-1, priority=0, due_us=0), "batch")
    stock = receive(site, 1, 5, purchase_line=-1)
    site.send("add_move", batch=batch, stock=stock, units=2, location=1, tour_position=0)
    site.send("release_batch", batch=batch)
    for claimed in (False, True):
        if claimed:
            site.send("claim_batch", worker=0, batch=batch, zone=-1, cart=-1, lease_us=0)
        site.reopen()
        verdict = verify(site.folder)
        assert verdict.ok, verdict.faults
    site.engine.close()
