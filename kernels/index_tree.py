"""Ordered tree of stock rows, one a pool, all in shared arenas of nodes.

A B+-tree keyed by (order key, stock row), unique. Shapes: ``L`` leaves, ``N`` inner nodes, ``R``
stock rows, ``P`` pools.

- A *leaf* (64 bytes) holds up to `LEAF_ROWS` rows in slots ``[lo, hi)``, so that taking away the
  first one moves nothing. Leaves of a pool are linked in order. A leaf that becomes empty is
  unlinked and reused; leaves are never merged, so a walker keeps its place while it removes.
- An *inner node* holds 2 to `INNER_CHILDREN` children. Child ``c > 0`` holds entries not below
  separator ``c``; the separator of child 0 is not used. A node left with one child gives it to,
  or borrows one from, a neighbour. So a pool of ``n`` rows has at most ``n`` leaves, fewer inner
  nodes than leaves and a height of at most ``log2 n``, whatever its history.
- A node's name is its number: leaves > 0, inner nodes < 0, 0 is none. Memory filled with zeros is
  therefore an empty index, and untouched pages are never paid for.

A pool of five rows takes one leaf: 152 bytes. Insertion, removal and seek are O(log n).
Source: Bayer and McCreight, "Organization and maintenance of large ordered indexes", 1972; the
rule not to merge half-empty leaves is argued for by Johnson and Shasha, "B-trees with inserts and
deletes: why free-at-empty is better than merge-at-half", 1993. Called by `ordered_index`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .columns import DAY_US, ROTATION_FIFO
from .compiled import kernel, step

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAF_ROWS = 11
INNER_CHILDREN = 15

# Words of a leaf: `lo`, `hi`, links, parent, then the rows.
LEAF_WORDS = 16
LO, HI, NEXT, PREVIOUS, PARENT, ROW = 0, 1, 2, 3, 4, 5

# Words of an inner node: count, parent, children, rows of the separators. (Keys: `inner_key`.)
INNER_WORDS = 32
COUNT, UP, CHILD, SEPARATOR = 0, 1, 2, 2 + INNER_CHILDREN

# Entries of `arena`: nodes ever used and the first of the chain of free ones.
LEAF_USED, LEAF_FREE, INNER_USED, INNER_FREE = 0, 1, 2, 3
ARENA_WORDS = 4

_LEAF_KEPT = 6
_INNER_KEPT = 8


class StockIndex(NamedTuple):
    """The index of all pools and the columns that it reads and writes.

    Attributes
    ----------
    head : POOL_HEAD[P]
        Hot heads of the pools.
    cursor : POOL_CURSOR[P]
        Rows found by required day.
    pool_root : int32[P]
        Root of the pool's tree: leaf > 0, inner node < 0, none 0.
    pool_first_leaf : int32[P]
        First leaf in order, 0 when the tree is empty.
    pool_status : uint8[P]
        Stock status; only rows of AVAILABLE pools are in a tree.
    leaf : int32[L, 16]
        Leaves.
    leaf_key : int64[L, 11]
        Order keys of the leaves' rows, in the same slots.
    inner : int32[N, 32]
        Inner nodes.
    inner_key : int64[N, 15]
        Keys of the separators.
    arena : int64[4]
        Nodes ever used and chains of free nodes.
    stock_pool : int32[R]
        Pool of each stock row.
    stock_expiry_day : int32[R]
        Local day number, `NO_EXPIRY_DAY` when none.
    stock_received_us : int64[R]
        Time of receipt.
    stock_on_hand_units : int32[R]
        Units on hand.
    stock_allocated_units : int32[R]
        Units of bound allocations.
    """

    head: NDArray[np.void]
    cursor: NDArray[np.void]
    pool_root: NDArray[np.int32]
    pool_first_leaf: NDArray[np.int32]
    pool_status: NDArray[np.uint8]
    leaf: NDArray[np.int32]
    leaf_key: NDArray[np.int64]
    inner: NDArray[np.int32]
    inner_key: NDArray[np.int64]
    arena: NDArray[np.int64]
    stock_pool: NDArray[np.int32]
    stock_expiry_day: NDArray[np.int32]
    stock_received_us: NDArray[np.int64]
    stock_on_hand_units: NDArray[np.int32]
    stock_allocated_units: NDArray[np.int32]


@step
def key_of(ix: StockIndex, row: int, rotation: int) -> int:
    """Order key of a stock row; see `columns.order_key`.

    Parameters
    ----------
    ix : StockIndex
        Read only.
    row : int64
        Stock row.
    rotation : int64
        Rotation of the item.

    Returns
    -------
    key : int64
        Non-negative.
    """
    received_us = ix.stock_received_us[row]
    if rotation == ROTATION_FIFO:
        return received_us
    return (np.int64(ix.stock_expiry_day[row]) << 32) | (received_us // DAY_US)


@step
def find_leaf(ix: StockIndex, root: int, key: int, row: int) -> int:
    """Leaf in which the entry (key, row) is, or where it belongs. O(log n).

    Parameters
    ----------
    ix : StockIndex
        Read only.
    root : int64
        Root of the pool's tree, not 0.
    key, row : int64
        The entry; row -1 comes before all rows of the same key.

    Returns
    -------
    leaf : int64
        Number of the leaf.
    """
    node = np.int64(root)
    while node < 0:
        inner = -node
        c = np.int64(ix.inner[inner, COUNT]) - 1
        while c > 0:
            separator = ix.inner_key[inner, c]
            if separator < key or (separator == key and ix.inner[inner, SEPARATOR + c] <= row):
                break
            c -= 1
        node = np.int64(ix.inner[inner, CHILD + c])
    return node


@step
def find_slot(ix: StockIndex, n: int, key: int, row: int) -> int:
    """First slot of leaf `n` whose entry is not below (key, row), `hi` when there is none.

    Parameters
    ----------
    ix : StockIndex
        Read only.
    n : int64
        Leaf.
    key, row : int64
        The entry.

    Returns
    -------
    slot : int64
        ``lo`` to ``hi``.
    """
    slot = np.int64(ix.leaf[n, LO])
    hi = np.int64(ix.leaf[n, HI])
    while slot < hi:
        at = ix.leaf_key[n, slot]
        if at > key or (at == key and ix.leaf[n, ROW + slot] >= row):
            break
        slot += 1
    return slot


@kernel
def insert(ix: StockIndex, pool: int, key: int, row: int) -> None:
    """Insert the entry (key, row), which must not be there. O(log n).

    Parameters
    ----------
    ix : StockIndex
        The pool's tree is changed; its head is not.
    pool : int64
        Pool.
    key, row : int64
        The entry.
    """
    root = np.int64(ix.pool_root[pool])
    if root == 0:
        n = _new_leaf(ix)
        ix.pool_root[pool] = n
        ix.pool_first_leaf[pool] = n
    else:
        n = find_leaf(ix, root, key, row)
        if ix.leaf[n, HI] - ix.leaf[n, LO] == LEAF_ROWS:
            n = _split_leaf(ix, pool, n, key, row)
    lo = np.int64(ix.leaf[n, LO])
    hi = np.int64(ix.leaf[n, HI])
    slot = find_slot(ix, n, key, row)
    if hi < LEAF_ROWS and (lo == 0 or hi - slot <= slot - lo):
        for at in range(hi, slot, -1):
            ix.leaf[n, ROW + at] = ix.leaf[n, ROW + at - 1]
            ix.leaf_key[n, at] = ix.leaf_key[n, at - 1]
        ix.leaf[n, HI] = hi + 1
    else:
        slot -= 1
        for at in range(lo - 1, slot):
            ix.leaf[n, ROW + at] = ix.leaf[n, ROW + at + 1]
            ix.leaf_key[n, at] = ix.leaf_key[n, at + 1]
        ix.leaf[n, LO] = lo - 1
    ix.leaf[n, ROW + slot] = row
    ix.leaf_key[n, slot] = key


@kernel
def remove_at(ix: StockIndex, pool: int, n: int, slot: int) -> int:
    """Remove the entry in a slot. O(1), O(log n) when it was the leaf's last one.

    Parameters
    ----------
    ix : StockIndex
        The pool's tree is changed; its head is not.
    pool : int64
        Pool.
    n, slot : int64
        Leaf and slot of the entry.

    Returns
    -------
    next_slot : int64
        Slot in which the entry that followed now is (``hi`` when it is in the next leaf), -1 when
        the leaf is gone.
    """
    lo = np.int64(ix.leaf[n, LO])
    hi = np.int64(ix.leaf[n, HI])
    if hi - lo == 1:
        _drop_leaf(ix, pool, n)
        return np.int64(-1)
    if slot - lo <= hi - 1 - slot:
        for at in range(slot, lo, -1):
            ix.leaf[n, ROW + at] = ix.leaf[n, ROW + at - 1]
            ix.leaf_key[n, at] = ix.leaf_key[n, at - 1]
        ix.leaf[n, LO] = lo + 1
        return np.int64(slot + 1)
    for at in range(slot, hi - 1):
        ix.leaf[n, ROW + at] = ix.leaf[n, ROW + at + 1]
        ix.leaf_key[n, at] = ix.leaf_key[n, at + 1]
    ix.leaf[n, HI] = hi - 1
    return np.int64(slot)


@step
def _new_leaf(ix: StockIndex) -> int:
    """Take an empty leaf without links."""
    n = ix.arena[LEAF_FREE]
    if n != 0:
        ix.arena[LEAF_FREE] = ix.leaf[n, NEXT]
    else:
        n = ix.arena[LEAF_USED] + 1
        ix.arena[LEAF_USED] = n
    for word in range(ROW):
        ix.leaf[n, word] = 0
    return n


@step
def _new_inner(ix: StockIndex) -> int:
    """Take an inner node without children."""
    n = ix.arena[INNER_FREE]
    if n != 0:
        ix.arena[INNER_FREE] = ix.inner[n, UP]
    else:
        n = ix.arena[INNER_USED] + 1
        ix.arena[INNER_USED] = n
    ix.inner[n, COUNT] = 0
    ix.inner[n, UP] = 0
    return n


@step
def _free_inner(ix: StockIndex, n: int) -> None:
    ix.inner[n, COUNT] = 0
    ix.inner[n, UP] = ix.arena[INNER_FREE]
    ix.arena[INNER_FREE] = n


@step
def _set_parent(ix: StockIndex, node: int, parent: int) -> None:
    if node > 0:
        ix.leaf[node, PARENT] = parent
    else:
        ix.inner[-node, UP] = parent


@step
def _child_position(ix: StockIndex, parent: int, node: int) -> int:
    c = 0
    while ix.inner[parent, CHILD + c] != node:
        c += 1
    return c


@kernel
def _split_leaf(ix: StockIndex, pool: int, n: int, key: int, row: int) -> int:
    """Put a new leaf behind the full leaf `n`; return the one in which the entry belongs."""
    m = _new_leaf(ix)
    follower = np.int64(ix.leaf[n, NEXT])
    ix.leaf[n, NEXT] = m
    ix.leaf[m, PREVIOUS] = n
    ix.leaf[m, NEXT] = follower
    if follower != 0:
        ix.leaf[follower, PREVIOUS] = m
    last_key = ix.leaf_key[n, LEAF_ROWS - 1]
    last_row = ix.leaf[n, ROW + LEAF_ROWS - 1]
    if follower == 0 and (key > last_key or (key == last_key and row > last_row)):
        # Receipts mostly come in rising order: leave full leaves behind.
        _insert_child(ix, pool, n, m, key, row)
        return m
    for at in range(_LEAF_KEPT, LEAF_ROWS):
        ix.leaf[m, ROW + at - _LEAF_KEPT] = ix.leaf[n, ROW + at]
        ix.leaf_key[m, at - _LEAF_KEPT] = ix.leaf_key[n, at]
    ix.leaf[n, HI] = _LEAF_KEPT
    ix.leaf[m, HI] = LEAF_ROWS - _LEAF_KEPT
    first_key = ix.leaf_key[m, 0]
    first_row = np.int64(ix.leaf[m, ROW])
    _insert_child(ix, pool, n, m, first_key, first_row)
    if key > first_key or (key == first_key and row > first_row):
        return m
    return n


@step
def _place_child(ix: StockIndex, p: int, c: int, node: int, key: int, row: int) -> None:
    """Make `node` child `c` of the inner node `p`, which has room."""
    count = np.int64(ix.inner[p, COUNT])
    for at in range(count, c, -1):
        ix.inner[p, CHILD + at] = ix.inner[p, CHILD + at - 1]
        ix.inner[p, SEPARATOR + at] = ix.inner[p, SEPARATOR + at - 1]
        ix.inner_key[p, at] = ix.inner_key[p, at - 1]
    ix.inner[p, CHILD + c] = node
    ix.inner[p, SEPARATOR + c] = row
    ix.inner_key[p, c] = key
    ix.inner[p, COUNT] = count + 1
    _set_parent(ix, node, p)


@step
def _take_child(ix: StockIndex, p: int, c: int) -> None:
    """Remove child `c` of the inner node `p`."""
    count = np.int64(ix.inner[p, COUNT])
    for at in range(c, count - 1):
        ix.inner[p, CHILD + at] = ix.inner[p, CHILD + at + 1]
        ix.inner[p, SEPARATOR + at] = ix.inner[p, SEPARATOR + at + 1]
        ix.inner_key[p, at] = ix.inner_key[p, at + 1]
    ix.inner[p, COUNT] = count - 1


@kernel
def _insert_child(ix: StockIndex, pool: int, left: int, right: int, key: int, row: int) -> None:
    """Put node `right`, whose entries are not below (key, row), behind its neighbour `left`."""
    while True:
        p = np.int64(ix.leaf[left, PARENT]) if left > 0 else np.int64(ix.inner[-left, UP])
        if p == 0:
            p = _new_inner(ix)
            _place_child(ix, p, 0, left, 0, 0)
            _place_child(ix, p, 1, right, key, row)
            ix.pool_root[pool] = -p
            return
        c = _child_position(ix, p, left) + 1
        if ix.inner[p, COUNT] < INNER_CHILDREN:
            _place_child(ix, p, c, right, key, row)
            return
        q = _new_inner(ix)
        for at in range(_INNER_KEPT, INNER_CHILDREN):
            _place_child(
                ix, q, at - _INNER_KEPT, np.int64(ix.inner[p, CHILD + at]),
                ix.inner_key[p, at], np.int64(ix.inner[p, SEPARATOR + at]),
            )  # fmt: skip
        ix.inner[p, COUNT] = _INNER_KEPT
        up_key = ix.inner_key[q, 0]
        up_row = np.int64(ix.inner[q, SEPARATOR])
        if c <= _INNER_KEPT:
            _place_child(ix, p, c, right, key, row)
        else:
            _place_child(ix, q, c - _INNER_KEPT, right, key, row)
        left, right, key, row = -p, -q, up_key, up_row


@kernel
def _drop_leaf(ix: StockIndex, pool: int, n: int) -> None:
    """Unlink leaf `n`, take it out of the tree and keep it for reuse."""
    before = np.int64(ix.leaf[n, PREVIOUS])
    after = np.int64(ix.leaf[n, NEXT])
    if before != 0:
        ix.leaf[before, NEXT] = after
    else:
        ix.pool_first_leaf[pool] = after
    if after != 0:
        ix.leaf[after, PREVIOUS] = before
    _remove_child(ix, pool, n, np.int64(ix.leaf[n, PARENT]))
    ix.leaf[n, HI] = 0
    ix.leaf[n, LO] = 0
    ix.leaf[n, NEXT] = ix.arena[LEAF_FREE]
    ix.arena[LEAF_FREE] = n


@kernel
def _remove_child(ix: StockIndex, pool: int, node: int, p: int) -> None:
    """Remove `node` from its parent `p` (0: it was the root); no node keeps a single child."""
    while True:
        if p == 0:
            ix.pool_root[pool] = 0
            return
        _take_child(ix, p, _child_position(ix, p, node))
        if ix.inner[p, COUNT] >= 2:
            return
        only = np.int64(ix.inner[p, CHILD])
        g = np.int64(ix.inner[p, UP])
        if g == 0:
            ix.pool_root[pool] = only
            _set_parent(ix, only, 0)
            _free_inner(ix, p)
            return
        if not _give_away(ix, g, p, only):
            return
        _free_inner(ix, p)
        node, p = -p, g


@kernel
def _give_away(ix: StockIndex, g: int, p: int, only: int) -> bool:
    """Give the only child of `p` to a neighbour, or borrow one; true when `p` is left empty."""
    d = _child_position(ix, g, -p)
    if d > 0:
        s = -np.int64(ix.inner[g, CHILD + d - 1])
        count = np.int64(ix.inner[s, COUNT])
        low_key, low_row = ix.inner_key[g, d], np.int64(ix.inner[g, SEPARATOR + d])
        if count < INNER_CHILDREN:
            _place_child(ix, s, count, only, low_key, low_row)
            return True
        borrowed = np.int64(ix.inner[s, CHILD + count - 1])
        ix.inner_key[p, 0], ix.inner[p, SEPARATOR] = low_key, low_row
        ix.inner_key[g, d] = ix.inner_key[s, count - 1]
        ix.inner[g, SEPARATOR + d] = ix.inner[s, SEPARATOR + count - 1]
        _take_child(ix, s, count - 1)
        _place_child(ix, p, 0, borrowed, 0, 0)
        return False
    s = -np.int64(ix.inner[g, CHILD + 1])
    low_key, low_row = ix.inner_key[g, 1], np.int64(ix.inner[g, SEPARATOR + 1])
    if ix.inner[s, COUNT] < INNER_CHILDREN:
        ix.inner_key[s, 0], ix.inner[s, SEPARATOR] = low_key, low_row
        _place_child(ix, s, 0, only, 0, 0)
        return True
    borrowed = np.int64(ix.inner[s, CHILD])
    ix.inner_key[g, 1] = ix.inner_key[s, 1]
    ix.inner[g, SEPARATOR + 1] = ix.inner[s, SEPARATOR + 1]
    _take_child(ix, s, 0)
    _place_child(ix, p, 1, borrowed, low_key, low_row)
    return False
