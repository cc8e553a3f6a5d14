"""Random numbers of a search: one word of state, given by the caller, so a run can be repeated.

Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (SplitMix64), 2014.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .compiled import step

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_UNIT = 1.0 / (1 << 53)


@step
def mix_bits(bits: int) -> int:
    """Spread a word over all its bits.

    Parameters
    ----------
    bits : uint64
        Any.

    Returns
    -------
    mixed : uint64
        Another word for each.
    """
    mixed = np.uint64(bits)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    return mixed ^ (mixed >> np.uint64(31))


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
    random[0] += _STEP
    return np.float64(mix_bits(random[0]) >> np.uint64(11)) * _UNIT


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
    random[0] += _STEP
    return np.int64((mix_bits(random[0]) >> np.uint64(11)) % np.uint64(bound))
