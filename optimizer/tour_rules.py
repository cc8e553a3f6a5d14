"""What binds a tour beside its length: heavy before fragile, and what the cart holds.

**Rank.** Stops have ranks, lowest first: what is heavy gets a low one, what is fragile a high one.
A stop never comes before one of a lower rank that goes into the same tote. Without totes all stops
share one, and ranks are strict classes: all stops of rank 0, then all of rank 1, and so on.

**Cart.** When all stops together are more than the cart holds, the tour is several trips: each
ends at the tour's end, where the cart is emptied, and the next one starts there. What was dropped
binds nothing that comes later. A tour that fits the cart is one trip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .batching import LOAD_MAX, Cart
from .columns import check_range, column_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    _Column = Sequence[int] | NDArray[np.int64]

_NO_CART = Cart()


@dataclass(frozen=True, slots=True, eq=False)
class TourRules:
    """Rules for the stops of one tour, in the order in which the router gets them.

    Attributes
    ----------
    rank : int[S], optional
        Rank of each stop, any whole numbers, lowest first. None when any order is right.
    tote : int[S], optional
        Tote of each stop, any whole numbers; ranks bind only stops that share one. None when all
        do.
    cart : Cart
        Limits of a trip.
    slots, volume_ml, weight_g : int[S], optional
        What each stop takes of the cart, 0 or more. Needed where the cart has a limit.
    """

    rank: _Column | None = None
    tote: _Column | None = None
    cart: Cart = _NO_CART
    slots: _Column | None = None
    volume_ml: _Column | None = None
    weight_g: _Column | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CheckedRules:
    """The rules of S stops as columns; D kinds of load.

    Attributes
    ----------
    rank : int64[S]
        Lowest first.
    tote : int64[S]
        Numbered from 0.
    load : int64[S, D]
        Of the kinds that the cart limits.
    load_max : int64[D]
        Its limits.
    """

    rank: NDArray[np.int64]
    tote: NDArray[np.int64]
    load: NDArray[np.int64]
    load_max: NDArray[np.int64]

    @property
    def ranks_bind(self) -> bool:
        """Whether two stops of different rank share a tote."""
        pairs = {(tote, rank) for tote, rank in zip(self.tote, self.rank, strict=True)}
        return len(pairs) > len(np.unique(self.tote))

    @property
    def trips_min(self) -> int:
        """Trips that the loads need at least."""
        if len(self.load_max) == 0:
            return 1
        needed = -(-self.load.sum(axis=0) // np.maximum(self.load_max, 1))
        return max(1, int(needed.max()))

    def must_follow(self) -> NDArray[np.bool_]:
        """Tell of each two stops whether the column's must not come before the row's in a trip.

        Returns
        -------
        bool[S, S]
            True where both share a tote and the column's rank is higher.
        """
        is_higher = self.rank[:, None] < self.rank[None, :]
        follows: NDArray[np.bool_] = is_higher & (self.tote[:, None] == self.tote[None, :])
        return follows


def check_rules(rules: TourRules | None, stop_count: int, noun: str = "stop") -> CheckedRules:
    """Check rules, once the number of stops is known.

    Parameters
    ----------
    rules : TourRules or None
        The rules; None for none.
    stop_count : int
        Stops of the tour.
    noun : str
        What a row stands for, for messages.

    Returns
    -------
    CheckedRules
        As columns.

    Raises
    ------
    ValueError
        A column has the wrong length, a load is missing or negative, or a single stop is more than
        the cart holds; it is named.
    """
    rules = TourRules() if rules is None else rules
    same = np.zeros(stop_count, np.int64)
    rank, tote = (
        same if given is None else column_of(name, given, stop_count, noun)
        for name, given in (("rank", rules.rank), ("tote", rules.tote))
    )
    loads: list[NDArray[np.int64]] = []
    limits: list[int] = []
    for name, limit in rules.cart._asdict().items():
        given = getattr(rules, name)
        column = None if given is None else column_of(name, given, stop_count, noun)
        if column is not None:
            check_range(name, column, LOAD_MAX, noun)
        if limit is None:
            continue
        if not 0 <= limit <= LOAD_MAX:
            raise ValueError(f"the cart holds {name} {limit}, expected 0 to {LOAD_MAX}")
        if column is None:
            raise ValueError(f"the cart holds {name} {limit}, but no {noun} says its {name}")
        _refuse_too_large(name, column, limit, noun)
        loads.append(column)
        limits.append(limit)
    return CheckedRules(
        rank=rank,
        tote=np.unique(tote, return_inverse=True)[1].astype(np.int64),
        load=np.stack(loads, axis=1) if loads else np.zeros((stop_count, 0), np.int64),
        load_max=np.array(limits, np.int64),
    )


def _refuse_too_large(name: str, column: NDArray[np.int64], limit: int, noun: str) -> None:
    """Name the rows that no trip can take."""
    wrong = np.flatnonzero(column > limit)
    if len(wrong):
        named = ", ".join(f"{at} ({column[at]})" for at in wrong[:10].tolist())
        more = f" and {len(wrong) - 10} more" if len(wrong) > 10 else ""
        raise ValueError(
            f"the cart holds {name} {limit}, which is less than that of {noun} {named}{more}: "
            f"split the {noun} or take a larger cart"
        )
