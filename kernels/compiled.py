"""How kernels are compiled.

All are cached on disk and keep the interpreter lock: on a server's threads, giving it away for a
few microseconds costs a wait for it, which is many times longer. Those for large batches are
`long_kernel`s and give it away: other threads read the next messages meanwhile (measured: a tenth
more orders a second). Kernels over whole tables (recovery, scrub, the whole catalogue) are plain
`njit(nogil=True)`.

They run without Numba's reference counts:
a kernel only borrows arrays from its caller and makes none, yet passing a bundle of twenty arrays
from one kernel to another would count each of them up and down, atomically, at every call. Measured
on orders whose lines are served through three such calls: 1,105 ns a line with, 219 without.

So a kernel with one of these decorators must not make an array. Those that do use plain `njit`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = TypeVar("Function", bound=Callable[..., object])

# Numba's own stubs do not know the last one.
_OPTIONS: dict[str, Any] = {"cache": True, "_nrt": False}


def kernel(function: Function) -> Function:
    """Compile a kernel.

    Parameters
    ----------
    function : callable
        Takes and gives scalars, arrays and bundles of arrays.

    Returns
    -------
    function : callable
        The same, compiled at its first call.
    """
    return cast("Function", njit(**_OPTIONS)(function))


def long_kernel(function: Function) -> Function:
    """Compile a kernel that runs for 50 microseconds or more, without the interpreter lock.

    Parameters
    ----------
    function : callable
        As for `kernel`.

    Returns
    -------
    function : callable
        The same, compiled at its first call.
    """
    return cast("Function", njit(**_OPTIONS, nogil=True)(function))


def step(function: Function) -> Function:
    """Compile a small step of kernels that is always copied into its callers.

    Parameters
    ----------
    function : callable
        As for `kernel`.

    Returns
    -------
    function : callable
        The same, compiled at its first call.
    """
    return cast("Function", njit(**_OPTIONS, forceinline=True)(function))
