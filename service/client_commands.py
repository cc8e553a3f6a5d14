"""Typed methods of every command. Written by `python -m slotline.service.v1.generate`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Unpack, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from . import client_fields as take
    from . import client_put_fields as put
    from .v1 import slotline_pb2 as pb


class CommandCalls(ABC):
    """One method per command; `docs/commands.md` tells what each does."""

    @abstractmethod
    def send(self, command: str, fields: Mapping[str, object]) -> object:
        """Send a command by its name; give its reply."""

    def put_name(self, **fields: Unpack[put.PutNameFields]) -> pb.PutNameReply:
        """Send `put_name`; give its durable reply."""
        return cast("pb.PutNameReply", self.send("put_name", fields))

    def put_item(self, **fields: Unpack[put.PutItemFields]) -> pb.PutItemReply:
        """Send `put_item`; give its durable reply."""
        return cast("pb.PutItemReply", self.send("put_item", fields))

    def put_pack(self, **fields: Unpack[put.PutPackFields]) -> pb.PutPackReply:
        """Send `put_pack`; give its durable reply."""
        return cast("pb.PutPackReply", self.send("put_pack", fields))

    def put_alias(self, **fields: Unpack[put.PutAliasFields]) -> pb.PutAliasReply:
        """Send `put_alias`; give its durable reply."""
        return cast("pb.PutAliasReply", self.send("put_alias", fields))

    def put_lot(self, **fields: Unpack[put.PutLotFields]) -> pb.PutLotReply:
        """Send `put_lot`; give its durable reply."""
        return cast("pb.PutLotReply", self.send("put_lot", fields))

    def put_location(self, **fields: Unpack[put.PutLocationFields]) -> pb.PutLocationReply:
        """Send `put_location`; give its durable reply."""
        return cast("pb.PutLocationReply", self.send("put_location", fields))

    def put_handling_unit(
        self, **fields: Unpack[put.PutHandlingUnitFields]
    ) -> pb.PutHandlingUnitReply:
        """Send `put_handling_unit`; give its durable reply."""
        return cast("pb.PutHandlingUnitReply", self.send("put_handling_unit", fields))

    def put_purchase_line(
        self, **fields: Unpack[put.PutPurchaseLineFields]
    ) -> pb.PutPurchaseLineReply:
        """Send `put_purchase_line`; give its durable reply."""
        return cast("pb.PutPurchaseLineReply", self.send("put_purchase_line", fields))

    def receive(self, **fields: Unpack[take.ReceiveFields]) -> pb.ReceiveReply:
        """Send `receive`; give its durable reply."""
        return cast("pb.ReceiveReply", self.send("receive", fields))

    def move(self, **fields: Unpack[take.MoveFields]) -> pb.MoveReply:
        """Send `move`; give its durable reply."""
        return cast("pb.MoveReply", self.send("move", fields))

    def move_handling_unit(
        self, **fields: Unpack[take.MoveHandlingUnitFields]
    ) -> pb.MoveHandlingUnitReply:
        """Send `move_handling_unit`; give its durable reply."""
        return cast("pb.MoveHandlingUnitReply", self.send("move_handling_unit", fields))

    def adjust(self, **fields: Unpack[take.AdjustFields]) -> pb.AdjustReply:
        """Send `adjust`; give its durable reply."""
        return cast("pb.AdjustReply", self.send("adjust", fields))

    def hold(self, **fields: Unpack[take.HoldFields]) -> pb.HoldReply:
        """Send `hold`; give its durable reply."""
        return cast("pb.HoldReply", self.send("hold", fields))

    def release_hold(self, **fields: Unpack[take.ReleaseHoldFields]) -> pb.ReleaseHoldReply:
        """Send `release_hold`; give its durable reply."""
        return cast("pb.ReleaseHoldReply", self.send("release_hold", fields))

    def promise(self, **fields: Unpack[take.PromiseFields]) -> pb.PromiseReply:
        """Send `promise`; give its durable reply."""
        return cast("pb.PromiseReply", self.send("promise", fields))

    def release_promise(
        self, **fields: Unpack[take.ReleasePromiseFields]
    ) -> pb.ReleasePromiseReply:
        """Send `release_promise`; give its durable reply."""
        return cast("pb.ReleasePromiseReply", self.send("release_promise", fields))

    def accept(self, **fields: Unpack[take.AcceptFields]) -> pb.AcceptReply:
        """Send `accept`; give its durable reply."""
        return cast("pb.AcceptReply", self.send("accept", fields))

    def cancel(self, **fields: Unpack[take.CancelFields]) -> pb.CancelReply:
        """Send `cancel`; give its durable reply."""
        return cast("pb.CancelReply", self.send("cancel", fields))

    def allocate(self, **fields: Unpack[take.AllocateFields]) -> pb.AllocateReply:
        """Send `allocate`; give its durable reply."""
        return cast("pb.AllocateReply", self.send("allocate", fields))

    def deallocate(self, **fields: Unpack[take.DeallocateFields]) -> pb.DeallocateReply:
        """Send `deallocate`; give its durable reply."""
        return cast("pb.DeallocateReply", self.send("deallocate", fields))

    def release(self, **fields: Unpack[take.ReleaseFields]) -> pb.ReleaseReply:
        """Send `release`; give its durable reply."""
        return cast("pb.ReleaseReply", self.send("release", fields))

    def pick(self, **fields: Unpack[take.PickFields]) -> pb.PickReply:
        """Send `pick`; give its durable reply."""
        return cast("pb.PickReply", self.send("pick", fields))

    def short_pick(self, **fields: Unpack[take.ShortPickFields]) -> pb.ShortPickReply:
        """Send `short_pick`; give its durable reply."""
        return cast("pb.ShortPickReply", self.send("short_pick", fields))

    def unpick(self, **fields: Unpack[take.UnpickFields]) -> pb.UnpickReply:
        """Send `unpick`; give its durable reply."""
        return cast("pb.UnpickReply", self.send("unpick", fields))

    def pack(self, **fields: Unpack[take.PackFields]) -> pb.PackReply:
        """Send `pack`; give its durable reply."""
        return cast("pb.PackReply", self.send("pack", fields))

    def ship(self, **fields: Unpack[take.ShipFields]) -> pb.ShipReply:
        """Send `ship`; give its durable reply."""
        return cast("pb.ShipReply", self.send("ship", fields))

    def tick(self, **fields: Unpack[take.TickFields]) -> pb.TickReply:
        """Send `tick`; give its durable reply."""
        return cast("pb.TickReply", self.send("tick", fields))

    def put_worker(self, **fields: Unpack[put.PutWorkerFields]) -> pb.PutWorkerReply:
        """Send `put_worker`; give its durable reply."""
        return cast("pb.PutWorkerReply", self.send("put_worker", fields))

    def put_cart(self, **fields: Unpack[put.PutCartFields]) -> pb.PutCartReply:
        """Send `put_cart`; give its durable reply."""
        return cast("pb.PutCartReply", self.send("put_cart", fields))

    def put_wave(self, **fields: Unpack[put.PutWaveFields]) -> pb.PutWaveReply:
        """Send `put_wave`; give its durable reply."""
        return cast("pb.PutWaveReply", self.send("put_wave", fields))

    def put_load(self, **fields: Unpack[put.PutLoadFields]) -> pb.PutLoadReply:
        """Send `put_load`; give its durable reply."""
        return cast("pb.PutLoadReply", self.send("put_load", fields))

    def open_batch(self, **fields: Unpack[take.OpenBatchFields]) -> pb.OpenBatchReply:
        """Send `open_batch`; give its durable reply."""
        return cast("pb.OpenBatchReply", self.send("open_batch", fields))

    def add_pick(self, **fields: Unpack[take.AddPickFields]) -> pb.AddPickReply:
        """Send `add_pick`; give its durable reply."""
        return cast("pb.AddPickReply", self.send("add_pick", fields))

    def add_move(self, **fields: Unpack[take.AddMoveFields]) -> pb.AddMoveReply:
        """Send `add_move`; give its durable reply."""
        return cast("pb.AddMoveReply", self.send("add_move", fields))

    def release_batch(self, **fields: Unpack[take.ReleaseBatchFields]) -> pb.ReleaseBatchReply:
        """Send `release_batch`; give its durable reply."""
        return cast("pb.ReleaseBatchReply", self.send("release_batch", fields))

    def cancel_batch(self, **fields: Unpack[take.CancelBatchFields]) -> pb.CancelBatchReply:
        """Send `cancel_batch`; give its durable reply."""
        return cast("pb.CancelBatchReply", self.send("cancel_batch", fields))

    def claim_batch(self, **fields: Unpack[take.ClaimBatchFields]) -> pb.ClaimBatchReply:
        """Send `claim_batch`; give its durable reply."""
        return cast("pb.ClaimBatchReply", self.send("claim_batch", fields))

    def assign_tote(self, **fields: Unpack[take.AssignToteFields]) -> pb.AssignToteReply:
        """Send `assign_tote`; give its durable reply."""
        return cast("pb.AssignToteReply", self.send("assign_tote", fields))

    def confirm_task(self, **fields: Unpack[take.ConfirmTaskFields]) -> pb.ConfirmTaskReply:
        """Send `confirm_task`; give its durable reply."""
        return cast("pb.ConfirmTaskReply", self.send("confirm_task", fields))

    def short_task(self, **fields: Unpack[take.ShortTaskFields]) -> pb.ShortTaskReply:
        """Send `short_task`; give its durable reply."""
        return cast("pb.ShortTaskReply", self.send("short_task", fields))

    def drop_task(self, **fields: Unpack[take.DropTaskFields]) -> pb.DropTaskReply:
        """Send `drop_task`; give its durable reply."""
        return cast("pb.DropTaskReply", self.send("drop_task", fields))

    def route_task(self, **fields: Unpack[take.RouteTaskFields]) -> pb.RouteTaskReply:
        """Send `route_task`; give its durable reply."""
        return cast("pb.RouteTaskReply", self.send("route_task", fields))

    def pause_batch(self, **fields: Unpack[take.PauseBatchFields]) -> pb.PauseBatchReply:
        """Send `pause_batch`; give its durable reply."""
        return cast("pb.PauseBatchReply", self.send("pause_batch", fields))

    def resume_batch(self, **fields: Unpack[take.ResumeBatchFields]) -> pb.ResumeBatchReply:
        """Send `resume_batch`; give its durable reply."""
        return cast("pb.ResumeBatchReply", self.send("resume_batch", fields))

    def drop_batch(self, **fields: Unpack[take.DropBatchFields]) -> pb.DropBatchReply:
        """Send `drop_batch`; give its durable reply."""
        return cast("pb.DropBatchReply", self.send("drop_batch", fields))

    def reassign_batch(self, **fields: Unpack[take.ReassignBatchFields]) -> pb.ReassignBatchReply:
        """Send `reassign_batch`; give its durable reply."""
        return cast("pb.ReassignBatchReply", self.send("reassign_batch", fields))

    def deliver_batch(self, **fields: Unpack[take.DeliverBatchFields]) -> pb.DeliverBatchReply:
        """Send `deliver_batch`; give its durable reply."""
        return cast("pb.DeliverBatchReply", self.send("deliver_batch", fields))

    def sort_pick(self, **fields: Unpack[take.SortPickFields]) -> pb.SortPickReply:
        """Send `sort_pick`; give its durable reply."""
        return cast("pb.SortPickReply", self.send("sort_pick", fields))

    def consolidate(self, **fields: Unpack[take.ConsolidateFields]) -> pb.ConsolidateReply:
        """Send `consolidate`; give its durable reply."""
        return cast("pb.ConsolidateReply", self.send("consolidate", fields))

    def stage(self, **fields: Unpack[take.StageFields]) -> pb.StageReply:
        """Send `stage`; give its durable reply."""
        return cast("pb.StageReply", self.send("stage", fields))

    def dock_load(self, **fields: Unpack[take.DockLoadFields]) -> pb.DockLoadReply:
        """Send `dock_load`; give its durable reply."""
        return cast("pb.DockLoadReply", self.send("dock_load", fields))

    def load_unit(self, **fields: Unpack[take.LoadUnitFields]) -> pb.LoadUnitReply:
        """Send `load_unit`; give its durable reply."""
        return cast("pb.LoadUnitReply", self.send("load_unit", fields))

    def unload_unit(self, **fields: Unpack[take.UnloadUnitFields]) -> pb.UnloadUnitReply:
        """Send `unload_unit`; give its durable reply."""
        return cast("pb.UnloadUnitReply", self.send("unload_unit", fields))

    def depart(self, **fields: Unpack[take.DepartFields]) -> pb.DepartReply:
        """Send `depart`; give its durable reply."""
        return cast("pb.DepartReply", self.send("depart", fields))
