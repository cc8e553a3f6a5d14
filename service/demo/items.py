"""Item master data: what the history does not say, filled in by stated rules.

Weight comes from the package size when that names ounces, pounds, pints, litres or the
like; shelf life from the category when that names fresh or shelf-stable food. Otherwise a
stable hash of the item's code decides within a plausible range.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from .stable import mix, spread, stable_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .orders import ChosenOrders

FLASH_CODE: Final = "FLASH-SALE"
_A_LINES_PERCENT: Final = 80
_B_LINES_PERCENT: Final = 95

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(FL\s*OZ|OZ|LBS?|GAL|QT|PT|ML|LTR?|L|KG|G)\b")
_GRAMS: Final[dict[str, float]] = {
    "OZ": 28.35,
    "FLOZ": 29.6,
    "LB": 453.6,
    "LBS": 453.6,
    "GAL": 3785.0,
    "QT": 946.0,
    "PT": 473.0,
    "ML": 1.0,
    "L": 1000.0,
    "LT": 1000.0,
    "LTR": 1000.0,
    "KG": 1000.0,
    "G": 1.0,
}
_FRESH_WORDS: Final = (
    "PRODUCE",
    "MEAT",
    "SEAFOOD",
    "DELI",
    "PASTRY",
    "BAKERY",
    "DAIRY",
    "SALAD",
    "FLORAL",
    "RESTAURANT",
    "CHEF SHOPPE",
    "PROD-WHS",
)
_AMBIENT_WORDS: Final = ("GROCERY", "NUTRITION", "FOOD", "FROZEN", "SPIRITS")


class ExpiryClass(IntEnum):
    """How long an item keeps."""

    NONE = 0
    AMBIENT = 1
    FRESH = 2


class Rotation(IntEnum):
    """Which stock goes first."""

    FIFO = 0
    FEFO = 1


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """Item master in columns of length I; the flash-sale item is the last row.

    Attributes
    ----------
    codes, descriptions, categories, makers : tuple of str
        Code (unique) and texts, empty when unknown.
    owner_row : int8[I]
        Row of `orders.OWNER_CODES`.
    length_mm, width_mm, height_mm : int32[I]
        Outer dimensions of one unit.
    weight_g : int64[I]
        Weight of one unit.
    expiry_class, rotation : int8[I]
        `ExpiryClass`, `Rotation`.
    shelf_life_days : int32[I]
        Life of a fresh receipt, 0 for items that do not expire.
    demand_units, demand_lines : int64[I]
        The day's orders; the flash sale is not in them.
    abc : tuple of str
        A: items that make the first 80 % of lines, B: to 95 %, C: the rest.
    """

    codes: tuple[str, ...]
    descriptions: tuple[str, ...]
    categories: tuple[str, ...]
    makers: tuple[str, ...]
    owner_row: NDArray[np.int8]
    length_mm: NDArray[np.int32]
    width_mm: NDArray[np.int32]
    height_mm: NDArray[np.int32]
    weight_g: NDArray[np.int64]
    expiry_class: NDArray[np.int8]
    rotation: NDArray[np.int8]
    shelf_life_days: NDArray[np.int32]
    demand_units: NDArray[np.int64]
    demand_lines: NDArray[np.int64]
    abc: tuple[str, ...]

    @property
    def flash_row(self) -> int:
        """Row of the flash-sale item."""
        return len(self.codes) - 1


def derive_items(orders: ChosenOrders) -> Items:
    """Fill the item master for the items of a day, plus the flash-sale item.

    Parameters
    ----------
    orders : ChosenOrders
        The day's orders and the texts of their items.

    Returns
    -------
    Items
        One row per item of the orders, then the flash-sale item.
    """
    flash = FLASH_CODE
    while flash in orders.item_codes:
        flash += "-X"
    codes = (*orders.item_codes, flash)
    categories = (*orders.item_categories, "PROMOTION")
    hashes = stable_hash(codes, "item")
    weight = _weights_g((*orders.item_sizes, ""), hashes)
    length, width, height = _dimensions_mm(weight, hashes)
    expiry, life = _shelf_lives(categories, hashes)
    expiry[-1], life[-1] = ExpiryClass.NONE, 0
    count = len(codes)
    demand_units = np.zeros(count, dtype=np.int64)
    np.add.at(demand_units, orders.line_item_row, orders.line_units)
    demand_lines = np.bincount(orders.line_item_row, minlength=count).astype(np.int64)
    return Items(
        codes=codes,
        descriptions=(*orders.item_descriptions, "Flash sale article"),
        categories=categories,
        makers=(*orders.item_makers, ""),
        owner_row=np.append(orders.item_owner_row, np.int8(0)),
        length_mm=length,
        width_mm=width,
        height_mm=height,
        weight_g=weight,
        expiry_class=expiry,
        rotation=np.where(expiry == ExpiryClass.NONE, Rotation.FIFO, Rotation.FEFO).astype(np.int8),
        shelf_life_days=life,
        demand_units=demand_units,
        demand_lines=demand_lines,
        abc=_abc(demand_lines),
    )


def popularity_order(items: Items) -> NDArray[np.int64]:
    """Rank items by lines, then units, most popular first; ties by row.

    Returns
    -------
    int64[I]
        Rows of `items`.
    """
    rows = np.arange(len(items.codes))
    return np.lexsort((rows, -items.demand_units, -items.demand_lines))


def size_weight_g(size: str) -> int:
    """Read a weight from a package size such as `14.5 OZ`; 0 when it names none.

    Parameters
    ----------
    size : str
        Text from the product table.

    Returns
    -------
    int
        Grams, liquids taken as water, 10 % added for the package.
    """
    match = _SIZE.search(size.upper())
    if match is None:
        return 0
    grams = float(match[1]) * _GRAMS[re.sub(r"\s", "", match[2])]
    return min(round(grams * 1.1), 25_000)


def _weights_g(sizes: Sequence[str], hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Take the stated weight, else 80 g to about 2 kg by hash."""
    stated = np.array([size_weight_g(size) for size in sizes], dtype=np.int64)
    return np.where(stated > 0, stated, 80 + spread(hashes, 1_920))


def _dimensions_mm(
    weight_g: NDArray[np.int64], hashes: NDArray[np.uint64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Shape a box around the weight: 0.3 to 0.9 g per cubic centimetre, by hash."""
    one = np.ones(len(weight_g), dtype=np.int64)
    density = 0.3 + spread(mix(hashes, one), 61) / 100.0
    volume_mm3 = weight_g / density * 1_000.0
    flatness = 0.6 + spread(mix(hashes, 2 * one), 61) / 100.0
    side = np.cbrt(volume_mm3)
    length = np.maximum(side * 1.3, 10.0).astype(np.int32)
    width = np.maximum(side, 10.0).astype(np.int32)
    height = np.maximum(side / 1.3 * flatness, 5.0).astype(np.int32)
    return length, width, height


def _shelf_lives(
    categories: Sequence[str], hashes: NDArray[np.uint64]
) -> tuple[NDArray[np.int8], NDArray[np.int32]]:
    """Choose expiry class and shelf life: by category, else by hash."""
    dice = spread(mix(hashes, np.full(len(hashes), 3, dtype=np.int64)), 1_000)
    by_category = {category: _class_of(category) for category in set(categories)}
    expiry = np.zeros(len(categories), dtype=np.int8)
    for row, category in enumerate(categories):
        known = by_category[category]
        if known is None:
            # No category at all: half keeps for ever, one in ten is fresh.
            known = ExpiryClass.NONE if dice[row] < 500 else ExpiryClass.AMBIENT
            known = ExpiryClass.FRESH if dice[row] >= 900 else known
        expiry[row] = known
    life = np.zeros(len(categories), dtype=np.int32)
    fresh, ambient = expiry == ExpiryClass.FRESH, expiry == ExpiryClass.AMBIENT
    life[fresh] = 8 + dice[fresh] % 14
    life[ambient] = 90 + dice[ambient] % 450
    return expiry, life


def _class_of(category: str) -> ExpiryClass | None:
    """Read the expiry class from a category's words; None when there is no category."""
    upper = category.upper()
    if not upper:
        return None
    if any(word in upper for word in _FRESH_WORDS):
        return ExpiryClass.FRESH
    if any(word in upper for word in _AMBIENT_WORDS):
        return ExpiryClass.AMBIENT
    return ExpiryClass.NONE


def _abc(demand_lines: NDArray[np.int64]) -> tuple[str, ...]:
    """Class items by their share of lines, most popular first."""
    order = np.lexsort((np.arange(len(demand_lines)), -demand_lines))
    before = np.cumsum(demand_lines[order]) - demand_lines[order]
    percent = before * 100 // max(int(demand_lines.sum()), 1)
    letters = np.where(percent < _A_LINES_PERCENT, 0, np.where(percent < _B_LINES_PERCENT, 1, 2))
    classes = np.empty(len(order), dtype=np.int64)
    classes[order] = letters
    return tuple("ABC"[letter] for letter in classes.tolist())
