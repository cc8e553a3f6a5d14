"""What the methods of commands take. Written by `python -m slotline.service.v1.generate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Required, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable

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

    promise: Required[int]


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

    order: Required[int]


class AllocateFields(CallFields, total=False):
    """Fields of `allocate`."""

    order: Required[int]
    placement: Required[int]


class DeallocateFields(CallFields, total=False):
    """Fields of `deallocate`."""

    order: Required[int]


class ReleaseFields(CallFields, total=False):
    """Fields of `release`."""

    order: Required[int]
    wave: int


class PickFields(CallFields, total=False):
    """Fields of `pick`."""

    order: Required[int]
    allocation: Required[int]
    units: Required[int]
    handling_unit: Required[str]


class ShortPickFields(CallFields, total=False):
    """Fields of `short_pick`."""

    order: Required[int]
    allocation: Required[int]
    found_units: int
    handling_unit: Required[str]
    reason: Required[str]


class UnpickFields(CallFields, total=False):
    """Fields of `unpick`."""

    order: Required[int]
    allocation: Required[int]
    location: Required[str]


class PackFields(CallFields, total=False):
    """Fields of `pack`."""

    order: Required[int]
    handling_unit: Required[str]


class ShipFields(CallFields, total=False):
    """Fields of `ship`."""

    order: Required[int]


class TickFields(CallFields, total=False):
    """Fields of `tick`."""


class OpenBatchFields(CallFields, total=False):
    """Fields of `open_batch`."""

    wave: str
    zone: str
    priority: int
    due_us: int


class AddPickFields(CallFields, total=False):
    """Fields of `add_pick`."""

    batch: Required[int]
    order: Required[int]
    allocation: Required[int]
    stock: int
    units: Required[int]
    slot: int
    tour_position: int


class AddMoveFields(CallFields, total=False):
    """Fields of `add_move`."""

    batch: Required[int]
    stock: Required[int]
    units: Required[int]
    location: Required[str]
    tour_position: int


class ReleaseBatchFields(CallFields, total=False):
    """Fields of `release_batch`."""

    batch: Required[int]


class CancelBatchFields(CallFields, total=False):
    """Fields of `cancel_batch`."""

    batch: Required[int]


class ClaimBatchFields(CallFields, total=False):
    """Fields of `claim_batch`."""

    worker: Required[str]
    batch: int
    zone: str
    cart: str
    lease_us: int


class AssignToteFields(CallFields, total=False):
    """Fields of `assign_tote`."""

    worker: Required[str]
    batch: Required[int]
    slot: int
    handling_unit: Required[str]


class ConfirmTaskFields(CallFields, total=False):
    """Fields of `confirm_task`."""

    worker: Required[str]
    task: Required[int]
    units: Required[int]
    handling_unit: str


class ShortTaskFields(CallFields, total=False):
    """Fields of `short_task`."""

    worker: Required[str]
    task: Required[int]
    found_units: int
    handling_unit: str
    reason: Required[str]


class DropTaskFields(CallFields, total=False):
    """Fields of `drop_task`."""

    task: Required[int]


class RouteTaskFields(CallFields, total=False):
    """Fields of `route_task`."""

    task: Required[int]
    tour_position: int


class PauseBatchFields(CallFields, total=False):
    """Fields of `pause_batch`."""

    worker: Required[str]
    batch: Required[int]


class ResumeBatchFields(CallFields, total=False):
    """Fields of `resume_batch`."""

    worker: Required[str]
    batch: Required[int]


class DropBatchFields(CallFields, total=False):
    """Fields of `drop_batch`."""

    worker: Required[str]
    batch: Required[int]


class ReassignBatchFields(CallFields, total=False):
    """Fields of `reassign_batch`."""

    batch: Required[int]
    worker: Required[str]


class DeliverBatchFields(CallFields, total=False):
    """Fields of `deliver_batch`."""

    worker: Required[str]
    batch: Required[int]
    location: Required[str]


class SortPickFields(CallFields, total=False):
    """Fields of `sort_pick`."""

    order: Required[int]
    allocation: Required[int]
    handling_unit: Required[str]


class ConsolidateFields(CallFields, total=False):
    """Fields of `consolidate`."""

    handling_unit: Required[str]
    into: Required[str]


class StageFields(CallFields, total=False):
    """Fields of `stage`."""

    handling_unit: Required[str]
    location: Required[str]


class DockLoadFields(CallFields, total=False):
    """Fields of `dock_load`."""

    load: Required[str]
    location: Required[str]


class LoadUnitFields(CallFields, total=False):
    """Fields of `load_unit`."""

    handling_unit: Required[str]
    load: Required[str]


class UnloadUnitFields(CallFields, total=False):
    """Fields of `unload_unit`."""

    handling_unit: Required[str]
    location: Required[str]


class DepartFields(CallFields, total=False):
    """Fields of `depart`."""

    load: Required[str]
    seal: str
