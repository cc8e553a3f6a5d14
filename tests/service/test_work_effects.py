"""Effects of work: kinds, entities and codes as an endpoint sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slotline.engine.effects import EffectKind, EntityKind
from slotline.engine.schema import Role

if TYPE_CHECKING:
    from slotline.service.client import SlotlineClient

Kind = EffectKind


def values(effect: Any) -> dict[str, int | str]:
    """Values and results of an effect by their names."""
    pairs = (*effect.values, *effect.results)
    return {pair.name: getattr(pair, pair.WhichOneof("value")) for pair in pairs}


def test_a_round_is_told_step_by_step(site: SlotlineClient) -> None:
    """Batches by number, units and loads by code, workers and waves by theirs."""
    site.put_worker(code="ann")
    site.put_wave(code="noon")
    site.put_load(code="truck")
    site.put_location(code="door", zone="A", role=Role.DOCK)
    order = site.accept(channel="web", owner="acme", code="w-1", lines=[("tea", 3)]).order
    site.allocate(order=order, placement=2)
    (line,) = site.get_order(order).lines
    batch = site.open_batch(wave="noon").batch
    start = site.get_status().sequence
    task = site.add_pick(
        batch=batch, order=order, allocation=line.allocations[0].allocation, units=3,
        tour_position=0,
    ).task  # fmt: skip
    site.release_batch(batch=batch)
    site.claim_batch(worker="ann", batch=batch)
    site.confirm_task(worker="ann", task=task, units=3, handling_unit="tote-1")
    site.deliver_batch(worker="ann", batch=batch, location="A-02")
    site.pack(order=order, handling_unit="tote-1")
    site.dock_load(load="truck", location="door")
    site.load_unit(handling_unit="tote-1", load="truck")
    site.depart(load="truck", seal="S-1")
    found = list(site.effects(start))
    assert [(one.kind, one.entity_kind, one.code) for one in found] == [
        (Kind.PICK_ADDED, EntityKind.BATCH, ""),
        (Kind.BATCH_RELEASED, EntityKind.BATCH, ""),
        (Kind.BATCH_CLAIMED, EntityKind.BATCH, ""),
        (Kind.TASK_CONFIRMED, EntityKind.BATCH, ""),
        (Kind.BATCH_DELIVERED, EntityKind.BATCH, ""),
        (Kind.ORDER_PACKED, EntityKind.ORDER, "w-1"),
        (Kind.LOAD_DOCKED, EntityKind.LOAD, "truck"),
        (Kind.UNIT_LOADED, EntityKind.UNIT, "tote-1"),
        (Kind.LOAD_DEPARTED, EntityKind.LOAD, "truck"),
        (Kind.ORDER_SHIPPED, EntityKind.ORDER, "w-1"),
    ]
    confirmed = values(found[3])
    assert (confirmed["worker"], confirmed["handling_unit"]) == ("ann", "tote-1")
    assert (confirmed["task"], confirmed["order"], confirmed["batch"]) == (task, order, batch)
    assert values(found[7])["load"] == "truck"
    assert values(found[8])["seal"] == "S-1"
    (opened,) = site.effects(0, kinds=[Kind.BATCH_OPENED])
    assert (values(opened)["wave"], values(opened)["zone"]) == ("noon", "")


def test_the_number_that_release_takes_as_its_wave_stays_a_number(site: SlotlineClient) -> None:
    """It names no row of the table of waves, whatever it is."""
    order = site.accept(channel="web", owner="acme", placement=2, lines=[("tea", 3)]).order
    site.release(order=order, wave=2_000_000_000)
    (released,) = site.effects(0, kinds=[Kind.ORDER_RELEASED])
    assert values(released)["wave"] == 2_000_000_000
