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


def direct(function: Function) -> Function:
    """Give a kernel for callers from Python that always pass the same types.

    Numba looks at the types of all arguments at each call, and at every array within a bundle:
    15 microseconds for the 48 arrays behind an order, four times of what unwrapping them costs.
    What this gives looks at its first call only. Never call it with other dtypes, dimensions or
    layouts than the first time: arrays are not told apart any more.

    Parameters
    ----------
    function : callable
        A kernel, as the decorators here give it.

    Returns
    -------
    function : callable
        For callers from Python; kernels call the kernel itself.
    """
    dispatcher: Any = function
    if not hasattr(dispatcher, "get_overload"):  # kernels run as plain Python
        return function
    compiled: Callable[..., object] | None = None

    def call(*arguments: object) -> object:
        nonlocal compiled
        if compiled is not None:
            return compiled(*arguments)
        # The types as they come in: the call writes into arrays, but never makes them others.
        types = tuple(dispatcher.typeof_pyval(argument) for argument in arguments)
        result = dispatcher(*arguments)
        compiled = dispatcher.get_overload(types)
        return result

    return cast("Function", call)
