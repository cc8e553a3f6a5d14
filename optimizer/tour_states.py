"""Classes of partial tours on a rectangular floor, and what each choice makes of them.

The exact solver takes the aisles from left to right. What the part of a tour left of an aisle says
about the rest is, for each crossing of that aisle with a cross-aisle, whether the part meets it
and with an odd or even degree, and which of the crossings hang together. Crossings that hang
together never interleave, so these classes are few. They are not written down here but found:
from the empty one, by all choices, until nothing new comes (source of the classes: Ratliff and
Rosenthal 1983 for one block, Roodbergen and de Koster 2001 for two, Cambazard and Catusse 2018 for
any number).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ..kernels.tour_blocks import CHOICES, CLOSED_CHOICE_COUNT

if TYPE_CHECKING:
    from numpy.typing import NDArray

_UNMET: Final = 0
_ODD: Final = 1
_EVEN: Final = 2

_Class = tuple[tuple[int, int], ...]
"""For each crossing from front to back its degree (one of the above) and the number of its part,
parts numbered from 1 in the order of their first crossing, 0 where unmet."""


class TourStates(NamedTuple):
    """Classes of partial tours and the transitions between them.

    Classes are in an order in which those that meet more crossings come first.

    Attributes
    ----------
    after_choice : int16[B, T, C]
        Class after a choice (row of `CHOICES`) in a block; -1 when that is not allowed or never
        better than another.
    drops : int16[D, 2]
        Classes before and after not going on to the right at a crossing, wherever it need not,
        ascending by the class before.
    edges_across : int8[C, B + 1]
        Edges it takes to the next aisle: one at each odd crossing, two at each even one.
    across_weight : int64[C]
        Sum of them.
    complete : bool[C]
        Whether this is a whole tour: all even, in one part.
    empty : int
        The class of nothing.
    """

    after_choice: NDArray[np.int16]
    drops: NDArray[np.int16]
    edges_across: NDArray[np.int8]
    across_weight: NDArray[np.int64]
    complete: NDArray[np.bool_]
    empty: int


@lru_cache(maxsize=32)
def tour_states(block_count: int, *, closed: bool) -> TourStates:
    """Find all classes for a number of blocks.

    Parameters
    ----------
    block_count : int
        At least one.
    closed : bool
        Whether the tour ends where it starts. One that does not has more classes.

    Returns
    -------
    states : TourStates
        Read-only arrays.
    """
    choice_count = CLOSED_CHOICE_COUNT if closed else len(CHOICES)
    empty: _Class = ((_UNMET, 0),) * (block_count + 1)
    found = {empty}
    waiting = [empty]
    while waiting:
        state = waiting.pop()
        for after in _neighbours(state, choice_count):
            if after is not None and after not in found:
                found.add(after)
                waiting.append(after)
    classes = sorted(found, key=lambda state: (sum(d == _UNMET for d, _ in state), state))
    row = {state: i for i, state in enumerate(classes)}
    row_after = {None: -1} | row
    states = TourStates(
        after_choice=np.array(
            [
                [[row_after[_choose(s, block, choice)] for s in classes]
                 for choice in range(choice_count)]
                for block in range(block_count)
            ],
            dtype=np.int16,
        ),
        drops=np.array(
            [[row[s], row[after]] for s in classes for crossing in range(block_count + 1)
             if (after := _drop(s, crossing)) is not None],
            dtype=np.int16,
        ),
        edges_across=np.array([[d for d, _ in s] for s in classes], dtype=np.int8),
        across_weight=np.array([sum(d for d, _ in s) for s in classes], dtype=np.int64),
        complete=np.array([_is_complete(s) for s in classes]),
        empty=row[empty],
    )  # fmt: skip
    for array in states[:-1]:
        array.flags.writeable = False
    return states


def _neighbours(state: _Class, choice_count: int) -> list[_Class | None]:
    crossings = len(state)
    return [
        _choose(state, block, choice)
        for block in range(crossings - 1)
        for choice in range(choice_count)
    ] + [_drop(state, crossing) for crossing in range(crossings)]


def _choose(state: _Class, block: int, choice: int) -> _Class | None:
    """Give the class after a choice in the piece of the aisle in a block."""
    front_edges, back_edges, joined = CHOICES[choice]
    front, back = state[block], state[block + 1]
    if joined and front_edges == back_edges == 2 and front[1] and front[1] == back[1]:
        return None  # twice through where both ends hang together already: one-sided is shorter
    new_part = len(state) + 1
    front = _with_edges(front, front_edges, new_part)
    back = _with_edges(back, back_edges, new_part + 1)
    after = [*state[:block], front, back, *state[block + 2 :]]
    if joined:
        after = [(d, front[1] if part == back[1] else part) for d, part in after]
    return _canonical(after)


def _with_edges(crossing: tuple[int, int], edges: int, new_part: int) -> tuple[int, int]:
    degree, part = crossing
    if edges == 0:
        return crossing
    if degree == _UNMET:
        return edges, new_part
    return (_EVEN if (degree + edges) % 2 == 0 else _ODD), part


def _drop(state: _Class, crossing: int) -> _Class | None:
    """Give the class when nothing goes on at a crossing: only an even one, never a whole part."""
    degree, part = state[crossing]
    if degree != _EVEN or sum(other == part for _, other in state) == 1:
        return None
    return _canonical([*state[:crossing], (_UNMET, 0), *state[crossing + 1 :]])


def _canonical(state: list[tuple[int, int]]) -> _Class:
    numbers = {0: 0}
    return tuple((degree, numbers.setdefault(part, len(numbers))) for degree, part in state)


def _is_complete(state: _Class) -> bool:
    return all(degree != _ODD for degree, _ in state) and {part for _, part in state} | {0} == {
        0,
        1,
    }
