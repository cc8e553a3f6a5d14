"""What a person sees while the demo runs: a bar over the simulated day, or notes now and then."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final, Self

from .charts import clock

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_NOTE_US: Final = 4 * 3_600_000_000


class DayBar:
    """Progress on stderr; use as a context manager.

    Parameters
    ----------
    total_us : int
        Length of the simulated day.
    is_quiet : bool
        Show nothing.
    """

    def __init__(self, total_us: int, *, is_quiet: bool) -> None:
        self._total_us = total_us
        self._is_quiet = is_quiet
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._noted_us = -_NOTE_US
        self._begin_s = time.monotonic()

    def __enter__(self) -> Self:
        if not self._is_quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[facts]}"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def note(self, text: str) -> None:
        """Tell what is done next."""
        if self._is_quiet:
            return
        if self._bar is not None:
            self._bar.console.print(text, highlight=False)
        else:
            sys.stderr.write(f"{time.monotonic() - self._begin_s:6.1f} s  {text}\n")

    def show(self, at_us: int, facts: str) -> None:
        """Show how far the day is.

        Parameters
        ----------
        at_us : int
            Microseconds after midnight.
        facts : str
            A few figures.
        """
        if self._bar is not None:
            if self._task is None:
                self._task = self._bar.add_task("", total=self._total_us, facts="")
            self._bar.update(
                self._task, completed=at_us, description=f"day {clock(at_us)}", facts=facts
            )
        elif at_us - self._noted_us >= _NOTE_US:
            self._noted_us = at_us
            self.note(f"{clock(at_us)}  {facts}")
