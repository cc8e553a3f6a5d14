"""A rectangular site in a few words, and the site map that they mean.

Aisles run along y from the front cross-aisle (y 0) to the back one and are numbered from 1 with x;
bays are numbered from the front through all blocks. Bins are coded aisle, bay, level, side:
``A12-034-2-L`` is aisle 12, bay 34, second level from below, left when one looks to the back. With
several floors the floor comes first: ``F2-A12-034-2-L``. Nodes are coded by aisle and cross-aisle:
``A12-X0`` is the front end of aisle 12.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Final

from .site_tables import PlaceKind, SiteMapFault, SiteMapInvalid

FRONT: Final = "front"
BACK: Final = "back"
ENDS: Final = (FRONT, BACK)
BOTH: Final = "both"
TO_BACK: Final = "to_back"
TO_FRONT: Final = "to_front"
DIRECTIONS: Final = (BOTH, TO_BACK, TO_FRONT)
KINDS: Final = {kind.name.lower(): kind for kind in PlaceKind}

COUNT_MAX: Final = 10_000
BINS_MAX: Final = 2_000_000
LENGTH_MM_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the building; of several that hold a bin the first one counts.

    Attributes
    ----------
    name : str
        Its name.
    first_aisle, last_aisle : int
        Numbers from 1; 0 for the first and the last one there is.
    block, floor : int
        Numbers from 1; 0 for all.
    """

    name: str
    first_aisle: int = 0
    last_aisle: int = 0
    block: int = 0
    floor: int = 0


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """Places of one kind in a row before the front or behind the back cross-aisle.

    They stand straight before aisles when there are enough of these, else evenly between the
    first and the last aisle.

    Attributes
    ----------
    kind : str
        ``depot``, ``dock``, ``stage``, ``pack`` or ``put_wall``.
    count : int
        How many.
    end : str
        ``front`` or ``back``.
    first_aisle, last_aisle : int
        Numbers from 1; 0 for the first and the last one there is.
    distance_mm : int
        From the middle of the cross-aisle; 0 for on it.
    floor : int
        Number from 1.
    """

    kind: str
    count: int = 1
    end: str = FRONT
    first_aisle: int = 0
    last_aisle: int = 0
    distance_mm: int = 0
    floor: int = 1


@dataclass(frozen=True, slots=True)
class Lift:
    """A lift that stops at every floor.

    Attributes
    ----------
    aisle : int
        Number from 1 of the aisle before whose end it stands.
    end : str
        ``front`` or ``back``.
    distance_mm : int
        From the middle of the cross-aisle, above 0.
    wait_mm : int
        Allowance for each ride: what one would walk while one waits and rides.
    """

    aisle: int
    end: str = BACK
    distance_mm: int = 2_000
    wait_mm: int = 30_000


@dataclass(frozen=True, slots=True)
class SiteDescription:
    """Measures of a rectangular site.

    Attributes
    ----------
    name : str
        Of the site.
    aisles : int
        On each floor.
    bays : tuple of int
        Bays on each side of an aisle in each block, front to back: as many blocks as numbers.
    levels : int
        Bins above one another.
    aisle_pitch_mm, bay_pitch_mm, level_height_mm : int
        From middle to middle.
    cross_aisle_mm : int
        Width of a cross-aisle: free of bays.
    bin_offset_mm : int
        From the middle of an aisle to the middle of a bin.
    aisle_directions : tuple of str
        ``both``, ``to_back`` or ``to_front`` of the first aisles, repeated over all.
    floors : int
        Storeys, each with the same racks.
    floor_height_mm : int
        From one to the next.
    zones : tuple of Zone
        All bins are in zone ``ALL`` when there is none.
    places : tuple of PlaceRow
        At least one.
    lifts : tuple of Lift
        At least one when there are several floors.
    version : int
        Of the map, from 1.

    Raises
    ------
    SiteMapInvalid
        Values out of range, aisles that are not there, bins without a zone: all at once.
    """

    name: str
    aisles: int
    bays: tuple[int, ...]
    places: tuple[PlaceRow, ...]
    levels: int = 1
    aisle_pitch_mm: int = 3_200
    bay_pitch_mm: int = 900
    level_height_mm: int = 400
    cross_aisle_mm: int = 3_000
    bin_offset_mm: int = 1_300
    aisle_directions: tuple[str, ...] = (BOTH,)
    floors: int = 1
    floor_height_mm: int = 4_000
    zones: tuple[Zone, ...] = ()
    lifts: tuple[Lift, ...] = ()
    version: int = 1

    def __post_init__(self) -> None:
        """Check every measure."""
        faults = _Faults()
        self._check_measures(faults)
        for number, zone in enumerate(self.zones):
            where = f"zones[{number}]"
            faults.aisles(where, zone, self.aisles)
            faults.number(f"{where}.block", zone.block, 0, len(self.bays))
            faults.number(f"{where}.floor", zone.floor, 0, self.floors)
        for number, row in enumerate(self.places):
            where = f"places[{number}]"
            faults.word(f"{where}.kind", row.kind, KINDS)
            faults.word(f"{where}.end", row.end, ENDS)
            faults.aisles(where, row, self.aisles)
            faults.number(f"{where}.count", row.count, 1, COUNT_MAX)
            faults.number(f"{where}.distance_mm", row.distance_mm, 0, LENGTH_MM_MAX)
            faults.number(f"{where}.floor", row.floor, 1, self.floors)
            if row.count > 1 and (row.first_aisle or 1) == (row.last_aisle or self.aisles):
                faults.add(f"{where}.count", row.count, "1 before a single aisle")
        for number, lift in enumerate(self.lifts):
            where = f"lifts[{number}]"
            faults.word(f"{where}.end", lift.end, ENDS)
            faults.number(f"{where}.aisle", lift.aisle, 1, self.aisles)
            faults.number(f"{where}.distance_mm", lift.distance_mm, 1, LENGTH_MM_MAX)
            faults.number(f"{where}.wait_mm", lift.wait_mm, 0, LENGTH_MM_MAX)
        if not self.places:
            faults.add("places", "none", "at least one row, such as {kind: depot}")
        if self.floors > 1 and not self.lifts:
            faults.add("lifts", "none", "at least one, since there are several floors")
        faults.check()

    def _check_measures(self, faults: _Faults) -> None:
        if not self.name:
            faults.add("name", "nothing", "the site's name")
        faults.number("version", self.version, 1, 2**31 - 1)
        for column in ("aisles", "levels", "floors"):
            faults.number(column, getattr(self, column), 1, COUNT_MAX)
        for measure in fields(self):
            if measure.name.endswith("_mm"):
                faults.number(measure.name, getattr(self, measure.name), 1, LENGTH_MM_MAX)
        if not self.bays:
            faults.add("bays", "none", "a number for each block")
        for number, count in enumerate(self.bays):
            faults.number(f"bays[{number}]", count, 1, COUNT_MAX)
        if not self.aisle_directions:
            faults.add("aisle_directions", "none", "one or more to repeat over the aisles")
        for number, word in enumerate(self.aisle_directions):
            faults.word(f"aisle_directions[{number}]", word, DIRECTIONS)
        if 2 * self.bin_offset_mm >= self.aisle_pitch_mm:
            expected = f"less than half of aisle_pitch_mm {self.aisle_pitch_mm}"
            faults.add("bin_offset_mm", self.bin_offset_mm, expected)
        if self.bin_count > BINS_MAX:
            faults.add("aisles", f"{self.bin_count} bins", f"{BINS_MAX} or fewer in all")

    @property
    def bin_count(self) -> int:
        """Bins of the whole site."""
        return self.floors * self.aisles * sum(self.bays) * 2 * self.levels

    @property
    def cross_y_mm(self) -> tuple[int, ...]:
        """Places of the cross-aisles along the aisles, front to back."""
        places = [0]
        for count in self.bays:
            places.append(places[-1] + self.cross_aisle_mm + count * self.bay_pitch_mm)
        return tuple(places)

    def direction(self, aisle: int) -> str:
        """Give the direction of an aisle, counted from 0."""
        return self.aisle_directions[aisle % len(self.aisle_directions)]


class _Faults:
    """Collects what is wrong with a description."""

    def __init__(self) -> None:
        self.found: list[SiteMapFault] = []

    def add(self, where: str, found: object, expected: str) -> None:
        """Note a fault."""
        text = f"{where}: found {found}, expected {expected}"
        self.found.append(SiteMapFault("description", -1, where, text))

    def number(self, where: str, found: int, low: int, high: int) -> None:
        """Check a range."""
        if not low <= found <= high:
            self.add(where, found, f"{low} to {high}")

    def word(self, where: str, found: str, words: Mapping[str, object] | tuple[str, ...]) -> None:
        """Check a word."""
        if found not in words:
            self.add(where, repr(found), f"one of {', '.join(words)}")

    def aisles(self, where: str, row: Zone | PlaceRow, count: int) -> None:
        """Check a range of aisles, 0 for as far as they go."""
        first, last = row.first_aisle or 1, row.last_aisle or count
        if not 1 <= first <= last <= count:
            self.add(f"{where}.first_aisle", f"aisles {first} to {last}", f"aisles of 1 to {count}")

    def check(self) -> None:
        """Raise all that was found."""
        if self.found:
            raise SiteMapInvalid(self.found)


_PARTS: Final[Mapping[str, type[Any]]] = {"zones": Zone, "places": PlaceRow, "lifts": Lift}
_LISTS: Final = {"bays": int, "aisle_directions": str}


def describe(found: object) -> SiteDescription:
    """Read a description from what a YAML or JSON file holds.

    Parameters
    ----------
    found : object
        A mapping of the attributes of `SiteDescription`; its parts are mappings, too.

    Returns
    -------
    SiteDescription
        Checked.

    Raises
    ------
    SiteMapInvalid
        Unknown or missing names, values of another type or out of range.
    """
    faults = _Faults()
    values = _values("", found, SiteDescription, faults)
    faults.check()
    return SiteDescription(**values)


def _values(where: str, found: object, form: type[Any], faults: _Faults) -> dict[str, Any]:
    """Give the values of a dataclass's fields, each of the type that it is declared with."""
    known = {column.name: column for column in fields(form)}
    label = where or "the description"
    if not isinstance(found, Mapping):
        faults.add(label, repr(found), f"names with values: {', '.join(known)}")
        return {}
    for name in found:
        if name not in known:
            faults.add(label, f"{name!r}", f"one of {', '.join(known)}")
    values: dict[str, Any] = {}
    for name, column in known.items():
        place = f"{where}.{name}" if where else name
        if name not in found:
            if column.default is MISSING:
                faults.add(place, "nothing", "a value")
            continue
        value = found[name]
        if name in _PARTS or name in _LISTS:
            values[name] = _list(place, name, value, faults)
        else:
            _check_type(place, value, int if column.type == "int" else str, faults)
            values[name] = value
    return values


def _list(where: str, name: str, value: object, faults: _Faults) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        faults.add(where, repr(value), "a list")
        return ()
    if name in _LISTS:
        for number, entry in enumerate(value):
            _check_type(f"{where}[{number}]", entry, _LISTS[name], faults)
        return tuple(value)
    before = len(faults.found)
    parts = [
        _values(f"{where}[{number}]", entry, _PARTS[name], faults)
        for number, entry in enumerate(value)
    ]
    return () if len(faults.found) > before else tuple(_PARTS[name](**part) for part in parts)


def _check_type(where: str, value: object, wanted: type[Any], faults: _Faults) -> None:
    if not isinstance(value, wanted) or isinstance(value, bool):
        faults.add(where, repr(value), "a whole number" if wanted is int else "text")
