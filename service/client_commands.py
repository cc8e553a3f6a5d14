"""Typed methods of every command. Written by `python -m slotline.service.v1.generate`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Required, TypedDict, Unpack, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .v1 import slotline_pb2 as pb

Line = tuple[str, int] | tuple[str, int, int | None]
"""A line of an order: item, units and, optionally, the number of a promise."""


class CallFields(TypedDict, total=False):
    """What every call takes beside its own fields.

    Parameters
    ----------
    key : bytes
        Of an earlier call, to send that one again; made by the client when absent.
    timeout_s : float
        Time for all attempts together.
    """

    key: bytes
    timeout_s: float


class PutNameFields(CallFields, total=False):
    """Fields of `put_name`."""

    kind: Required[int]
    code: Required[str]


class PutItemFields(CallFields, total=False):
    """Fields of `put_item`."""

    client: Required[str]
    code: Required[str]
    rotation: int
    shelf_life_days: int
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    hazard: int
    temperature: int
    active: bool


class PutPackFields(CallFields, total=False):
    """Fields of `put_pack`."""

    item: Required[str]
    level: int
    units: Required[int]
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    client: Required[str]


class PutAliasFields(CallFields, total=False):
    """Fields of `put_alias`."""

    code: Required[str]
    client: Required[str]
    item: Required[str]
    pack_level: int
    units: Required[int]


class PutLotFields(CallFields, total=False):
    """Fields of `put_lot`."""

    item: Required[str]
    owner: Required[str]
    code: Required[str]
    expiry_day: int
    client: str


class PutLocationFields(CallFields, total=False):
    """Fields of `put_location`."""

    code: Required[str]
    zone: Required[str]
    role: int
    aisle: int
    side: int
    bay: int
    level: int
    x_mm: int
    y_mm: int
    z_mm: int
    pick_seq: int
    capacity_units: int
    active: bool


class PutHandlingUnitFields(CallFields, total=False):
    """Fields of `put_handling_unit`."""

    code: Required[str]
    kind: int
    parent: str
    location: str


class PutPurchaseLineFields(CallFields, total=False):
    """Fields of `put_purchase_line`."""

    code: Required[str]
    line_number: int
    item: Required[str]
    owner: Required[str]
    expected_units: int
    due_us: int
    unit_cost_minor: int
    client: str


class ReceiveFields(CallFields, total=False):
    """Fields of `receive`."""

    purchase_order: str
    item: Required[str]
    owner: Required[str]
    lot: str
    status: int
    pack_level: int
    location: str
    handling_unit: str
    units: Required[int]
    unit_cost_minor: int
    client: str
    purchase_line_number: int


class MoveFields(CallFields, total=False):
    """Fields of `move`."""

    stock: Required[int]
    units: Required[int]
    location: str
    handling_unit: str


class MoveHandlingUnitFields(CallFields, total=False):
    """Fields of `move_handling_unit`."""

    handling_unit: Required[str]
    parent: str
    location: str


class AdjustFields(CallFields, total=False):
    """Fields of `adjust`."""

    stock: Required[int]
    delta_units: int
    reason: Required[str]


class HoldFields(CallFields, total=False):
    """Fields of `hold`."""

    stock: Required[int]
    units: Required[int]
    status: Required[int]
    reason: Required[str]


class ReleaseHoldFields(CallFields, total=False):
    """Fields of `release_hold`."""

    stock: Required[int]
    units: Required[int]
    reason: Required[str]


class PromiseFields(CallFields, total=False):
    """Fields of `promise`."""

    item: Required[str]
    owner: Required[str]
    channel: Required[str]
    units: Required[int]
    expires_us: int
    due_us: int
    client: str


class ReleasePromiseFields(CallFields, total=False):
    """Fields of `release_promise`."""

    promise: int


class AcceptFields(CallFields, total=False):
    """Fields of `accept`."""

    reference: int
    channel: Required[str]
    owner: Required[str]
    priority: int
    policy: int
    placement: int
    min_life_days: int
    departure_us: int
    code: str
    client: str
    lines: Required[Iterable[Line]]


class CancelFields(CallFields, total=False):
    """Fields of `cancel`."""

    order: int


class AllocateFields(CallFields, total=False):
    """Fields of `allocate`."""

    order: int
    placement: Required[int]


class DeallocateFields(CallFields, total=False):
    """Fields of `deallocate`."""

    order: int


class ReleaseFields(CallFields, total=False):
    """Fields of `release`."""

    order: int
    wave: int


class PickFields(CallFields, total=False):
    """Fields of `pick`."""

    order: int
    allocation: int
    units: Required[int]
    handling_unit: Required[str]


class ShortPickFields(CallFields, total=False):
    """Fields of `short_pick`."""

    order: int
    allocation: int
    found_units: int
    handling_unit: Required[str]
    reason: Required[str]


class UnpickFields(CallFields, total=False):
    """Fields of `unpick`."""

    order: int
    allocation: int
    location: Required[str]


class PackFields(CallFields, total=False):
    """Fields of `pack`."""

    order: int
    handling_unit: Required[str]


class ShipFields(CallFields, total=False):
    """Fields of `ship`."""

    order: int


class TickFields(CallFields, total=False):
    """Fields of `tick`."""


class CommandCalls(ABC):
    """One method per command; `docs/commands.md` tells what each does."""

    @abstractmethod
    def send(self, command: str, fields: Mapping[str, object]) -> object:
        """Send a command by its name; give its reply."""

    def put_name(self, **fields: Unpack[PutNameFields]) -> pb.PutNameReply:
        """Send `put_name`; give its durable reply."""
        return cast("pb.PutNameReply", self.send("put_name", fields))

    def put_item(self, **fields: Unpack[PutItemFields]) -> pb.PutItemReply:
        """Send `put_item`; give its durable reply."""
        return cast("pb.PutItemReply", self.send("put_item", fields))

    def put_pack(self, **fields: Unpack[PutPackFields]) -> pb.PutPackReply:
        """Send `put_pack`; give its durable reply."""
        return cast("pb.PutPackReply", self.send("put_pack", fields))

    def put_alias(self, **fields: Unpack[PutAliasFields]) -> pb.PutAliasReply:
        """Send `put_alias`; give its durable reply."""
        return cast("pb.PutAliasReply", self.send("put_alias", fields))

    def put_lot(self, **fields: Unpack[PutLotFields]) -> pb.PutLotReply:
        """Send `put_lot`; give its durable reply."""
        return cast("pb.PutLotReply", self.send("put_lot", fields))

    def put_location(self, **fields: Unpack[PutLocationFields]) -> pb.PutLocationReply:
        """Send `put_location`; give its durable reply."""
        return cast("pb.PutLocationReply", self.send("put_location", fields))

    def put_handling_unit(self, **fields: Unpack[PutHandlingUnitFields]) -> pb.PutHandlingUnitReply:
        """Send `put_handling_unit`; give its durable reply."""
        return cast("pb.PutHandlingUnitReply", self.send("put_handling_unit", fields))

    def put_purchase_line(self, **fields: Unpack[PutPurchaseLineFields]) -> pb.PutPurchaseLineReply:
        """Send `put_purchase_line`; give its durable reply."""
        return cast("pb.PutPurchaseLineReply", self.send("put_purchase_line", fields))

    def receive(self, **fields: Unpack[ReceiveFields]) -> pb.ReceiveReply:
        """Send `receive`; give its durable reply."""
        return cast("pb.ReceiveReply", self.send("receive", fields))

    def move(self, **fields: Unpack[MoveFields]) -> pb.MoveReply:
        """Send `move`; give its durable reply."""
        return cast("pb.MoveReply", self.send("move", fields))

    def move_handling_unit(
        self, **fields: Unpack[MoveHandlingUnitFields]
    ) -> pb.MoveHandlingUnitReply:
        """Send `move_handling_unit`; give its durable reply."""
        return cast("pb.MoveHandlingUnitReply", self.send("move_handling_unit", fields))

    def adjust(self, **fields: Unpack[AdjustFields]) -> pb.AdjustReply:
        """Send `adjust`; give its durable reply."""
        return cast("pb.AdjustReply", self.send("adjust", fields))

    def hold(self, **fields: Unpack[HoldFields]) -> pb.HoldReply:
        """Send `hold`; give its durable reply."""
        return cast("pb.HoldReply", self.send("hold", fields))

    def release_hold(self, **fields: Unpack[ReleaseHoldFields]) -> pb.ReleaseHoldReply:
        """Send `release_hold`; give its durable reply."""
        return cast("pb.ReleaseHoldReply", self.send("release_hold", fields))

    def promise(self, **fields: Unpack[PromiseFields]) -> pb.PromiseReply:
        """Send `promise`; give its durable reply."""
        return cast("pb.PromiseReply", self.send("promise", fields))

    def release_promise(self, **fields: Unpack[ReleasePromiseFields]) -> pb.ReleasePromiseReply:
        """Send `release_promise`; give its durable reply."""
        return cast("pb.ReleasePromiseReply", self.send("release_promise", fields))

    def accept(self, **fields: Unpack[AcceptFields]) -> pb.AcceptReply:
        """Send `accept`; give its durable reply."""
        return cast("pb.AcceptReply", self.send("accept", fields))

    def cancel(self, **fields: Unpack[CancelFields]) -> pb.CancelReply:
        """Send `cancel`; give its durable reply."""
        return cast("pb.CancelReply", self.send("cancel", fields))

    def allocate(self, **fields: Unpack[AllocateFields]) -> pb.AllocateReply:
        """Send `allocate`; give its durable reply."""
        return cast("pb.AllocateReply", self.send("allocate", fields))

    def deallocate(self, **fields: Unpack[DeallocateFields]) -> pb.DeallocateReply:
        """Send `deallocate`; give its durable reply."""
        return cast("pb.DeallocateReply", self.send("deallocate", fields))

    def release(self, **fields: Unpack[ReleaseFields]) -> pb.ReleaseReply:
        """Send `release`; give its durable reply."""
        return cast("pb.ReleaseReply", self.send("release", fields))

    def pick(self, **fields: Unpack[PickFields]) -> pb.PickReply:
        """Send `pick`; give its durable reply."""
        return cast("pb.PickReply", self.send("pick", fields))

    def short_pick(self, **fields: Unpack[ShortPickFields]) -> pb.ShortPickReply:
        """Send `short_pick`; give its durable reply."""
        return cast("pb.ShortPickReply", self.send("short_pick", fields))

    def unpick(self, **fields: Unpack[UnpickFields]) -> pb.UnpickReply:
        """Send `unpick`; give its durable reply."""
        return cast("pb.UnpickReply", self.send("unpick", fields))

    def pack(self, **fields: Unpack[PackFields]) -> pb.PackReply:
        """Send `pack`; give its durable reply."""
        return cast("pb.PackReply", self.send("pack", fields))

    def ship(self, **fields: Unpack[ShipFields]) -> pb.ShipReply:
        """Send `ship`; give its durable reply."""
        return cast("pb.ShipReply", self.send("ship", fields))

    def tick(self, **fields: Unpack[TickFields]) -> pb.TickReply:
        """Send `tick`; give its durable reply."""
        return cast("pb.TickReply", self.send("tick", fields))
