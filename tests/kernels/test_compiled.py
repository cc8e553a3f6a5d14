"""A kernel called directly does what the kernel does, at its first call and at all later ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from slotline.kernels.compiled import direct, kernel


class _Bundle(NamedTuple):
    totals: np.ndarray
    names: np.ndarray


@kernel
def _put(bundle: _Bundle, place: int, units: int) -> tuple[int, int]:
    bundle.totals[place] += units
    return bundle.totals[place], bundle.names[place]


def test_a_direct_call_gives_and_writes_what_the_kernel_does() -> None:
    """Several calls, also when the kernel was compiled for its own callers before."""
    for first_by_itself in (False, True):
        bundle = _Bundle(np.zeros(4, np.int64), np.arange(4, dtype=np.int32))
        call = direct(_put)
        if first_by_itself:
            _put(bundle, 1, 5)
        found = [call(bundle, 1, units) for units in (2, 3, 2**40)]
        before = 5 if first_by_itself else 0
        assert found == [(before + 2, 1), (before + 5, 1), (before + 5 + 2**40, 1)]
        assert bundle.totals.tolist() == [0, before + 5 + 2**40, 0, 0]


@pytest.mark.skipif(not hasattr(_put, "get_overload"), reason="plain Python takes any type")
def test_a_direct_call_refuses_what_is_no_array() -> None:
    """Later calls unwrap what they are given, and say so where they cannot."""
    call = direct(_put)
    call(_Bundle(np.zeros(4, np.int64), np.zeros(4, np.int32)), 0, 1)
    with pytest.raises(TypeError):
        call((1, 2), 0, 1)  # type: ignore[arg-type]
