"""The state of a wave's search stays in step with the chosen aisles."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.kernels.wave_aisles import AisleSearch, AisleStock, search_aisles, start_search

_ITEMS = 4


def _stock(aisles: list[dict[int, int]], asked: list[int]) -> AisleStock:
    """Lay out aisles whose items are asked for by orders of one unit."""
    rows = [(a, i, u) for a, held in enumerate(aisles) for i, u in sorted(held.items())]
    by_item = sorted(rows, key=lambda row: (row[1], row[0]))
    return AisleStock(
        np.cumsum([0, *(len(held) for held in aisles)]).astype(np.int64),
        np.array([i for _, i, _ in rows], dtype=np.int32),
        np.array([u for _, _, u in rows], dtype=np.int32),
        np.searchsorted([i for _, i, _ in by_item], np.arange(_ITEMS + 1)).astype(np.int64),
        np.array([a for a, _, _ in by_item], dtype=np.int32),
        np.array([u for _, _, u in by_item], dtype=np.int32),
        np.cumsum([0, *(units + 1 for units in asked)]).astype(np.int64),
        np.concatenate([np.arange(units + 1) for units in asked]).astype(np.int32),
    )


def _worth(aisles: list[dict[int, int]], asked: list[int], chosen: list[int]) -> int:
    return sum(
        min(asked[item], sum(aisles[a].get(item, 0) for a in chosen)) for item in range(_ITEMS)
    )


_AISLES = st.lists(
    st.dictionaries(st.integers(0, _ITEMS - 1), st.integers(1, 5), max_size=3),
    min_size=1,
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(
    aisles=_AISLES,
    asked=st.lists(st.integers(0, 8), min_size=_ITEMS, max_size=_ITEMS),
    count=st.integers(1, 6),
    seed=st.integers(1, 2**63),
)
def test_search_counts_what_it_has_chosen(
    aisles: list[dict[int, int]], asked: list[int], count: int, seed: int
) -> None:
    """Worth, supply and gains are those of the sets, recomputed from scratch."""
    count = min(count, len(aisles))
    stock = _stock(aisles, asked)
    search = AisleSearch(
        np.zeros(len(aisles), np.uint8),
        np.zeros(_ITEMS, np.int64),
        np.zeros(len(aisles), np.int64),
        np.zeros(len(aisles), np.uint8),
        np.array([seed], np.uint64),
    )
    search.chosen[:count] = 1
    start = start_search(stock, search)
    assert start == _worth(aisles, asked, list(range(count)))

    best = search_aisles(stock, search, start, 1_000, 20)

    chosen = np.flatnonzero(search.chosen).tolist()
    assert len(chosen) == count
    assert best == _worth(aisles, asked, np.flatnonzero(search.best).tolist())
    assert start <= best
    assert search.supply.tolist() == [
        sum(aisles[a].get(item, 0) for a in chosen) for item in range(_ITEMS)
    ]
    here = _worth(aisles, asked, chosen)
    for a in range(len(aisles)):
        if not search.chosen[a]:
            assert search.gain[a] == _worth(aisles, asked, [*chosen, a]) - here
