"""Life cycles: one table (state, cause) -> state per entity.

A cause is a command, or something that follows from one: `take_back` and `serve_pegs` (see
docs/commands.md), and the ``_partly`` forms of commands that may leave something behind. What a
table does not name is refused. The diagrams in docs/lifecycles.md are made from these tables by
`render_page`.
"""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..kernels import columns as codes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class OrderState(IntEnum):
    """Where an order is."""

    OPEN = codes.ORDER_OPEN
    RELEASED = codes.ORDER_RELEASED
    PACKED = codes.ORDER_PACKED
    SHIPPED = codes.ORDER_SHIPPED
    CANCELLED = codes.ORDER_CANCELLED


class PromiseState(IntEnum):
    """Where a promise is."""

    LIVE = codes.PROMISE_LIVE
    PEGGED = codes.PROMISE_PEGGED
    RELEASED = codes.PROMISE_RELEASED
    EXPIRED = codes.PROMISE_EXPIRED
    CONSUMED = codes.PROMISE_CONSUMED
    BROKEN = codes.PROMISE_BROKEN


class AllocationState(IntEnum):
    """Where an allocation row is; a row that is done with is FREE again."""

    FREE = codes.ALLOCATION_FREE
    POOLED = codes.ALLOCATION_POOLED
    BOUND = codes.ALLOCATION_BOUND
    PICKED = codes.ALLOCATION_PICKED
    PACKED = codes.ALLOCATION_PACKED


class HandlingUnitState(IntEnum):
    """Where a handling unit is."""

    EMPTY = codes.UNIT_EMPTY
    FILLING = codes.UNIT_FILLING
    CONSOLIDATING = codes.UNIT_CONSOLIDATING
    PACKED = codes.UNIT_PACKED
    STAGED = codes.UNIT_STAGED
    LOADED = codes.UNIT_LOADED
    DEPARTED = codes.UNIT_DEPARTED


class WaveState(IntEnum):
    """Where a wave is."""

    PLANNED = codes.WAVE_PLANNED
    RELEASED = codes.WAVE_RELEASED
    DONE = codes.WAVE_DONE


class BatchState(IntEnum):
    """Where a batch of tasks is."""

    OPEN = codes.BATCH_OPEN
    RELEASED = codes.BATCH_RELEASED
    CLAIMED = codes.BATCH_CLAIMED
    PAUSED = codes.BATCH_PAUSED
    DONE = codes.BATCH_DONE
    CANCELLED = codes.BATCH_CANCELLED


class TaskState(IntEnum):
    """Where a task is; only an OPEN one is live."""

    OPEN = codes.TASK_OPEN
    DONE = codes.TASK_DONE
    SHORT = codes.TASK_SHORT
    DROPPED = codes.TASK_DROPPED


class LoadState(IntEnum):
    """Where a load is."""

    EXPECTED = codes.LOAD_EXPECTED
    AT_DOOR = codes.LOAD_AT_DOOR
    DEPARTED = codes.LOAD_DEPARTED


Transition = tuple[IntEnum, str, IntEnum]

_O, _P, _A, _H = OrderState, PromiseState, AllocationState, HandlingUnitState
_W, _B, _T, _L = WaveState, BatchState, TaskState, LoadState

_ORDER: tuple[Transition, ...] = (
    (_O.OPEN, "allocate", _O.OPEN),
    (_O.OPEN, "deallocate", _O.OPEN),
    (_O.OPEN, "release", _O.RELEASED),
    (_O.OPEN, "cancel", _O.CANCELLED),
    (_O.RELEASED, "allocate", _O.RELEASED),
    (_O.RELEASED, "deallocate", _O.OPEN),
    # Goods in a tote cannot be wished back onto the shelf.
    (_O.RELEASED, "deallocate_partly", _O.RELEASED),
    # A later wave takes what an earlier one left.
    (_O.RELEASED, "release", _O.RELEASED),
    (_O.RELEASED, "cancel", _O.CANCELLED),
    (_O.RELEASED, "pick", _O.RELEASED),
    (_O.RELEASED, "short_pick", _O.RELEASED),
    (_O.RELEASED, "unpick", _O.RELEASED),
    (_O.RELEASED, "pack", _O.PACKED),
    (_O.RELEASED, "pack_partly", _O.RELEASED),
    (_O.PACKED, "ship", _O.SHIPPED),
    # Lines or units that stock was short of go with a second shipment.
    (_O.PACKED, "ship_partly", _O.OPEN),
    # Goods picked into a tote of many orders are sorted into the order's own.
    (_O.RELEASED, "sort_pick", _O.RELEASED),
)

_PROMISE: tuple[Transition, ...] = (
    (_P.LIVE, "release_promise", _P.RELEASED),
    (_P.LIVE, "tick", _P.EXPIRED),
    (_P.LIVE, "accept", _P.CONSUMED),
    # A count or a hold took the goods away that were promised.
    (_P.LIVE, "take_back", _P.BROKEN),
    (_P.PEGGED, "serve_pegs", _P.LIVE),
    (_P.PEGGED, "release_promise", _P.RELEASED),
    (_P.PEGGED, "tick", _P.EXPIRED),
)

_ALLOCATION: tuple[Transition, ...] = (
    (_A.FREE, "allocate_to_pool", _A.POOLED),
    (_A.FREE, "allocate_to_bins", _A.BOUND),
    (_A.POOLED, "release", _A.BOUND),
    (_A.POOLED, "deallocate", _A.FREE),
    (_A.POOLED, "cancel", _A.FREE),
    (_A.POOLED, "take_back", _A.FREE),
    (_A.POOLED, "take_back_partly", _A.POOLED),
    (_A.BOUND, "release", _A.BOUND),
    (_A.BOUND, "deallocate", _A.FREE),
    (_A.BOUND, "cancel", _A.FREE),
    (_A.BOUND, "pick", _A.PICKED),
    (_A.BOUND, "pick_partly", _A.BOUND),
    (_A.BOUND, "short_pick", _A.FREE),
    # The wrong carton, or the order waits: the goods go back onto a shelf, still the order's.
    (_A.PICKED, "unpick", _A.BOUND),
    (_A.PICKED, "pack", _A.PACKED),
    (_A.PICKED, "sort_pick", _A.PICKED),
    (_A.PACKED, "ship", _A.FREE),
)

_IN_HOUSE = tuple(state for state in _H if state is not _H.DEPARTED)
# What is on a trailer takes no goods and stays where it is until it is unloaded.
_ON_FLOOR = tuple(state for state in _IN_HOUSE if state is not _H.LOADED)

_HANDLING_UNIT: tuple[Transition, ...] = (
    (_H.EMPTY, "pick", _H.FILLING),
    # A picker may top up a unit whatever its stage, as long as it is on the floor.
    *((state, "pick", state) for state in _ON_FLOOR if state is not _H.EMPTY),
    *((state, "put_into", state) for state in _ON_FLOOR),
    *((state, "move_handling_unit", state) for state in _ON_FLOOR),
    *((state, "put_handling_unit", state) for state in _IN_HOUSE),
    (_H.EMPTY, "sort_pick", _H.FILLING),
    *((state, "sort_pick", state) for state in _ON_FLOOR if state is not _H.EMPTY),
    *((state, "consolidate", _H.EMPTY) for state in _ON_FLOOR),
    (_H.EMPTY, "consolidate_into", _H.CONSOLIDATING),
    (_H.FILLING, "consolidate_into", _H.CONSOLIDATING),
    (_H.CONSOLIDATING, "consolidate_into", _H.CONSOLIDATING),
    (_H.PACKED, "consolidate_into", _H.PACKED),
    (_H.STAGED, "consolidate_into", _H.STAGED),
    *((state, "consolidate_packed", _H.PACKED) for state in (_H.EMPTY, _H.FILLING)),
    (_H.CONSOLIDATING, "consolidate_packed", _H.PACKED),
    (_H.PACKED, "consolidate_packed", _H.PACKED),
    (_H.STAGED, "consolidate_packed", _H.STAGED),
    *((state, "pack", _H.PACKED) for state in _ON_FLOOR),
    (_H.PACKED, "stage", _H.STAGED),
    (_H.STAGED, "stage", _H.STAGED),
    (_H.PACKED, "load_unit", _H.LOADED),
    (_H.STAGED, "load_unit", _H.LOADED),
    (_H.LOADED, "unload_unit", _H.STAGED),
    # What is inside the unloaded one.
    (_H.LOADED, "unload_around", _H.PACKED),
    # Packed goods may have been moved over into any other unit before they leave.
    *((state, "ship", _H.DEPARTED) for state in _IN_HOUSE),
    # Two orders in one carton: it left with the first of them.
    (_H.DEPARTED, "ship", _H.DEPARTED),
)

_WAVE: tuple[Transition, ...] = (
    (_W.PLANNED, "release_batch", _W.RELEASED),
    (_W.RELEASED, "release_batch", _W.RELEASED),
    # Work that came late.
    (_W.DONE, "release_batch", _W.RELEASED),
    (_W.PLANNED, "last_batch_ended", _W.DONE),
    (_W.RELEASED, "last_batch_ended", _W.DONE),
    (_W.DONE, "last_batch_ended", _W.DONE),
)

_UNENDED = (_B.OPEN, _B.RELEASED, _B.CLAIMED, _B.PAUSED)

_BATCH: tuple[Transition, ...] = (
    *((state, "add_task", state) for state in _UNENDED),
    (_B.OPEN, "release_batch", _B.RELEASED),
    (_B.RELEASED, "claim_batch", _B.CLAIMED),
    (_B.CLAIMED, "claim_batch", _B.CLAIMED),
    # What the holder of a batch does with it and its tasks.
    (_B.CLAIMED, "work", _B.CLAIMED),
    (_B.CLAIMED, "pause_batch", _B.PAUSED),
    (_B.PAUSED, "resume_batch", _B.CLAIMED),
    (_B.CLAIMED, "drop_batch", _B.RELEASED),
    (_B.PAUSED, "drop_batch", _B.RELEASED),
    (_B.CLAIMED, "tick", _B.RELEASED),
    (_B.RELEASED, "reassign_batch", _B.CLAIMED),
    (_B.CLAIMED, "reassign_batch", _B.CLAIMED),
    (_B.PAUSED, "reassign_batch", _B.CLAIMED),
    (_B.CLAIMED, "deliver_batch", _B.DONE),
    (_B.RELEASED, "nothing_left", _B.DONE),
    *((state, "cancel_batch", _B.CANCELLED) for state in _UNENDED),
    # Goods in totes cannot be wished back onto the shelf: they are delivered first.
    *((state, "cancel_batch_partly", state) for state in _UNENDED),
)

_TASK: tuple[Transition, ...] = (
    (_T.OPEN, "confirm_task", _T.DONE),
    (_T.OPEN, "confirm_task_partly", _T.OPEN),
    (_T.OPEN, "short_task", _T.SHORT),
    (_T.OPEN, "drop_task", _T.DROPPED),
    (_T.OPEN, "route_task", _T.OPEN),
)

_LOAD: tuple[Transition, ...] = (
    (_L.EXPECTED, "put_load", _L.EXPECTED),
    (_L.AT_DOOR, "put_load", _L.AT_DOOR),
    (_L.EXPECTED, "dock_load", _L.AT_DOOR),
    (_L.AT_DOOR, "dock_load", _L.AT_DOOR),
    (_L.AT_DOOR, "load_unit", _L.AT_DOOR),
    (_L.AT_DOOR, "depart", _L.DEPARTED),
)

LIFE_CYCLES: Mapping[str, tuple[Transition, ...]] = MappingProxyType(
    {
        "order": _ORDER,
        "promise": _PROMISE,
        "allocation": _ALLOCATION,
        "handling_unit": _HANDLING_UNIT,
        "wave": _WAVE,
        "batch": _BATCH,
        "task": _TASK,
        "load": _LOAD,
    }
)
BORN: Mapping[str, tuple[tuple[str, IntEnum], ...]] = MappingProxyType(
    {
        "order": (("accept", _O.OPEN),),
        "promise": (("promise", _P.LIVE), ("promise for later", _P.PEGGED)),
        "allocation": (),
        "handling_unit": (("put_handling_unit", _H.EMPTY),),
        "wave": (("put_wave", _W.PLANNED),),
        "batch": (("open_batch", _B.OPEN),),
        "task": (("add_pick", _T.OPEN), ("add_move", _T.OPEN), ("short_task", _T.OPEN)),
        "load": (("put_load", _L.EXPECTED),),
    }
)

_NEXT: dict[str, dict[tuple[int, str], int]] = {
    entity: {(int(state), cause): int(after) for state, cause, after in table}
    for entity, table in LIFE_CYCLES.items()
}


def next_state(entity: str, state: int, cause: str) -> int | None:
    """Give the state that follows, None when the life cycle does not allow the cause.

    Parameters
    ----------
    entity : str
        A key of `LIFE_CYCLES`.
    state : int
        Present state, a code of `kernels.columns`.
    cause : str
        Command or other cause.

    Returns
    -------
    int or None
        The following state's code.
    """
    return _NEXT[entity].get((state, cause))


def causes(entity: str) -> list[str]:
    """Give the causes that an entity's table knows, sorted."""
    return sorted({cause for _, cause, _ in LIFE_CYCLES[entity]})


def render_diagram(entity: str) -> str:
    """Give an entity's life cycle as the text of a Mermaid state diagram.

    Causes of the same step share an arrow. Steps that leave the state as it is are left out.

    Parameters
    ----------
    entity : str
        As in `next_state`.

    Returns
    -------
    str
        Lines, each ended by a newline.
    """
    arrows: dict[tuple[str, str], list[str]] = {}
    for cause, state in BORN[entity]:
        arrows.setdefault(("[*]", state.name), []).append(cause)
    for before, cause, after in LIFE_CYCLES[entity]:
        if before is not after:
            arrows.setdefault((before.name, after.name), []).append(cause)
    lines = [f"    {a} --> {b} : {', '.join(names)}" for (a, b), names in arrows.items()]
    return "\n".join(["stateDiagram-v2", *lines, ""])


def render_page() -> str:
    """Give the whole text of docs/lifecycles.md."""
    parts = [
        "# Life cycles\n\n"
        "Made from the tables in `engine/lifecycle.py` by `render_page`; do not edit. Steps that "
        "leave\nthe state as it is are not drawn. A cause `..._partly` is the command when it "
        "leaves something\nbehind.\n"
    ]
    for entity in LIFE_CYCLES:
        title = entity.replace("_", " ").capitalize()
        table = "\n".join(_rows(LIFE_CYCLES[entity]))
        parts.append(
            f"## {title}\n\n```mermaid\n{render_diagram(entity)}```\n\n"
            f"| From | Cause | To |\n|---|---|---|\n{table}\n"
        )
    return "\n".join(parts)


def _rows(table: Iterable[Transition]) -> list[str]:
    return [f"| {before.name} | `{cause}` | {after.name} |" for before, cause, after in table]
