"""The cheapest place of a stop against trying every place, and a search that loses nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from slotline.kernels.columns import NONE
from slotline.kernels.picker_search import (
    ABSENT,
    BEST_ABSENT,
    BEST_LENGTH,
    LENGTH,
    NUMBER_COUNT,
    PickerSearch,
    begin_picker_search,
    search_pickers,
)
from slotline.kernels.picker_tours import (
    PickerInput,
    PickerTours,
    fill_tours,
    insert_cheapest,
    put_in,
    refresh_tour,
)
from slotline.kernels.random_bits import random_state


def _input(seed: int, stops: int, pickers: int) -> PickerInput:
    """Draw places, windows, loads and shifts; the last picker is as the first."""
    rng = np.random.default_rng(seed)
    places = stops + 1
    walked_mm = rng.integers(1, 100, (places, places))
    np.fill_diagonal(walked_mm, 0)
    opens_us = rng.integers(0, 300, stops)
    speed = rng.integers(0, 2, pickers).astype(np.int32)
    speed[-1] = speed[0]
    shift_us = rng.integers(100, 800, pickers)
    shift_us[-1] = shift_us[0]
    alike = np.stack((speed, shift_us))
    kind = np.unique(alike, axis=1, return_inverse=True)[1].ravel()
    near = [[other for other in range(stops) if other != stop] for stop in range(stops)]
    return PickerInput(
        walked_mm=walked_mm,
        travel_us=np.stack((walked_mm, 2 * walked_mm)),
        stop_place=np.arange(1, places, dtype=np.int32),
        opens_us=opens_us,
        closes_us=opens_us + rng.integers(0, 300, stops),
        work_us=rng.integers(0, 20, stops),
        load=rng.integers(0, 4, (stops, 1)),
        start_place=np.zeros(pickers, np.int32),
        end_place=np.zeros(pickers, np.int32),
        shift_start_us=np.zeros(pickers, np.int64),
        shift_end_us=shift_us,
        load_max=np.full((pickers, 1), 6),
        speed=speed,
        kind=kind.astype(np.int32),
        near=np.array(near, dtype=np.int32).reshape(stops, stops - 1),
    )


def _empty(held: PickerInput) -> PickerTours:
    pickers, stops = len(held.start_place), len(held.stop_place)
    tours = PickerTours(
        np.zeros((pickers, stops), np.int32), np.zeros(pickers, np.int64),
        np.zeros((pickers, 1), np.int64), np.zeros(pickers, np.int64),
        np.zeros((pickers, stops + 2), np.int64), np.zeros((pickers, stops + 2), np.int64),
        np.full(stops, NONE, np.int32), np.zeros(stops, np.int32),
        np.ones(pickers, np.bool_), np.full(pickers, NONE, np.int64),
    )  # fmt: skip
    for picker in range(pickers):
        refresh_tour(held, tours, picker)
    return tours


def _walk(held: PickerInput, picker: int, tour: list[int]) -> int | None:
    """Length of a tour, None when it cannot be walked."""
    at, us, length_mm = held.start_place[picker], held.shift_start_us[picker], 0
    way_us = held.travel_us[held.speed[picker]]
    for stop in tour:
        there = held.stop_place[stop]
        length_mm += int(held.walked_mm[at, there])
        us = max(us + way_us[at, there], held.opens_us[stop])
        if us > held.closes_us[stop]:
            return None
        us += held.work_us[stop]
        at = there
    if tour:
        length_mm += int(held.walked_mm[at, held.end_place[picker]])
        us += way_us[at, held.end_place[picker]]
    load = int(held.load[tour].sum())
    fits = us <= held.shift_end_us[picker] and load <= held.load_max[picker, 0]
    return length_mm if fits else None


def _tours(tours: PickerTours) -> list[list[int]]:
    return [row[:count].tolist() for row, count in zip(tours.tour, tours.stop_count, strict=True)]


_SHAPE = {
    "seed": st.integers(0, 10_000),
    "stops": st.integers(2, 7),
    "pickers": st.integers(2, 3),
}


@given(**_SHAPE)
@settings(max_examples=80, deadline=None)
def test_place_is_the_cheapest_of_all(seed: int, stops: int, pickers: int) -> None:
    """Every stop goes where trying all places finds the least growth, or nowhere if none holds."""
    held, random = _input(seed, stops, pickers), random_state(1)
    tours = _empty(held)
    for stop in range(stops):
        before = _tours(tours)
        grows = [
            longer - (_walk(held, picker, tour) or 0)
            for picker, tour in enumerate(before)
            for at in range(len(tour) + 1)
            if (longer := _walk(held, picker, [*tour[:at], stop, *tour[at:]])) is not None
        ]
        place = insert_cheapest(held, tours, stop, 0, random)
        assert (place == NONE) == (not grows)
        if place != NONE:
            length_mm = int(tours.length_mm.sum())
            put_in(held, tours, stop, place)
            assert int(tours.length_mm.sum()) - length_mm == min(grows)
        for picker, tour in enumerate(_tours(tours)):
            assert tours.length_mm[picker] == _walk(held, picker, tour)


# A stop that leaves a tour makes it longer here: the drawn ways are not the shortest ones.
@example(seed=305, stops=7, pickers=2)
@given(**_SHAPE)
@settings(max_examples=40, deadline=None)
def test_search_keeps_count_and_never_loses(seed: int, stops: int, pickers: int) -> None:
    """Its lengths and absent stops are those of its tours, and the best is no worse than before."""
    held, random = _input(seed, stops, pickers), random_state(seed)
    tours = _empty(held)
    order = np.arange(stops, dtype=np.int32)
    absent = fill_tours(held, tours, order, random)
    length_mm = int(tours.length_mm.sum())
    search = PickerSearch(
        np.stack((np.full(stops, -1), held.opens_us)), np.zeros(stops, np.int32),
        np.zeros(stops, np.int32), np.zeros(pickers, np.int32), np.zeros(pickers, np.bool_),
        np.zeros((pickers, stops), np.int32), np.zeros((pickers, stops), np.int32),
        np.zeros(pickers, np.int64), np.zeros(pickers, np.int64), np.zeros(stops, np.int64),
        np.zeros(NUMBER_COUNT, np.int64), random,
    )  # fmt: skip
    begin_picker_search(held, tours, search)
    assert (search.number[ABSENT], search.number[LENGTH]) == (absent, length_mm)
    search_pickers(held, tours, search, 30, 20.0, 1.0)
    number = search.number
    assert (number[BEST_ABSENT], number[BEST_LENGTH]) <= (absent, length_mm)
    best = [
        row[:count].tolist() for row, count in zip(search.best_tour, search.best_count, strict=True)
    ]
    for found, lacking, mm in (
        (_tours(tours), number[ABSENT], number[LENGTH]),
        (best, number[BEST_ABSENT], number[BEST_LENGTH]),
    ):
        walked = [_walk(held, picker, tour) for picker, tour in enumerate(found)]
        assert None not in walked
        assert sum(w for w in walked if w is not None) == mm
        served = sorted(stop for tour in found for stop in tour)
        assert len(served) == len(set(served)) == stops - lacking
