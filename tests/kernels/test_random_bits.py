"""Random numbers: the generator as published, in Python's own whole numbers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slotline.kernels.random_bits import random_below, random_state, random_unit

_WORD = (1 << 64) - 1


def _next_state(state: int) -> int:
    state ^= state << 13 & _WORD
    state ^= state >> 7
    return state ^ (state << 17 & _WORD)


@given(st.integers(1, _WORD), st.integers(1, 1 << 40))
def test_numbers_follow_from_the_state(state: int, bound: int) -> None:
    """Both kinds move it on alike and use its upper bits."""
    random = np.array([state], dtype=np.uint64)
    for _ in range(3):
        state = _next_state(state)
        assert random_below(random, bound) == (state >> 11) % bound
        assert int(random[0]) == state
        state = _next_state(state)
        assert random_unit(random) == (state >> 11) / (1 << 53)
        assert int(random[0]) == state


@given(st.integers(-(1 << 70), 1 << 70))
def test_every_seed_begins_with_a_state(seed: int) -> None:
    """None of them is stuck at 0."""
    assert random_state(seed).dtype == np.uint64
    assert random_state(seed)[0] != 0


def test_seeds_next_to_each_other_have_nothing_in_common() -> None:
    """About half of the bits differ, and the numbers are spread over their range."""
    states = [int(random_state(seed)[0]) for seed in range(1_000)]
    assert len(set(states)) == 1_000
    differing = [bin(one ^ other).count("1") for one, other in pairwise(states)]
    assert np.mean(differing) == pytest.approx(32, abs=0.5)
    drawn = [random_below(random_state(seed), 10) for seed in range(1_000)]
    assert np.bincount(drawn, minlength=10).min() > 60
