"""Waves on the floor: orders released, carts walked, goods picked, not found, counted, packed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ...engine.errors import InvariantBroken
from ...engine.schema import HandlingUnitKind
from ...kernels.columns import (
    ALLOCATION_BOUND,
    NONE,
    ORDER_OPEN,
    OUTCOME_DONE,
    OUTCOME_SHORT,
    PLACEMENT_POOL,
    POLICY_PARTIAL,
    STATUS_HELD,
)
from ..client import Bulk
from .desk import SERVED, make_key
from .floor import Role
from .opening import REASON, tote_code
from .order_book import OrderTables
from .tours import Tour, assign_carts, s_shape_tour

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .desk import Desk
    from .opening import Refs
    from .order_book import OrderBook
    from .site import Site

_CARTON: Final = "CARTON-{:06d}"
_ROUNDS_MAX: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class PickList:
    """Bound allocations of the orders of one wave, length n.

    Attributes
    ----------
    allocation, number : int64[n]
        Allocation row and order number.
    place : int64[n]
        Position of the order within the wave.
    line : int64[n]
        Row of the line in the order book.
    units : int64[n]
        To be picked.
    location_row : int64[n]
        Where, row of `Locations`.
    """

    allocation: NDArray[np.int64]
    number: NDArray[np.int64]
    place: NDArray[np.int64]
    line: NDArray[np.int64]
    units: NDArray[np.int64]
    location_row: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Wave:
    """Orders that were released together, length n.

    Attributes
    ----------
    number, row, reference : int64[n]
        Order numbers, rows of table `order`, references.
    cart : int32[n]
        Cart of each.
    first_line : int64[n]
        Row of table `line` of each order's first line.
    """

    number: NDArray[np.int64]
    row: NDArray[np.int64]
    reference: NDArray[np.int64]
    cart: NDArray[np.int32]
    first_line: NDArray[np.int64]


class Picking:
    """Works through waves.

    Parameters
    ----------
    desk : Desk
        Clients.
    site : Site
        Bins and aisles.
    refs : Refs
        What the server calls them.
    book : OrderBook
        The orders.

    Attributes
    ----------
    tours : list of Tour
        All walks so far.
    tour_bins : list of int64[k]
        Location rows of each walk's bins.
    picked_lines : int
        Picks confirmed.
    short_picks : int
        Picks at which goods were missing.
    unreplaced_units : int
        Units missing at picks and found in no other bin.
    recounted_rows : int
        Stock rows held after a short pick, counted and given free again.
    """

    def __init__(self, desk: Desk, site: Site, refs: Refs, book: OrderBook) -> None:
        self._desk = desk
        self._site = site
        self._refs = refs
        self._book = book
        self._cartons = 0
        self._pack_stations = refs.location[site.locations.rows_with(Role.PACK)]
        self._held_before = self._held_rows()[0]
        self._must_count = False
        self.tours: list[Tour] = []
        self.tour_bins: list[NDArray[np.int64]] = []
        self.picked_lines = 0
        self.short_picks = 0
        self.unreplaced_units = 0
        self.recounted_rows = 0

    def work(self, wave_row: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Release, pick and pack one wave.

        Parameters
        ----------
        wave_row : int
            Row of `Day.wave_us`.

        Returns
        -------
        list of (int64[n], int64[n])
            Numbers and references of the packed orders; empty when there were none.
        """
        self._count_again()
        wave = self._release(wave_row)
        if wave is None:
            return []
        picked = np.zeros(len(wave.number), np.int64)
        for _ in range(_ROUNDS_MAX):
            tasks = self._pick_list(wave)
            if not len(tasks.units):
                break
            self._pick(wave, tasks, picked)
        else:
            raise InvariantBroken(f"wave {wave_row}: found picks after {_ROUNDS_MAX} rounds")
        return [self._pack(wave, picked)]

    # -- release ------------------------------------------------------------------------------

    def _release(self, wave_row: int) -> Wave | None:
        """Allocate again what was short, then bind what is due to bins."""
        desk, book, seen = self._desk, self._book, OrderTables(self._desk)
        order = seen.order
        is_open = order["state"] == ORDER_OPEN
        waiting = np.flatnonzero(is_open & (seen.open_units > 0))
        waiting = waiting[np.lexsort((waiting, order["priority"][waiting]))]
        if len(waiting):
            got = desk.bulk(
                "allocate",
                {"order": order["number"][waiting], "placement": PLACEMENT_POOL},
                expected=SERVED,
            )["allocated_units"]
            seen.allocated_units[waiting] += got
            seen.open_units[waiting] -= got
        due = book.wave_row[order["reference"]] <= wave_row
        whole = (order["policy"] == POLICY_PARTIAL) | (seen.open_units == 0)
        rows = np.flatnonzero(is_open & due & whole & (seen.allocated_units > 0))
        if not len(rows):
            return None
        outcome = desk.bulk(
            "release", {"order": order["number"][rows], "wave": wave_row}, expected=SERVED
        )["outcome"]
        rows = rows[outcome != OUTCOME_SHORT]
        reference = order["reference"][rows]
        trucks = book.choose_trucks(reference, desk.clock.now_us())
        return Wave(
            number=order["number"][rows],
            row=rows,
            reference=reference,
            cart=assign_carts(trucks.astype(np.int32)),
            first_line=order["line_first"][rows].astype(np.int64),
        )

    def _pick_list(self, wave: Wave) -> PickList:
        """Read the bound allocations of a wave's orders."""
        allocation, stock = self._desk.export("allocation"), self._desk.export("stock")
        line_order = self._desk.export("line")["order"]
        bound = np.flatnonzero(allocation["state"] == ALLOCATION_BOUND)
        row = line_order[allocation["line"][bound]]
        place = np.searchsorted(wave.row, row)
        place[place == len(wave.row)] = 0
        mine = wave.row[place] == row if len(wave.row) else np.zeros(len(row), np.bool_)
        bound, place = bound[mine], place[mine]
        source = allocation["stock"][bound]
        location = stock["location"][source].astype(np.int64)
        for at in np.flatnonzero(location == NONE).tolist():
            location[at] = self._refs.unit_location[int(stock["handling_unit"][source[at]])]
        first = self._book.first_line[wave.reference[place]]
        return PickList(
            allocation=bound.astype(np.int64),
            number=wave.number[place],
            place=place.astype(np.int64),
            line=first + allocation["line"][bound] - wave.first_line[place],
            units=allocation["units"][bound].astype(np.int64),
            location_row=self._refs.location_row[location].astype(np.int64),
        )

    # -- picks --------------------------------------------------------------------------------

    def _pick(self, wave: Wave, tasks: PickList, picked: NDArray[np.int64]) -> None:
        """Walk every cart once; what is missing is told by single calls."""
        missing = np.minimum(self._book.missing_units[tasks.line], tasks.units)
        # A line with several bins misses its units in the first of them only.
        _, first = np.unique(tasks.line, return_index=True)
        is_first = np.zeros(len(missing), np.bool_)
        is_first[first] = True
        missing[~is_first] = 0
        messages = []
        carts = wave.cart[tasks.place]
        for cart in np.unique(carts).tolist():
            stops = self._walk(np.flatnonzero(carts == cart), tasks)
            found = stops[missing[stops] == 0]
            if len(found):
                columns: dict[str, Any] = {
                    "order": tasks.number[found],
                    "allocation": tasks.allocation[found],
                    "units": tasks.units[found],
                    "handling_unit": self._refs.tote[tasks.place[found] % len(self._refs.tote)],
                }
                messages.append(Bulk("pick", columns, key=make_key(self._desk.clock.now_us())))
                np.add.at(picked, tasks.place[found], tasks.units[found])
                self.picked_lines += len(found)
        self._desk.send(messages)
        lacking = np.flatnonzero(missing)
        if len(lacking):
            self._must_count = True
            self._book.missing_units[tasks.line[lacking]] = 0
            self._desk.each(lambda at: self._short_pick(tasks, at, int(missing[at])), lacking)
            np.add.at(picked, tasks.place[lacking], tasks.units[lacking] - missing[lacking])

    def _walk(self, rows: NDArray[np.int64], tasks: PickList) -> NDArray[np.int64]:
        """Put a cart's picks in the order of its tour; what stands at a dock comes first."""
        places = self._site.locations
        bins, stop = np.unique(tasks.location_row[rows], return_inverse=True)
        racks = np.flatnonzero(places.aisle[bins] >= 0)
        tour = s_shape_tour(
            self._site.plan,
            places.aisle[bins[racks]],
            places.block[bins[racks]],
            places.approach_y_mm[bins[racks]],
        )
        self.tours.append(tour)
        self.tour_bins.append(bins[racks])
        rank = np.full(len(bins), -1, np.int64)
        rank[racks[tour.visit]] = np.arange(len(racks))
        return rows[np.lexsort((rows, rank[stop]))]

    def _short_pick(self, tasks: PickList, at: int, missing_units: int) -> None:
        reply = self._desk.call(
            "short_pick",
            order=int(tasks.number[at]),
            allocation=int(tasks.allocation[at]),
            found_units=int(tasks.units[at]) - missing_units,
            handling_unit=tote_code(int(tasks.place[at]) % len(self._refs.tote)),
            reason=REASON,
        )
        if reply.outcome not in SERVED:
            raise InvariantBroken(f"short pick: found outcome {reply.outcome}, expected a known")
        self.short_picks += 1
        self.unreplaced_units += reply.short_units

    # -- counting, packing --------------------------------------------------------------------

    def _held_rows(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Give the held stock rows and their units."""
        stock, pool = self._desk.export("stock"), self._desk.export("pool")
        on_hand = stock["on_hand_units"]
        held = np.flatnonzero((on_hand > 0) & (pool["status"][stock["pool"]] == STATUS_HELD))
        return held, on_hand[held]

    def _count_again(self) -> None:
        """Count the bins that were held after a short pick, and give them free again."""
        if not self._must_count:
            return
        self._must_count = False
        rows, units = self._held_rows()
        new = ~np.isin(rows, self._held_before)
        if new.any():
            columns = {"stock": rows[new], "units": units[new], "reason": self._refs.reason}
            self._desk.bulk("release_hold", columns)
            self.recounted_rows += int(new.sum())

    def _pack(
        self, wave: Wave, picked: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pack every order with goods into a carton; the others become open again."""
        full, empty = np.flatnonzero(picked), np.flatnonzero(picked == 0)
        if len(empty):
            self._desk.bulk("deallocate", {"order": wave.number[empty]})
        if len(full):
            serial = self._cartons + 1 + np.arange(len(full))
            self._cartons += len(full)
            stations = self._pack_stations[serial % len(self._pack_stations)]
            columns = {
                "code": [_CARTON.format(number) for number in serial.tolist()],
                "kind": int(HandlingUnitKind.CARTON),
                "parent": NONE,
                "location": stations,
            }
            cartons = self._desk.bulk("put_handling_unit", columns)["handling_unit"]
            self._desk.bulk(
                "pack",
                {"order": wave.number[full], "handling_unit": cartons},
                expected=(OUTCOME_DONE,),
            )
        return wave.number[full], wave.reference[full]
