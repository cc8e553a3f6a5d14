"""Kernels of tours over any matrix, against slow and obvious ways to the same."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.kernels.columns import FAR_MM
from slotline.kernels.random_bits import random_state
from slotline.kernels.set_partition import partition_sets
from slotline.kernels.tour_bound import BOUND, raise_tour_bound
from slotline.kernels.tour_moves import (
    MOVES,
    REVERSE,
    SWAP,
    SWAP_FIRST_REVERSED,
    TourLimits,
    change_mm,
    keeps_limits,
    make_move,
    measure_tour,
)
from slotline.kernels.tour_search import BEST, begin_tour_search, search_tours
from slotline.kernels.tour_subsets import shortest_ways, trace_way
from slotline.optimizer.tour_arrays import make_bound, make_limits, make_search, make_state
from slotline.optimizer.tour_rules import TourRules, check_rules


def tour_mm(walk_mm: np.ndarray, point: list[int]) -> int:
    """Length of a tour: point 0 is its first and its last one."""
    return sum(int(walk_mm[one, other]) for one, other in pairwise([*point, point[0]]))


def shortest_mm(walk_mm: np.ndarray) -> int:
    """Length of the best of all orders."""
    return min(tour_mm(walk_mm, [0, *order]) for order in permutations(range(1, len(walk_mm))))


def no_limits(stop_count: int) -> TourLimits:
    """Limits that bind nothing."""
    return make_limits(check_rules(None, stop_count), 0)


@st.composite
def matrices(draw: st.DrawFn, *, most: int, least: int = 2) -> np.ndarray:
    """Draw ways between points, the same there and back or not."""
    count = draw(st.integers(least, most))
    seed = draw(st.integers(0, 2**32 - 1))
    walk_mm = np.random.default_rng(seed).integers(0, 60, (count, count))
    if draw(st.booleans()):
        walk_mm[1:, 1:] = np.maximum(walk_mm, walk_mm.T)[1:, 1:]
    np.fill_diagonal(walk_mm, 0)
    return walk_mm


@settings(max_examples=60, deadline=None)
@given(matrices(most=6), st.data())
def test_ways_through_sets_are_the_best_of_all_orders(
    walk_mm: np.ndarray, data: st.DataObject
) -> None:
    """Every set, with stops that must not come before others; the order traced has the length."""
    stop_count = len(walk_mm) - 1
    rank = data.draw(st.lists(st.integers(0, 2), min_size=stop_count, max_size=stop_count))
    behind = np.array(
        [sum(1 << j for j in range(stop_count) if rank[j] > rank[i]) for i in range(stop_count)],
        np.int32,
    )
    way_mm = np.empty((1 << stop_count, stop_count), np.int64)
    through_mm = np.empty(1 << stop_count, np.int64)
    shortest_ways(walk_mm, behind, way_mm, through_mm)
    order = np.empty(stop_count, np.int32)
    for chosen in range(1, 1 << stop_count):
        members = [stop for stop in range(stop_count) if chosen >> stop & 1]
        best = min(
            tour_mm(walk_mm, [0, *(stop + 1 for stop in stops)])
            for stops in permutations(members)
            if all(rank[one] <= rank[other] for one, other in pairwise(stops))
        )
        assert through_mm[chosen] == best
        count = trace_way(walk_mm, way_mm, chosen, order)
        assert sorted(order[:count].tolist()) == members
        assert tour_mm(walk_mm, [0, *(order[:count] + 1).tolist()]) == best


def partitions(members: list[int]) -> list[list[int]]:
    """Every partition, a part as a word of bits."""
    if not members:
        return [[]]
    first, *rest = members
    found = []
    for smaller in partitions(rest):
        found.append([1 << first, *smaller])
        found += [
            [*smaller[:at], part | 1 << first, *smaller[at + 1 :]]
            for at, part in enumerate(smaller)
        ]
    return found


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.data())
def test_the_best_partition_is_the_best_of_all(count: int, data: st.DataObject) -> None:
    """Where some sets may not be a part."""
    costs = st.one_of(st.integers(0, 30), st.just(int(FAR_MM)))
    drawn = data.draw(st.lists(costs, min_size=1 << count, max_size=1 << count))
    cost_mm = np.array(drawn, np.int64)
    best_mm, best_part = np.empty(1 << count, np.int64), np.zeros(1 << count, np.int32)
    total_mm = partition_sets(cost_mm, best_mm, best_part)
    totals = [sum(drawn[part] for part in parts) for parts in partitions(list(range(count)))]
    assert total_mm == min(*totals, FAR_MM)
    if total_mm < FAR_MM:
        left, walked = (1 << count) - 1, 0
        while left:
            walked += drawn[best_part[left]]
            left ^= int(best_part[left])
        assert walked == total_mm


def moved(point: list[int], move: int, cuts: tuple[int, int, int]) -> list[int]:
    """Make a move on a list."""
    p, q, r = cuts
    stay, first, second, rest = (
        point[: p + 1],
        point[p + 1 : q + 1],
        point[q + 1 : r + 1],
        point[r + 1 :],
    )
    if move == REVERSE:
        return [*stay, *first[::-1], *point[q + 1 :]]
    if move == SWAP:
        return [*stay, *second, *first, *rest]
    if move == SWAP_FIRST_REVERSED:
        return [*stay, *second, *first[::-1], *rest]
    return [*stay, *second[::-1], *first, *rest]


@settings(max_examples=60, deadline=None)
@given(matrices(least=4, most=8), st.data())
def test_moves_are_told_before_they_are_made(walk_mm: np.ndarray, data: st.DataObject) -> None:
    """The change that is told is that of the tour written out, the tour made is that one."""
    count = len(walk_mm)
    point = [0, *data.draw(st.permutations(range(1, count)))]
    cuts = st.sampled_from(
        [(p, q, r) for p in range(count) for q in range(p + 1, count) for r in range(q + 1, count)]
    )
    for move in MOVES:
        p, q, r = data.draw(cuts)
        state = make_state(walk_mm, np.array(point, np.int32))
        assert measure_tour(state, 1) == tour_mm(walk_mm, point)
        expected = moved(point, move, (p, q, r))
        told = change_mm(state, move, p, q, r)
        assert tour_mm(walk_mm, expected) - tour_mm(walk_mm, point) == told
        assert make_move(state, no_limits(count - 1), move, p, q, r)
        assert state.point.tolist() == expected
        assert state.position[state.point].tolist() == list(range(count))
        forth, back = state.forth_mm.copy(), state.back_mm.copy()
        measure_tour(state, 1)
        assert forth.tolist() == state.forth_mm.tolist()
        assert back.tolist() == state.back_mm.tolist()


def keeps(rules: TourRules, limit: int, trips: list[list[int]]) -> bool:
    """Look at every pair of stops and every trip."""
    for trip in trips:
        if sum(rules.slots[stop] for stop in trip) > limit:
            return False
        for at, stop in enumerate(trip):
            for later in trip[at + 1 :]:
                if rules.tote[stop] == rules.tote[later] and rules.rank[later] < rules.rank[stop]:
                    return False
    return True


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 6), st.integers(0, 2), st.data())
def test_limits_hold_between_returns(count: int, returns: int, data: st.DataObject) -> None:
    """Ranks in a tote and loads, from one visit to the end to the next."""

    def column(low: int, high: int) -> list[int]:
        return data.draw(st.lists(st.integers(low, high), min_size=count, max_size=count))

    rules = TourRules(rank=column(0, 2), tote=column(0, 1), slots=column(0, 3))
    checked = check_rules(rules, count)
    limit = data.draw(st.integers(3, 9))
    limits = make_limits(checked, returns)._replace(
        bind=np.array([True]),
        load=np.array([[0], *([units] for units in rules.slots), *([0] for _ in range(returns))]),
        load_max=np.array([limit]),
        carried=np.empty(1, np.int64),
    )
    order = data.draw(st.permutations(range(1, count + returns + 1)))
    trips: list[list[int]] = [[]]
    for point in order:
        if point > count:
            trips.append([])
        else:
            trips[-1].append(point - 1)
    expected = keeps(rules, limit, trips)
    assert keeps_limits(limits, np.array([0, *order], np.int32)) == expected


@settings(max_examples=60, deadline=None)
@given(matrices(least=4, most=6))
def test_the_bound_is_below_every_tour(walk_mm: np.ndarray) -> None:
    """Ways the same there and back or not."""
    best_mm = shortest_mm(walk_mm)
    bound = make_bound(walk_mm)
    is_symmetric = bool((walk_mm[1:, 1:] == walk_mm[1:, 1:].T).all())
    raise_tour_bound(bound, best_mm, best_mm, is_symmetric, 60)
    assert bound.number[BOUND] <= best_mm + 1e-6


def test_the_search_finds_shortest_tours() -> None:
    """Of twelve small matrices of shortest ways, drawn once for all, that of each."""
    for seed in range(12):
        walk_mm = np.random.default_rng(seed).integers(1, 60, (7, 7))
        for by in range(7):
            walk_mm = np.minimum(walk_mm, walk_mm[:, [by]] + walk_mm[[by], :])
        state = make_state(walk_mm, np.arange(7, dtype=np.int32))
        search = make_search(walk_mm + FAR_MM * np.eye(7, dtype=np.int64), random_state(seed))
        begin_tour_search(state, no_limits(6), search)
        search_tours(state, no_limits(6), search, 150)
        assert search.number[BEST] == tour_mm(walk_mm, search.best.tolist())
        assert search.number[BEST] == shortest_mm(walk_mm)


def test_a_search_in_pieces_is_the_same_search() -> None:
    """However many calls its rounds take."""
    walk_mm = np.random.default_rng(3).integers(1, 900, (16, 16))
    found = []
    for pieces in ((40,), (1, 25, 14)):
        state = make_state(walk_mm, np.arange(16, dtype=np.int32))
        search = make_search(walk_mm, random_state(5))
        begin_tour_search(state, no_limits(15), search)
        for rounds in pieces:
            search_tours(state, no_limits(15), search, rounds)
        found.append((search.best.tolist(), search.random[0], search.number.tolist()))
    assert found[0] == found[1]
