"""After a short pick: the rest of the batch as a short tour from where the picker stands.

The engine hangs what it has bound anew behind the last task. Outside the writer this module reads
the open tasks, finds a tour through their bins on the site map, and sends the new order as one
message of `route_task`. What has changed meanwhile is refused task by task, and told.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from ..engine.effects import EffectKind
from ..engine.errors import UnknownEntity
from ..kernels.columns import BATCH_CLAIMED, NONE, OUTCOME_DONE, TASK_PICK
from ..optimizer.distances import Distances
from ..optimizer.rectangle import Place
from ..optimizer.route import route
from ..optimizer.route_map import route_map
from ..optimizer.site_rectangle import NotRectangular, RectangularSite
from ..optimizer.tour_rules import TourRules
from .effect_worker import EffectWorker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..optimizer.site_map import SiteMap
    from ..optimizer.tour import Tour
    from .client import SlotlineClient
    from .v1 import slotline_pb2 as pb

    Rank = Callable[[pb.TaskInfo], int]

ENDPOINT: Final = "replan"
_CLAIMED: Final = (
    EffectKind.BATCH_CLAIMED,
    EffectKind.BATCH_REASSIGNED,
    EffectKind.BATCH_RESUMED,
)
_LEFT: Final = (
    EffectKind.BATCH_CANCELLED,
    EffectKind.BATCH_DELIVERED,
    EffectKind.BATCH_DROPPED,
    EffectKind.LEASE_TAKEN,
)


class PickFloor:
    """A site whose bins are locations of the engine, ready for tours.

    Parameters
    ----------
    site : SiteMap
        The map; codes of its bins are codes of locations.
    end : str
        Code of the place where tours end; empty for the first depot.

    Raises
    ------
    UnknownEntity
        No place has that code.
    """

    def __init__(self, site: SiteMap, end: str = "") -> None:
        codes = site.places.code
        if end and end not in codes:
            raise UnknownEntity(
                f"place: found code {end!r}, expected one of {', '.join(codes[:10])}"
            )
        self._place = codes.index(end) if end else int(site.depot_rows[0])
        self._site = site
        self._ways = _ways_of(site, self._place)
        self._row_of = {code: row for row, code in enumerate(site.bins.code)}

    def knows(self, location: str) -> bool:
        """Tell whether a location is a bin of the map."""
        return location in self._row_of

    @cached_property
    def _walks(self) -> Distances:
        return self._ways if isinstance(self._ways, Distances) else Distances(self._site)

    def tour_order(
        self, locations: Sequence[str], start: str = "", rules: TourRules | None = None
    ) -> list[int]:
        """Order stops as a short tour serves them.

        Parameters
        ----------
        locations : sequence of str, length n
            Bins of the map, in any order; one may come several times.
        start : str
            Where the picker stands; a place that is no bin stands for where tours end.
        rules : TourRules, optional
            What binds the stops beside the length; needs `route_map` on every site.

        Returns
        -------
        list of int, length n
            Positions in `locations`, in the order of the tour: by `route`, a shortest one, when the
            site is a rectangle of few blocks and tours end before one of its aisles, else by
            `route_map`.
        """
        rows = np.array([self._row_of[code] for code in locations], np.int64)
        row, ways = self._row_of.get(start, NONE), self._ways
        tour: Tour
        if rules is not None or isinstance(ways, Distances):
            walks = self._walks
            end_stop = walks.place_stop(self._place)
            tour = route_map(walks, rows, end_stop if row == NONE else row, end_stop, rules=rules)
        else:
            end = Place(int(ways.place_aisle[self._place]), int(ways.place_y_mm[self._place]))
            begin = end
            if row != NONE:
                begin = Place(int(ways.bin_aisle[row]), int(ways.bin_y_mm[row]))
            tour = route(ways.rectangle, ways.bin_aisle[rows], ways.bin_y_mm[rows], begin, end)
        order: list[int] = tour.stop_order.tolist()
        return order


def _ways_of(site: SiteMap, place: int) -> RectangularSite | Distances:
    """Give the site as a rectangle that a place belongs to, else the index of its walks."""
    try:
        floor = site.rectangle()
    except NotRectangular:
        return Distances(site)
    # A place between two aisles is none at which a tour of the rectangle can end.
    return Distances(site) if floor.place_aisle[place] == NONE else floor


@dataclass(frozen=True, slots=True)
class Replan:
    """What became of one re-plan.

    Attributes
    ----------
    batch : int
        Number of the batch.
    tasks : tuple of int
        Tasks in their new order; those whose goods lie in no bin of the map come last.
    refused : tuple of (int, int)
        Tasks that have changed meanwhile, with the outcome that says how.
    sequence : int
        What the order reflects.
    routing_us : int
        How long the tour took to find.
    off_map : tuple of str
        Locations of picks that are no bins of the map, in order of their tasks.
    """

    batch: int
    tasks: tuple[int, ...]
    refused: tuple[tuple[int, int], ...]
    sequence: int
    routing_us: int
    off_map: tuple[str, ...] = ()


def replan_batch(
    client: SlotlineClient, floor: PickFloor, batch: int, at: str = "", rank: Rank | None = None
) -> Replan | None:
    """Put the open tasks of a batch into the order of a short tour from where the picker stands.

    Parameters
    ----------
    client : SlotlineClient
        Connected.
    floor : PickFloor
        The site.
    batch : int
        Number of a batch.
    at : str
        Location at which the picker stands; empty when that is not known.
    rank : callable, optional
        Gives the rank of a pick, lowest first: heavy before fragile. A pick comes behind those of
        lower rank that go into the same slot.

    Returns
    -------
    Replan or None
        None when nobody holds the batch, or there is nothing to put into an order.

    Raises
    ------
    SlotlineError
        The batch is not known, or the server was not reached in time.
    """
    return _replan(client, floor, client.get_batch(batch), at, rank)


def _replan(
    client: SlotlineClient,
    floor: PickFloor,
    shown: pb.GetBatchReply,
    at: str,
    rank: Rank | None,
) -> Replan | None:
    if shown.batch.state != BATCH_CLAIMED or len(shown.tasks) < 2:
        return None
    # Moves have two ends, and the place of goods on a fork-lift is no bin: these stay behind.
    picks = [one for one in shown.tasks if one.kind == TASK_PICK]
    on_map = [one for one in picks if floor.knows(one.location)]
    off_map = dict.fromkeys(one.location for one in picks if not floor.knows(one.location))
    known = {one.task for one in on_map}
    others = [one.task for one in shown.tasks if one.task not in known]
    start_ns = time.perf_counter_ns()
    order = []
    if on_map:
        rules = _rules_of(on_map, rank) if rank else None
        order = floor.tour_order([one.location for one in on_map], at, rules)
    routing_us = (time.perf_counter_ns() - start_ns) // 1_000
    tasks = [*(on_map[place].task for place in order), *others]
    result = client.bulk_route_task({"task": tasks, "tour_position": np.arange(len(tasks))})
    outcomes = result.outcome["outcome"].tolist()
    refused = [
        (task, outcome)
        for task, outcome in zip(tasks, outcomes, strict=True)
        if outcome != OUTCOME_DONE
    ]
    return Replan(
        batch=shown.batch.batch,
        tasks=tuple(tasks),
        refused=tuple(refused),
        sequence=shown.sequence,
        routing_us=routing_us,
        off_map=tuple(off_map),
    )


def _rules_of(picks: Sequence[pb.TaskInfo], rank: Rank) -> TourRules:
    return TourRules(rank=[rank(one) for one in picks], tote=[one.slot for one in picks])


class ReplanWorker:
    """Re-plans every batch with a short pick, in a process of its own; use `run`.

    A picker stands at the bin of the task that was short. The worker remembers the bins of all
    batches that it saw claimed, and of picks that were added since; a task that had ended before it
    looked is taken to be where tours end.

    Parameters
    ----------
    client : SlotlineClient
        Connected.
    floor : PickFloor
        The site.
    told : callable, optional
        Is given every `Replan`.
    rank : callable, optional
        As for `replan_batch`.
    """

    def __init__(
        self,
        client: SlotlineClient,
        floor: PickFloor,
        told: Callable[[Replan], object] | None = None,
        rank: Rank | None = None,
    ) -> None:
        self._client = client
        self._floor = floor
        self._told = told
        self._rank = rank
        self._places: dict[int, dict[int, str]] = {}
        self._worker = EffectWorker(
            client,
            ENDPOINT,
            self._take,
            kinds=(*_CLAIMED, *_LEFT, EffectKind.PICK_ADDED, EffectKind.TASK_SHORT),
        )

    def run(self, *, until_idle: bool = False) -> None:
        """Re-plan what is short from now on, until `stop` is called.

        Parameters
        ----------
        until_idle : bool
            Return when everything that has happened by now was taken.

        Raises
        ------
        SlotlineError
            The server refused, or was not reached in time.
        """
        if not until_idle:
            # An old shortage is of no use to anybody: its picker has long gone on.
            self._client.skip_effects(ENDPOINT)
        for info in self._client.list_batches(states=[BATCH_CLAIMED]):
            self._remember(self._client.get_batch(info.batch))
        self._worker.run(until_idle=until_idle)

    def stop(self) -> None:
        """Make `run` return; any thread may call it."""
        self._worker.stop()

    def _take(self, effect: pb.Effect) -> None:
        batch, kind = effect.entity, EffectKind(effect.kind)
        if kind in _LEFT:
            self._places.pop(batch, None)
            return
        if kind is EffectKind.PICK_ADDED and self._is_known(batch, _number(effect.results, "task")):
            return
        try:
            shown = self._client.get_batch(batch)
        except UnknownEntity:
            # So old that others have taken its number over.
            self._places.pop(batch, None)
            return
        if kind is EffectKind.TASK_SHORT:
            at = self._places.get(batch, {}).get(_number(effect.values, "task"), "")
            found = _replan(self._client, self._floor, shown, at, self._rank)
            if found is not None and self._told is not None:
                self._told(found)
        self._remember(shown)

    def _is_known(self, batch: int, task: int) -> bool:
        """Whether a task's bin is known, or is not needed yet: its batch is nobody's."""
        return batch not in self._places or task in self._places[batch]

    def _remember(self, shown: pb.GetBatchReply) -> None:
        if shown.batch.state == BATCH_CLAIMED:
            places = self._places.setdefault(shown.batch.batch, {})
            places |= {one.task: one.location for one in shown.tasks}


def _number(values: Iterable[pb.EffectValue], name: str) -> int:
    """Give one of the numbers of an effect."""
    return int(next(value.number for value in values if value.name == name))
