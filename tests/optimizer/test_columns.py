"""What every planner refuses before it searches."""

from __future__ import annotations

import math
from typing import Any

import pytest

from slotline.optimizer.columns import check_search, whole_column


@pytest.mark.parametrize("time_limit_s", [math.nan, math.inf, -math.inf])
def test_a_deadline_is_a_finite_number_of_seconds(time_limit_s: float) -> None:
    """With one that is none, a search would never end or end at once, and not say why."""
    with pytest.raises(ValueError, match=f"time_limit_s is {time_limit_s}, expected a finite"):
        check_search(time_limit_s)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"thread_count": 0}, "thread_count is 0, expected a whole number from 1"),
        ({"thread_count": "2"}, "thread_count is '2', expected a whole number"),
        ({"seed": -1}, "seed is -1, expected a whole number from 0"),
        ({"seed": "a"}, "seed is 'a', expected a whole number"),
    ],
)
def test_threads_and_seeds_are_whole_numbers(given: dict[str, Any], message: str) -> None:
    """A deadline that is over is no mistake."""
    check_search(-1.0)
    with pytest.raises(ValueError, match=message):
        check_search(1.0, **given)


@pytest.mark.parametrize("values", [[[1, 2], [3]], [2**70], [1.5], ["1"], [[1, 2]]])
def test_a_column_is_one_row_of_whole_numbers(values: list[Any]) -> None:
    """Whatever else it is, its name is told."""
    with pytest.raises(ValueError, match=r"^units (is|has) .*whole numbers of 64 bits"):
        whole_column("units", values)
