"""Order batching, 20 to 100 orders by Muter and Oncan (2015), capacities 24 to 48.

The best known values belong to a way of 1.5 between cross-aisle and cell; the files say 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .obp import measure_set

if TYPE_CHECKING:
    from pathlib import Path

    from .rows import Plan, Row

FOLDER: Final = "obp-muter-oncan"


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
    return measure_set(
        folder, plan, column="bks_wg_geometry", end_cell_mm=1_500, limits_s=(1.0, 10.0, 60.0)
    )
