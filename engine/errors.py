"""Errors of the engine: one small tree, without any transport in it.

Each message says what was found, what was expected and what to do. Outcomes of single
commands (short, unknown item in one line of a batch, ...) are data, not errors: see
`outcomes.py`. `service/status.py` maps this tree to gRPC.
"""

from __future__ import annotations


class SlotlineError(Exception):
    """Root of every error that this package raises on purpose."""


class InvalidRequest(SlotlineError):
    """The call is malformed: wrong type, length, range or column. Fix the call."""


class UnknownEntity(SlotlineError):
    """A code or ref names nothing in this store. Fix the call."""


class KeyReused(SlotlineError):
    """The key was used before with other content. Fix the call."""


class KeyExpired(SlotlineError):
    """The key is older than what the store remembers; it is never executed again."""


class IllegalTransition(SlotlineError):
    """The entity's life cycle does not allow the command now. Change the state first."""


class StaleVersion(SlotlineError):
    """The catalogue epoch or version in the call is old. Read again, then redo."""


class LimitReached(SlotlineError):
    """A bound of `limits.py` is reached (queue, batch, table, disk). Slow down or split.

    Parameters
    ----------
    message : str
        What was found and which bound it met.
    retry_after_us : int
        Advised pause before the same call, 0 when a retry cannot help.
    """

    def __init__(self, message: str, retry_after_us: int = 0) -> None:
        super().__init__(message)
        self.retry_after_us = retry_after_us


class DeadlinePassed(SlotlineError):
    """The caller's deadline had passed when its turn came; nothing was done."""


class PeerUnavailable(SlotlineError):
    """A peer did not answer. Retry the same call with back-off."""


class PeerFault(SlotlineError):
    """A peer answered nonsense. We alert, they fix."""


class Unsupported(SlotlineError):
    """Neither this build nor the adapter offers the call."""


class InvariantBroken(SlotlineError):
    """A bug: state contradicts itself. The process must stop."""


class StoreInUse(SlotlineError):
    """Another process holds the data directory."""


class StoreMismatch(SlotlineError):
    """The files belong to another store, or to a format this build cannot read."""


class JournalCorrupt(SlotlineError):
    """Stored bytes are damaged, missing or contradict one another. The process must stop."""


class JournalFailed(SlotlineError):
    """The store refused a write or a sync. Never retried: stop, then recover anew."""
