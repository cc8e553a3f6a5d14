"""Who calls: tenant and actor, given as gRPC metadata and noted in every record.

A call's metadata may hold `slotline-tenant` and `slotline-actor`, each the code of a name of that
kind, made by `put_name` before. The service does not authenticate: they are worth what the proxy is
worth that sets them. gRPC takes printable ASCII only, so other codes cannot be given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..engine.errors import InvalidRequest
from ..engine.limits import CODE_BYTES_MAX
from ..engine.schema import NameKind
from ..kernels.columns import NONE
from . import codes as code

if TYPE_CHECKING:
    import grpc

    from ..engine.engine import Engine

TENANT_KEY: Final = "slotline-tenant"
ACTOR_KEY: Final = "slotline-actor"

_KINDS: Final = {TENANT_KEY: NameKind.TENANT, ACTOR_KEY: NameKind.ACTOR}


def caller_of(context: grpc.ServicerContext, engine: Engine) -> tuple[int, int]:
    """Give the name rows of a call's tenant and actor.

    Parameters
    ----------
    context : grpc.ServicerContext
        The call.
    engine : Engine
        Knows the names.

    Returns
    -------
    tuple of (int, int)
        Rows of table `name`, -1 for what the call does not tell.

    Raises
    ------
    InvalidRequest
        Told twice, empty, too long, or with characters beyond printable ASCII.
    UnknownEntity
        No such name of that kind.
    """
    found: dict[str, int] = {}
    for key, value in context.invocation_metadata():
        if key in _KINDS:
            if key in found:
                raise InvalidRequest(f"{key}: found it more than once, expected it once")
            text = checked_text(key, value)
            kind = _KINDS[key]
            found[key] = code.name_ref(engine.state.codes, kind, text, kind.name.lower())
    if not found:
        return NONE, NONE
    return found.get(TENANT_KEY, NONE), found.get(ACTOR_KEY, NONE)


def checked_text(key: str, value: str | bytes) -> str:
    """Give a value of the metadata, or raise InvalidRequest when it can be no code."""
    if (
        not isinstance(value, str)
        or not 1 <= len(value) <= CODE_BYTES_MAX
        or not value.isascii()
        or not value.isprintable()
    ):
        raise InvalidRequest(
            f"{key}: found {value[:CODE_BYTES_MAX]!r} of length {len(value)}, expected 1 to "
            f"{CODE_BYTES_MAX} characters of printable ASCII"
        )
    return value


def caller_metadata(tenant: str, actor: str) -> tuple[tuple[str, str], ...] | None:
    """Give the metadata that tells a caller; empty texts are left out, None when both are.

    Raises
    ------
    InvalidRequest
        As for `checked_text`.
    """
    pairs = ((TENANT_KEY, tenant), (ACTOR_KEY, actor))
    return tuple((key, checked_text(key, value)) for key, value in pairs if value) or None
