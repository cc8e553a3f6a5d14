"""Slotline: the allocation and slotting engine of a warehouse.

Importing this package loads nothing else: neither the compiled kernels nor gRPC. Import what
you need from its subpackages, for example ``from slotline.service.client import SlotlineClient``.
"""

from __future__ import annotations

__all__ = ["__version__"]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> str:
    """Give ``__version__`` on first use, so that a plain import reads no metadata.

    Parameters
    ----------
    name : str
        The attribute asked for.

    Returns
    -------
    version : str
        Version of the installed distribution.

    Raises
    ------
    AttributeError
        If `name` is anything but ``__version__``.
    importlib.metadata.PackageNotFoundError
        If the package runs from a folder that was never installed.
    """
    if name != "__version__":
        message = f"module {__name__!r} has no attribute {name!r}; expected '__version__'"
        raise AttributeError(message)
    from importlib.metadata import version

    return version("slotline")
