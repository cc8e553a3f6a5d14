"""Which items a frame speaks of: the archive's index per item."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .record import Record, read_records
from .schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

_ITEM_OFFSET: dict[int, tuple[int, int]] = {}
for _number, _table in enumerate(TABLES):
    _offset = 0
    for _field in _table.fields:
        if _field.refers == "item":
            _size = sum(np.dtype(field.dtype).itemsize for field in _table.fields)
            _ITEM_OFFSET[_number] = (_offset, _size)
        _offset += np.dtype(_field.dtype).itemsize


def index_items(payload: memoryview) -> np.ndarray:
    """Give the items that the records of a frame name, in columns or in after-images.

    Parameters
    ----------
    payload : memoryview
        A frame's payload.

    Returns
    -------
    ndarray of int32, shape (N,)
        Item rows, ascending, each once.
    """
    found = [items for record in read_records(payload) for items in items_of(record)]
    if not found:
        return np.empty(0, dtype=np.int32)
    named = np.zeros(max(int(items.max(initial=-1)) for items in found) + 1, dtype=np.bool_)
    for items in found:
        named[items] = True
    return np.flatnonzero(named).astype(np.int32)


def items_of(record: Record) -> Iterator[np.ndarray]:
    """Yield int32 refs of items that a record names, in columns or in after-images."""
    batch = record.batch
    for columns in (batch.columns, batch.lines):
        if "item" in columns:
            yield columns["item"]
    if record.batch.command.name == "put_item":
        yield record.outcome["item"]
    for image in record.images:
        place = _ITEM_OFFSET.get(image.table)
        if place is not None:
            offset, size = place
            packed = image.images[: image.rows.size * size].reshape(-1, size)
            yield np.ascontiguousarray(packed[:, offset : offset + 4]).view(np.int32).ravel()
        if TABLES[image.table].name == "item":
            yield image.rows
