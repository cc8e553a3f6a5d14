"""The sheet that a floor plan is drawn on: where millimetres of a floor come to lie, and marks.

One unit of the sheet is a decimetre. The back of the building is at the top; floors lie above one
another, the highest at the top.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

from ...optimizer.site_map import NodeKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    from ...optimizer.site_map import SiteMap

    _Floats = NDArray[np.float64]

UNIT_MM: Final = 100
FONT: Final = 10.0
"""Size of labels."""
MARGIN_MIN: Final = 45.0
_LABEL_FOOT: Final = 28.0
"""From a mark at the edge to its label, and beyond it."""
_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Source: XML 1.0, production 2."""
CHARACTER_WIDTH: Final = 0.62
"""Width of a character of the plain font, in sizes of the font."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where things lie.

    Attributes
    ----------
    left_mm, back_mm : int
        Least x and greatest y of the site, on all floors.
    width, height : float
        Of the drawn part of one floor, in units.
    floors : tuple of int
        Storeys from the lowest to the highest.
    margin : float
        Around each floor, in units: as much as its longest label takes.
    """

    left_mm: int
    back_mm: int
    width: float
    height: float
    floors: tuple[int, ...]
    margin: float

    @property
    def panel_height(self) -> float:
        """Height of one floor with its margins."""
        return self.height + 2 * self.margin

    @property
    def total_width(self) -> float:
        """Width of the sheet."""
        return self.width + 2 * self.margin

    @property
    def total_height(self) -> float:
        """Height of all floors."""
        return self.panel_height * len(self.floors)

    def x(self, x_mm: ArrayLike) -> _Floats:
        """Give the places across the sheet."""
        return (np.asarray(x_mm) - self.left_mm) / UNIT_MM + self.margin

    def y(self, y_mm: ArrayLike, floor: ArrayLike) -> _Floats:
        """Give the places down the sheet."""
        panel = len(self.floors) - 1 - np.searchsorted(self.floors, np.asarray(floor))
        down = (self.back_mm - np.asarray(y_mm)) / UNIT_MM + self.margin
        return down + panel * self.panel_height


def make_sheet(site: SiteMap) -> Sheet:
    """Lay out a sheet on which a whole site fits.

    Parameters
    ----------
    site : SiteMap
        The site.

    Returns
    -------
    Sheet
        With room for labels around each floor.
    """
    x_mm = np.concatenate((site.nodes.x_mm, site.bins.x_mm))
    y_mm = np.concatenate((site.nodes.y_mm, site.bins.y_mm))
    marks: dict[int, list[tuple[float, str]]] = {}
    for node, name in mark_names(site).items():
        x = float(site.nodes.x_mm[node]) / UNIT_MM
        marks.setdefault(int(site.nodes.floor[node]), []).append((x, name))
    of_marks, of_aisles = (
        max((text_width(text, FONT) for text in texts), default=0.0)
        for texts in (
            [text for row in marks.values() for _, text in joined(row)],
            site.bins.aisle_names,
        )
    )
    # Where there are marks at the back, the names of aisles lie beyond those of the marks.
    at_back = list(mark_names(site))
    is_stacked = bool((2 * site.nodes.y_mm[at_back] > y_mm.min() + y_mm.max()).any())
    longest = of_marks + FONT + of_aisles if is_stacked else max(of_marks, of_aisles)
    return Sheet(
        left_mm=int(x_mm.min()),
        back_mm=int(y_mm.max()),
        width=float(x_mm.max() - x_mm.min()) / UNIT_MM,
        height=float(y_mm.max() - y_mm.min()) / UNIT_MM,
        floors=tuple(np.unique(site.nodes.floor).tolist()),
        margin=max(MARGIN_MIN, _LABEL_FOOT + longest),
    )


def mark_names(site: SiteMap) -> dict[int, str]:
    """Give the names of the marks of a site by their nodes: places, several in one, and lifts."""
    names: dict[int, str] = {}
    lifts = np.flatnonzero(site.nodes.kind == NodeKind.LIFT).tolist()
    marks = [*zip(site.places.node.tolist(), site.places.code, strict=True)]
    for node, code in (*marks, *((lift, site.nodes.code[lift]) for lift in lifts)):
        names[node] = f"{names[node]}, {code}" if node in names else code
    return names


def joined(texts: Iterable[tuple[float, str]]) -> list[tuple[float, str]]:
    """Make one text of those whose places across are hardly apart: marks behind one another."""
    found: list[tuple[float, str]] = []
    for x, text in sorted(texts):
        if found and x - found[-1][0] < FONT:
            found[-1] = found[-1][0], f"{found[-1][1]}, {text}"
        else:
            found.append((x, text))
    return found


def number(value: float) -> str:
    """Write a length to a tenth of a unit, as short as it goes."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def path(class_name: str, lines: Iterable[tuple[float, float, float, float]]) -> str:
    """Draw many lines as one path.

    Parameters
    ----------
    class_name : str
        Its style.
    lines : iterable of (x1, y1, x2, y2)
        Places on the sheet.

    Returns
    -------
    str
        A `path` element, empty when there is no line.
    """
    pieces = []
    for x1, y1, x2, y2 in lines:
        start = f"M{number(x1)} {number(y1)}"
        if number(x1) == number(x2):
            pieces.append(f"{start}V{number(y2)}")
        elif number(y1) == number(y2):
            pieces.append(f"{start}H{number(x2)}")
        else:
            pieces.append(f"{start}L{number(x2)} {number(y2)}")
    return f'<path class="{class_name}" d="{"".join(pieces)}"/>' if pieces else ""


def arrow(x: float, y: float, ahead: tuple[float, float], size: float) -> str:
    """Give the path data of an arrow's head with its middle at a place, along a unit vector."""
    dx, dy = ahead
    corners = (
        (x + dx * size, y + dy * size),
        (x - dx * size - dy * size, y - dy * size + dx * size),
        (x - dx * size + dy * size, y - dy * size - dx * size),
    )
    return "M" + "L".join(f"{number(a)} {number(b)}" for a, b in corners) + "z"


def label(class_name: str, x: float, y: float, text: str, *, size: float, turned: str = "") -> str:
    """Write a text.

    Parameters
    ----------
    class_name : str
        Its style.
    x, y : float
        Place on the sheet.
    text : str
        What to write.
    size : float
        Of the font, in units.
    turned : str
        ``up`` or ``down``: written along y, away from the place; empty: across.

    Returns
    -------
    str
        A `text` element.
    """
    at = f'x="{number(x)}" y="{number(y)}" font-size="{number(size)}"'
    turn = ""
    if turned:
        class_name += " turned"
        turn = f' transform="rotate({-90 if turned == "up" else 90} {number(x)} {number(y)})"'
    return f'<text class="{class_name}" {at}{turn}>{written(text)}</text>'


def written(text: str) -> str:
    """Give a text as XML can hold it: what it has no way to write becomes a replacement mark."""
    return escape(_UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text))


def text_width(text: str, size: float) -> float:
    """Tell how much room a text takes across, roughly."""
    return len(text) * size * CHARACTER_WIDTH
