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
def connected(target: str, *, tenant: str = "", actor: str = "") -> Iterator[SlotlineClient]:
    """Give a client of a server that serves, and close it afterwards.

    Parameters
    ----------
    target : str
        Host and port.
    tenant, actor : str
        For whom and by whom commands are given; their names are made known if they are new.

    Yields
    ------
    SlotlineClient
        Connected.

    Raises
    ------
    PeerUnavailable
        Nobody serves there within 5 s.
    """
    from ...engine.schema import NameKind
    from ..client import SlotlineClient

    with SlotlineClient(target) as client:
        try:
            client.wait_until_serving(WAIT_S)
        except PeerUnavailable as error:
            raise PeerUnavailable(
                f"server {target}: {error}; start one with `slotline serve DIR` or name its "
                f"address with --target"
            ) from error
        if not tenant and not actor:
            yield client
            return
        for kind, code in ((NameKind.TENANT, tenant), (NameKind.ACTOR, actor)):
            if code:
                client.put_name(kind=kind, code=code)
    with SlotlineClient(target, tenant=tenant, actor=actor) as client:
        yield client
