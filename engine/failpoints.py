"""Named points where a test harness may stop, kill or delay the engine.

In production `hook` is None and `planted` is empty: a failpoint costs one call and one global
load. A harness installs a function that receives the name of the point and may raise, kill
the process or count. `planted` switches on one known bug, so that each harness can show that
it would have caught it; production code never fills it.

Names in use: ``journal.before_write``, ``journal.after_write``, ``journal.before_sync``,
``journal.after_sync``, ``head.before_write``, ``head.after_write``, ``segment.before_seal``,
``segment.after_seal``, ``archive.before_copy``, ``archive.after_copy``,
``archive.after_index``, ``store.before_rename``, ``store.after_rename``,
``store.before_unlink``, ``store.before_sync_dir``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

hook: Callable[[str], None] | None = None
planted: frozenset[str] = frozenset()

PLANTED_JOURNAL = frozenset(
    {
        "skip_sync",
        "chain_not_verified",
        "recycled_segment_read_as_new",
        "head_not_checked",
        "torn_tail_kept",
        "crc_not_checked",
    }
)


def failpoint(name: str) -> None:
    """Tell the installed harness, if any, that the point `name` is reached.

    Parameters
    ----------
    name : str
        Name of the point, ``module.moment``.
    """
    if hook is not None:
        hook(name)


def install(new_hook: Callable[[str], None] | None) -> None:
    """Install the harness function, or remove it with None.

    Parameters
    ----------
    new_hook : callable or None
        Called with each failpoint's name in the thread that reaches it.
    """
    global hook
    hook = new_hook


def plant(*names: str) -> None:
    """Switch on exactly the named known bugs (none: production behaviour). Tests only.

    Parameters
    ----------
    *names : str
        Switches, for example ``skip_sync``.
    """
    global planted
    planted = frozenset(names)
