"""Order batching, 30 to 100 orders by Henn and Waescher (2012), capacities 30 to 75."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .obp import measure_set

if TYPE_CHECKING:
    from pathlib import Path

    from .rows import Plan, Row

FOLDER: Final = "obp-henn-waescher"


def measure(folder: Path, plan: Plan) -> list[Row]:
    """Solve every instance, see `obp.measure_set`.

    Parameters
    ----------
    folder : Path
        The set.
    plan : Plan
        How much of it.

    Returns
    -------
    rows : list of Row
        Values in thousandths of the set's unit.
    """
    return measure_set(folder, plan, column="best_known", end_cell_mm=None, limits_s=(1.0, 10.0))
