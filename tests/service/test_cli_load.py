"""The load generator draws the same orders for the same seed, and adds up what callers counted."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from slotline.engine.errors import InvalidRequest
from slotline.service.load import (
    LINES_MAX,
    UNITS_MAX,
    Assortment,
    Drawer,
    Drawn,
    LoadOptions,
    LoadReport,
    Tally,
    read_assortment,
)

OPTIONS = LoadOptions("127.0.0.1:1", seed=7, zipf=1.1, lines_mean=2.5)


def assortment(*sizes: int) -> Assortment:
    """Make an assortment of as many owners as sizes."""
    refs = np.split(np.arange(sum(sizes), dtype=np.int32), np.cumsum(sizes)[:-1])
    codes = [[f"S-{ref}" for ref in part] for part in refs]
    owners = [f"O-{number}" for number in range(len(sizes))]
    return Assortment(owners, np.arange(len(sizes), dtype=np.int32), refs, codes)


def flat(drawn: Drawn) -> tuple[int, list[int], list[int], list[int]]:
    """Give what was drawn as lists."""
    return drawn.owner, drawn.counts.tolist(), drawn.items.tolist(), drawn.units.tolist()


def test_same_seed_and_caller_draw_the_same_orders() -> None:
    """Another caller or seed draws others."""
    shop = assortment(100, 50)

    def draw(options: LoadOptions, caller: int) -> list[object]:
        drawer = Drawer(shop, options, caller)
        return [flat(drawer.draw(20)) for _ in range(5)]

    assert draw(OPTIONS, 3) == draw(OPTIONS, 3)
    assert draw(OPTIONS, 3) != draw(OPTIONS, 4)
    assert draw(OPTIONS, 3) != draw(LoadOptions("127.0.0.1:1", seed=8), 3)


@pytest.mark.parametrize("sizes", [(1,), (1, 1), (1_000, 3)])
def test_every_order_is_one_that_the_server_can_take(sizes: tuple[int, ...]) -> None:
    """Items are the owner's, sizes are within bounds."""
    drawer = Drawer(assortment(*sizes), OPTIONS, 0)
    for _ in range(20):
        drawn = drawer.draw(100)
        assert drawn.counts.size == 100
        assert 1 <= drawn.counts.min() <= drawn.counts.max() <= LINES_MAX
        assert drawn.items.size == drawn.units.size == drawn.counts.sum()
        assert 0 <= drawn.items.min() <= drawn.items.max() < sizes[drawn.owner]
        assert 1 <= drawn.units.min() <= drawn.units.max() <= UNITS_MAX


def test_zipf_makes_few_items_popular_for_all_callers() -> None:
    """With exponent 1.1 the ten first of a thousand items get more than a third of the lines."""
    shop = assortment(1_000)
    popular = []
    for caller in (0, 1):
        items = Drawer(shop, OPTIONS, caller).draw(10_000).items
        counts = Counter(items.tolist()).most_common(10)
        popular.append({item for item, _ in counts})
        assert sum(count for _, count in counts) > items.size / 3
    assert len(popular[0] & popular[1]) >= 8
    even = Drawer(shop, LoadOptions("127.0.0.1:1", zipf=0.0), 0).draw(10_000).items
    assert max(Counter(even.tolist()).values()) < 60


def test_mean_of_lines_is_the_one_asked_for() -> None:
    """Geometric with mean 2.5, cut at 50."""
    counts = Drawer(assortment(10), OPTIONS, 0).draw(20_000).counts
    assert counts.mean() == pytest.approx(2.5, rel=0.05)


def test_tallies_add_up_and_errors_are_no_latency() -> None:
    """Rates are over the time from the common start to the last answer."""
    tally = Tally()
    tally.add(Tally(2, 5, 2, Counter(DONE=2), Counter(), [100, 300]))
    tally.add(Tally(1, 1, 1, Counter(SHORT=1), Counter(LimitReached=4), [200]))
    assert LoadReport(2.0, tally).facts() == {
        "elapsed_s": 2.0,
        "orders": 3,
        "lines": 6,
        "calls": 3,
        "orders_per_s": 1.5,
        "lines_per_s": 3.0,
        "p50_us": 200,
        "p99_us": 298,
        "outcomes": {"DONE": 2, "SHORT": 1},
        "errors": {"LimitReached": 4},
    }
    assert LoadReport(1.0, Tally()).facts()["p99_us"] == 0


class _Exporting:
    """A client of a store with these items."""

    def __init__(self, active: list[int]) -> None:
        self._active = active

    def export(self, table: str) -> tuple[dict[str, np.ndarray], int]:
        """Give names or items."""
        if table == "name":
            return {"code": np.array([b"A", b"Z", b"B"], "S48")}, 1
        count = len(self._active)
        columns = {
            "client": np.array([0, 2, 2, 0][:count], np.int32),
            "code": np.array([b"1", b"2", b"3", b"4"][:count], "S48"),
            "active": np.array(self._active, np.uint8),
        }
        return columns, 1


def test_assortment_is_the_active_items_by_owner() -> None:
    """Refs and codes stand at the same places."""
    found = read_assortment(_Exporting([1, 0, 1, 1]))  # type: ignore[arg-type]
    assert found.owners == ["A", "B"]
    assert found.owner_refs.tolist() == [0, 2]
    assert [refs.tolist() for refs in found.item_refs] == [[0, 3], [2]]
    assert found.codes == [["1", "4"], ["3"]]


@pytest.mark.parametrize("active", [[], [0, 0]])
def test_store_without_items_is_refused(active: list[int]) -> None:
    """There is nothing to order."""
    with pytest.raises(InvalidRequest, match="without active items"):
        read_assortment(_Exporting(active))  # type: ignore[arg-type]
