"""A small shift on the floor: every command of work and loads, with some of it left undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slotline.kernels.columns import DAY_US
from slotline.tests.service.verify.small_day import PLACE, SIZES, receive

if TYPE_CHECKING:
    from slotline.tests.service.verify.small_day import Site

DOCK = {**PLACE, "role": 2, "capacity_units": 0}


def play_shift(site: Site) -> None:
    """Work two orders off and issue their goods; leave one in hand and one on a trailer."""
    door = site.first(site.send("put_location", code="D", zone=3, active=1, **DOCK), "location")
    site.send("put_worker", code=["W0", "W1"], kind=0, zone=-1, active=1)
    site.send("put_cart", code="K0", slots=4, volume_mm3=10**9, weight_g=10**5, active=1)
    site.send("put_wave", code="V0", cutoff_us=site.time_us + DAY_US)
    site.send("put_load", code=["L0", "L1"], appointment_us=0, departure_us=site.time_us + DAY_US)
    codes = ["S0", "S1", "S2", "S3"]
    units = site.send("put_handling_unit", code=codes, kind=2, parent=-1, location=0)
    totes = units.outcome["handling_unit"].tolist()
    kite = {"client": 0, "shelf_life_days": 0, "hazard": 0, "temperature": 0, "active": 1}
    item = site.first(site.send("put_item", code="kite", rotation=1, **kite, **SIZES), "item")
    bins = [receive(site, item, units, purchase_line=-1) for units in (20, 15)]
    orders = [site.order([units], item=item) for units in (3, 2, 4, 1)]
    rows = [site.allocations(order)[0] for order in orders]
    _work_off(site, orders[:2], rows[:2], bins, totes)
    _load(site, orders[:2], totes, door)
    _leave(site, orders[2:], rows[2:], bins[1], totes, door)


def _work_off(
    site: Site, orders: list[int], rows: list[int], bins: list[int], totes: list[int]
) -> None:
    """Plan a batch of two picks and a move, carry it out, and put it down."""
    batch = site.first(site.send("open_batch", wave=0, zone=-1, priority=1, due_us=0), "batch")
    plan = {"batch": batch, "tour_position": 1}
    site.send(
        "add_pick", order=orders, allocation=rows, stock=bins[0], units=[3, 2], slot=[0, 1], **plan
    )
    move = site.send("add_move", stock=bins[0], units=2, location=1, **plan)
    first = site.first(move, "task") - 2
    site.send("route_task", task=first + 1, tour_position=5)
    site.send("release_batch", batch=batch)
    mine = {"worker": 0, "batch": batch}
    site.send("claim_batch", zone=-1, cart=0, lease_us=DAY_US, **mine)
    site.send("assign_tote", slot=0, handling_unit=totes[0], **mine)
    site.send("confirm_task", worker=0, task=first, units=[1, 2], handling_unit=-1)
    found = {"found_units": 1, "handling_unit": totes[1], "reason": 2}
    short = site.send("short_task", worker=0, task=first + 1, **found)
    assert site.first(short, "added_tasks") == 1
    site.send("confirm_task", worker=0, task=first + 3, units=1, handling_unit=-1)
    site.send("pause_batch", **mine)
    site.send("resume_batch", **mine)
    site.send("drop_batch", **mine)
    site.send("reassign_batch", batch=batch, worker=1)
    site.send("drop_task", task=first + 2)
    delivered = site.send("deliver_batch", worker=1, batch=batch, location=1)
    assert site.first(delivered, "totes") == 2


def _load(site: Site, orders: list[int], totes: list[int], door: int) -> None:
    """Sort, pack and stage the goods, load them and let them depart."""
    part, *_ = site.allocations(orders[0])
    site.send("sort_pick", order=orders[0], allocation=part, handling_unit=totes[2])
    site.send("consolidate", handling_unit=totes[1], into=totes[0])
    site.send("pack", order=orders, handling_unit=[totes[2], totes[0]])
    site.send("stage", handling_unit=totes[2], location=door)
    site.send("dock_load", load=0, location=door)
    site.send("load_unit", handling_unit=[totes[0], totes[2]], load=0)
    site.send("unload_unit", handling_unit=totes[2], location=1)
    site.send("load_unit", handling_unit=totes[2], load=0)
    gone = site.send("depart", load=0, seal="s-1")
    assert site.first(gone, "orders") == 2


def _leave(
    site: Site, orders: list[int], rows: list[int], row: int, totes: list[int], door: int
) -> None:
    """Leave a batch in hand with a tote, another cancelled, and a unit on a trailer."""
    opened = site.send("open_batch", wave=0, zone=-1, priority=0, due_us=[0, 0])
    batch, spare = opened.outcome["batch"].tolist()
    pick = {"order": orders[0], "allocation": rows[0], "stock": row, "units": 4}
    task = site.send("add_pick", batch=batch, slot=0, tour_position=1, **pick)
    site.send("add_move", batch=spare, stock=row, units=1, location=1, tour_position=1)
    site.send("cancel_batch", batch=spare)
    site.send("release_batch", batch=batch)
    site.send("claim_batch", worker=0, batch=-1, zone=-1, cart=0, lease_us=DAY_US)
    picked = {"units": 1, "handling_unit": totes[1]}
    site.send("confirm_task", worker=0, task=site.first(task, "task"), **picked)
    site.send("release", order=orders[1], wave=-1)
    site.send("pick", order=orders[1], allocation=rows[1], units=1, handling_unit=totes[3])
    site.send("pack", order=orders[1], handling_unit=totes[3])
    site.send("dock_load", load=1, location=door)
    site.send("load_unit", handling_unit=totes[3], load=1)
