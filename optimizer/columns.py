"""The checks that every problem makes of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

TIME_US_MAX: Final = 1 << 60
"""Sums and differences of a few times are whole numbers of 64 bits."""
_THREADS_MAX: Final = 1 << 10
_SEED_MAX: Final = (1 << 63) - 1


def whole_column(name: str, values: ArrayLike) -> NDArray[np.int64]:
    """Give a column of its own that nobody changes any more.

    Parameters
    ----------
    name : str
        For the message.
    values : int[N]
        Any whole numbers; an empty column may have any type.

    Returns
    -------
    int64[N]
        A read-only copy.

    Raises
    ------
    ValueError
        Not one row of whole numbers.
    """
    found = array_of(name, values)
    if found.ndim != 1 or (found.size and found.dtype.kind not in "iu") or _is_wide(found):
        raise ValueError(
            f"{name} has shape {found.shape} and type {found.dtype}, "
            f"expected a column of whole numbers of 64 bits"
        )
    column = np.array(found, dtype=np.int64)
    column.flags.writeable = False
    return column


def whole_table(name: str, values: ArrayLike, shape: tuple[int, int]) -> NDArray[np.int64]:
    """Give a table of its own that nobody changes any more.

    Parameters
    ----------
    name : str
        For the message.
    values : int[R, C]
        Any whole numbers.
    shape : (int, int)
        R and C.

    Returns
    -------
    int64[R, C]
        A read-only copy.

    Raises
    ------
    ValueError
        Another shape, or no whole numbers.
    """
    found = array_of(name, values)
    if found.shape != shape or (found.size and found.dtype.kind not in "iu") or _is_wide(found):
        raise ValueError(
            f"{name} has shape {found.shape} and type {found.dtype}, "
            f"expected whole numbers of shape {shape}"
        )
    table = np.array(found, dtype=np.int64)
    table.flags.writeable = False
    return table


def _is_wide(found: NDArray[Any]) -> bool:
    """Tell whether a number needs the 64th bit."""
    limit = np.iinfo(np.int64).max
    return bool(found.dtype == np.uint64 and found.size and found.max() > limit)


def array_of(name: str, values: ArrayLike) -> NDArray[Any]:
    """Give values as an array of any shape and type.

    Parameters
    ----------
    name : str
        For the message.
    values : array_like
        Should be whole numbers; their shape and type are still to be checked.

    Returns
    -------
    array
        Of the type that NumPy finds.

    Raises
    ------
    ValueError
        Rows of different lengths, or a number that no type holds.
    """
    try:
        return np.asarray(values)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"{name} is no array ({error}), expected whole numbers of 64 bits in rows of one length"
        ) from error


def column_of(name: str, values: ArrayLike, count: int, noun: str) -> NDArray[np.int64]:
    """Give a column with a row for each thing.

    Parameters
    ----------
    name : str
        For the message.
    values : int[count]
        Any whole numbers.
    count : int
        How many there must be.
    noun : str
        What a row stands for, for the message: ``order``.

    Returns
    -------
    int64[count]
        A read-only copy.

    Raises
    ------
    ValueError
        No column of whole numbers, or not one for each thing.
    """
    column = whole_column(name, values)
    if len(column) != count:
        rows = len(column)
        raise ValueError(f"{name} has {rows} rows, expected {count}, one for each {noun}")
    return column


def check_range(name: str, column: NDArray[np.int64], most: int, noun: str) -> None:
    """Refuse a row that is negative or too large, and name the first one.

    Parameters
    ----------
    name : str
        For the message.
    column : int64[N]
        A column.
    most : int
        The largest value that is allowed.
    noun : str
        What a row stands for.

    Raises
    ------
    ValueError
        A row is not from 0 to `most`.
    """
    wrong = np.flatnonzero((column < 0) | (column > most))
    if len(wrong):
        at = int(wrong[0])
        raise ValueError(f"{name} of {noun} {at} is {column[at]}, expected 0 to {most}")


def check_whole(name: str, value: float, least: int, most: int) -> None:
    """Refuse a number that is not whole, too small or too large.

    Parameters
    ----------
    name : str
        For the message.
    value : number
        The number.
    least, most : int
        Its range.

    Raises
    ------
    ValueError
        Anything else.
    """
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not is_whole or not least <= value <= most:
        raise ValueError(f"{name} is {value!r}, expected a whole number from {least} to {most}")


def check_search(time_limit_s: float, thread_count: int = 1, seed: int = 0) -> None:
    """Refuse what no search can be run with.

    Parameters
    ----------
    time_limit_s : float
        Deadline from the call, 0 or less for none of the search.
    thread_count : int
        Searches side by side.
    seed : int
        Of the search, 0 or more.

    Raises
    ------
    ValueError
        No finite number of seconds, no thread, or no whole numbers.
    """
    is_number = isinstance(time_limit_s, (int, float, np.integer, np.floating))
    if not is_number or not -np.inf < time_limit_s < np.inf:
        raise ValueError(f"time_limit_s is {time_limit_s!r}, expected a finite number of seconds")
    check_whole("thread_count", thread_count, 1, _THREADS_MAX)
    check_whole("seed", seed, 0, _SEED_MAX)
