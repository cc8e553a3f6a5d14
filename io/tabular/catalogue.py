"""Codes of the store beside those that an import is about to add."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from ...engine.schema import NameKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

PENDING: Final = -2
"""Ref of what the import itself adds, until it is sent."""

CLIENT: Final = int(NameKind.CLIENT)
CHANNEL: Final = int(NameKind.CHANNEL)
ZONE: Final = int(NameKind.ZONE)

NameKey = tuple[int, str]
ItemKey = tuple[str, str]
LotKey = tuple[str, str, str, str]


class Sink(Protocol):
    """Where commands go: a running server, or a store opened in this process."""

    def export(self, table: str) -> Mapping[str, np.ndarray]:
        """Give a table's columns, one value per row in use."""
        ...

    def room(self, table: str) -> int:
        """Give the number of rows that a table still has."""
        ...

    def send(
        self,
        kind: str,
        columns: Mapping[str, object],
        lines: Mapping[str, object] | None,
        key: bytes,
    ) -> Mapping[str, np.ndarray]:
        """Have a batch executed once and give its outcome columns, when they are durable."""
        ...


@dataclass(slots=True)
class Catalogue:
    """Refs by code.

    Parameters
    ----------
    names : dict
        (kind, code) to ref.
    items : dict
        (client, code) to ref.
    locations, lots : dict
        Code, or (client, item, owner, lot code), to ref.
    inactive_locations : set
        Where nothing may be received.
    rotations : dict
        Rotation of items that have stock, which may not change.
    expiry_days : dict
        Expiry of lots.
    """

    names: dict[NameKey, int] = field(default_factory=dict)
    items: dict[ItemKey, int] = field(default_factory=dict)
    locations: dict[str, int] = field(default_factory=dict)
    lots: dict[LotKey, int] = field(default_factory=dict)
    inactive_locations: set[str] = field(default_factory=set)
    rotations: dict[ItemKey, int] = field(default_factory=dict)
    expiry_days: dict[LotKey, int] = field(default_factory=dict)


def read_catalogue(sink: Sink, *, lots: bool) -> Catalogue:
    """Read all codes of a store.

    Parameters
    ----------
    sink : Sink
        The store.
    lots : bool
        Whether lots are needed.

    Returns
    -------
    Catalogue
        As the store is now.
    """
    catalogue = Catalogue()
    names = sink.export("name")
    codes = _texts(names["code"])
    for ref, (kind, code) in enumerate(zip(names["kind"].tolist(), codes, strict=True)):
        catalogue.names[kind, code] = ref
    items = sink.export("item")
    keys = [
        (codes[client], code)
        for client, code in zip(items["client"].tolist(), _texts(items["code"]), strict=True)
    ]
    catalogue.items = {key: ref for ref, key in enumerate(keys)}
    # All units ever received less those that left: with none, there is no stock row.
    on_hand = items["received_units"] - items["shipped_units"] + items["adjusted_units"]
    for ref in (on_hand > 0).nonzero()[0].tolist():
        catalogue.rotations[keys[ref]] = int(items["rotation"][ref])
    locations = sink.export("location")
    places = _texts(locations["code"])
    catalogue.locations = {code: ref for ref, code in enumerate(places)}
    inactive = (locations["active"] == 0).nonzero()[0].tolist()
    catalogue.inactive_locations = {places[ref] for ref in inactive}
    if lots:
        _read_lots(sink, catalogue, keys, codes)
    return catalogue


def _read_lots(sink: Sink, catalogue: Catalogue, items: list[ItemKey], names: list[str]) -> None:
    lots = sink.export("lot")
    columns = (lots["item"].tolist(), lots["owner"].tolist(), _texts(lots["code"]))
    for ref, (item, owner, code) in enumerate(zip(*columns, strict=True)):
        key = (*items[item], names[owner], code)
        catalogue.lots[key] = ref
        catalogue.expiry_days[key] = int(lots["expiry_day"][ref])


def _texts(codes: np.ndarray) -> list[str]:
    return [code.decode("utf-8", "replace") for code in codes.tolist()]
