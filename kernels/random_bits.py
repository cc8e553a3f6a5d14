"""Random numbers of a search: one word of state, given by the caller, so a run can be repeated.

Shifts and exclusive ors only, so that it is the same without the compiler, where a product that
wraps round is an error. Source: Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8,
2003; the state's first value is mixed as by Steele, Lea and Flood, "Fast splittable pseudorandom
number generators" (SplitMix64), 2014, so that seeds next to each other have nothing in common.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .compiled import step

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORD = (1 << 64) - 1
_UNIT = 1.0 / (1 << 53)


def random_state(seed: int) -> NDArray[np.uint64]:
    """Give the state that a seed begins with.

    Parameters
    ----------
    seed : int
        Any.

    Returns
    -------
    random : uint64[1]
        Never 0, which would stay 0.
    """
    mixed = (seed + 1) * 0x9E3779B97F4A7C15 & _WORD
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _WORD
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _WORD
    return np.array([mixed ^ mixed >> 31 or 1], dtype=np.uint64)


@step
def _next_bits(random: NDArray[np.uint64]) -> int:
    bits = random[0]
    bits ^= bits << np.uint64(13)
    bits ^= bits >> np.uint64(7)
    bits ^= bits << np.uint64(17)
    random[0] = bits
    # The lowest bits are the weakest.
    return bits >> np.uint64(11)


@step
def random_unit(random: NDArray[np.uint64]) -> float:
    """Draw a number.

    Parameters
    ----------
    random : uint64[1]
        State, moved on.

    Returns
    -------
    number : float64
        Uniform in [0, 1).
    """
    return np.float64(_next_bits(random)) * _UNIT


@step
def random_below(random: NDArray[np.uint64], bound: int) -> int:
    """Draw a whole number.

    Parameters
    ----------
    random : uint64[1]
        State, moved on.
    bound : int64
        At least 1.

    Returns
    -------
    number : int64
        From 0 up to `bound`, that excluded.
    """
    return np.int64(_next_bits(random) % np.uint64(bound))
