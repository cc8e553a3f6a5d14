"""What every planner refuses before it searches."""

from __future__ import annotations

import math

import pytest

from slotline.optimizer.columns import check_search


@pytest.mark.parametrize("time_limit_s", [math.nan, math.inf, -math.inf])
def test_a_deadline_is_a_finite_number_of_seconds(time_limit_s: float) -> None:
    """With one that is none, a search would never end or end at once, and not say why."""
    with pytest.raises(ValueError, match=f"time_limit_s is {time_limit_s}, expected a finite"):
        check_search(time_limit_s)


def test_a_search_needs_a_thread() -> None:
    """A deadline that is over is no mistake."""
    check_search(-1.0)
    with pytest.raises(ValueError, match="thread_count is 0, expected 1 or more"):
        check_search(1.0, 0)
