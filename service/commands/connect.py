"""A client that says at once when nobody answers, instead of trying for a minute."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...engine.errors import PeerUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..client import SlotlineClient

WAIT_S = 5.0


@contextmanager
def connected(target: str) -> Iterator[SlotlineClient]:
    """Give a client of a server that serves, and close it afterwards.

    Parameters
    ----------
    target : str
        Host and port.

    Yields
    ------
    SlotlineClient
        Connected.

    Raises
    ------
    PeerUnavailable
        Nobody serves there within 5 s.
    """
    from ..client import SlotlineClient

    with SlotlineClient(target) as client:
        try:
            client.wait_until_serving(WAIT_S)
        except PeerUnavailable as error:
            raise PeerUnavailable(
                f"server {target}: {error}; start one with `slotline serve DIR` or name its "
                f"address with --target"
            ) from error
        yield client
