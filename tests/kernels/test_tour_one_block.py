"""Lengths of tours in one block against every order of the stops."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.kernels.tour_one_block import one_block_length_mm, one_block_lengths_mm
from slotline.tests.optimizer.floors import Case, cases, shortest_mm

Columns = tuple[np.ndarray, np.ndarray]


def sorted_columns(case: Case) -> Columns:
    """Give the places of a closed tour, the depot among them, as the kernel wants them."""
    places = sorted((*case.stops, case.start))
    return (
        np.array([place.aisle for place in places], dtype=np.int32),
        np.array([place.y_mm for place in places], dtype=np.int64),
    )


@settings(max_examples=300, deadline=None)
@given(cases(block_max=1, stop_max=6, closed=True))
def test_no_order_of_the_stops_is_shorter(case: Case) -> None:
    """The depot may lie inside an aisle, and all stops in one."""
    aisle, y_mm = sorted_columns(case)
    front, back = case.rectangle.cross_y_mm
    found = one_block_length_mm(case.rectangle.aisle_x_mm, front, back, aisle, y_mm, len(aisle))
    assert shortest_mm(case) == found


def test_no_stops_are_no_way() -> None:
    """A tour of nothing has no length."""
    none = np.empty(0, dtype=np.int64)
    assert one_block_length_mm(np.array([5]), 0, 9, none.astype(np.int32), none, 0) == 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 20)), max_size=6), max_size=6))
def test_many_tours_are_each_on_its_own(tours: list[list[tuple[int, int]]]) -> None:
    """Sets of stops behind one another give what each gives alone, empty ones too."""
    aisle_x_mm = np.arange(5, dtype=np.int64) * 7
    stops = [stop for tour in tours for stop in sorted(tour)]
    aisle = np.array([aisle for aisle, _ in stops], dtype=np.int32)
    y_mm = np.array([y for _, y in stops], dtype=np.int64)
    first_stop = np.cumsum([0, *map(len, tours)])
    found = np.full(len(tours), -1, dtype=np.int64)
    one_block_lengths_mm(aisle_x_mm, 0, 20, aisle, y_mm, first_stop, found)
    alone = [
        one_block_length_mm(aisle_x_mm, 0, 20, aisle[i:j], y_mm[i:j], j - i)
        for i, j in pairwise(first_stop)
    ]
    assert alone == found.tolist()
