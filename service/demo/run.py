"""The demo: one day of a warehouse on real orders, through a real server that is killed once."""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from ...engine.errors import InvalidRequest
from ..clock import FileClock
from ..commands.output import Output
from ..verify import AckLog, verify
from ..warm import compile_kernels
from .channels import Channels
from .charts import AtpSeries
from .day import EventKind, derive_day
from .desk import Desk
from .dock import Dock
from .flash import FlashSale
from .history import load_history
from .night import run_night
from .opening import open_site
from .order_book import OrderBook
from .orders import DAY_US
from .picking import Picking
from .process import ServerProcess
from .progress import DayBar
from .reckoning import reckon
from .report import render_report
from .shipping import Shipping
from .site import derive_site
from .summary import RunFacts, all_checks, as_facts, as_tables, report_data

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from .day import Day, Step
    from .flash import Crash
    from .history import OrderHistory
    from .opening import Refs
    from .site import Site

VERIFICATION_FAILED: Final = 3
BUSIEST_ITEMS: Final = 6
_SITE_NAME: Final = "DEMO"
_DISK_FOLDER: Final = Path("/var/tmp")  # noqa: S108 - only the parent of a folder of our own


def run_demo(options: argparse.Namespace) -> int:
    """Run the day, print what came of it, write the report.

    Parameters
    ----------
    options : argparse.Namespace
        As `commands/demo_.py` defines them.

    Returns
    -------
    int
        0 when every check passed, else 3.

    Raises
    ------
    SlotlineError
        The input cannot be used, or the run broke off.
    """
    output = Output(options)
    if options.report.is_dir() or not options.report.parent.is_dir():
        raise InvalidRequest(f"--report: found {options.report}, expected a file in a folder")
    with work_folder(options.data) as folder:
        with DayBar(DAY_US, is_quiet=options.quiet) as bar:
            bar.note("looking for compiled kernels; compiling takes about a minute, once only")
            compile_us = compile_kernels()
            begin_ns = time.perf_counter_ns()
            bar.note("reading the order history")
            history = load_history(options.orders)
            site = derive_site(history, orders_max=options.orders_max)
            day = derive_day(site, flash_buyers=options.flash_buyers)
            run = DemoRun(folder, history, site, day, bar, is_killed=not options.no_kill)
            facts = replace(run.play(begin_ns), compile_us=compile_us)
        options.report.write_text(render_report(report_data(facts)), encoding="utf-8")
        output.result(as_facts(facts), *as_tables(facts, options.report))
    return 0 if all(check.passed for check in all_checks(facts)) else VERIFICATION_FAILED


@contextmanager
def work_folder(given: Path | None) -> Iterator[Path]:
    """Use the folder that was named, or one that is removed at the end.

    Parameters
    ----------
    given : Path or None
        New or empty folder; it is kept.

    Yields
    ------
    Path
        An empty folder.

    Raises
    ------
    InvalidRequest
        There is something in the folder.
    """
    if given is not None:
        if given.exists() and (not given.is_dir() or any(given.iterdir())):
            raise InvalidRequest(
                f"--data: found {given} with something in it, expected a new or empty folder"
            )
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    # Often /tmp is memory; the journal belongs on a disk.
    parent = _DISK_FOLDER if _DISK_FOLDER.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="slotline-demo-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class DemoRun:
    """One run, from an empty folder to the verdict.

    Parameters
    ----------
    folder : Path
        Empty folder for the store, the clock, the log of answers.
    history : OrderHistory
        The whole history, for the stream at night.
    site, day : Site, Day
        What is played.
    bar : DayBar
        Is told how far it is.
    is_killed : bool
        Whether the server is killed in the middle of the flash sale.
    """

    def __init__(
        self,
        folder: Path,
        history: OrderHistory,
        site: Site,
        day: Day,
        bar: DayBar,
        *,
        is_killed: bool,
    ) -> None:
        self._folder = folder
        self._history = history
        self._site = site
        self._day = day
        self._bar = bar
        self._is_killed = is_killed
        self._crash: Crash | None = None
        self._atp_times: list[int] = []
        self._atp_units: list[list[int]] = []

    def play(self, begin_ns: int) -> RunFacts:
        """Play the day and verify it.

        Parameters
        ----------
        begin_ns : int
            When the run began, by `time.perf_counter_ns`.

        Returns
        -------
        RunFacts
            What came of it.
        """
        folder, site, day, bar = self._folder, self._site, self._day, self._bar
        clock = FileClock(folder / "clock")
        clock.set_us((int(site.stock.received_day.min()) - 1) * DAY_US)
        server = ServerProcess(folder, clock, folder / "clock")
        acks = folder / "acknowledged.jsonl"
        with ExitStack() as stack:
            stack.callback(server.discard)
            bar.note("starting the server")
            server.create(_SITE_NAME)
            server.start()
            server.wait_until_ready()
            log = stack.enter_context(AckLog(acks))
            desk = stack.enter_context(Desk(server.address, clock, log))
            bar.note(f"opening the site: {len(site.items.codes):,} items")
            refs = open_site(desk, site, day)
            desk.spans.clear()
            bar.note(f"the day: {len(site.orders.order_codes):,} orders")
            day_begin_ns = time.perf_counter_ns()
            flash = FlashSale(desk, site, day)
            book = OrderBook(site, day, flash)
            picking = self._run_day(desk, refs, flash, book, server)
            day_wall_us = (time.perf_counter_ns() - day_begin_ns) // 1_000
            calls = desk.timings()
            account = reckon(desk, site, day, refs, book)
            bar.note("the night: streaming more of the history")
            stream = run_night(desk, self._history, site, refs)
            desk.write_down()
            server.stop()
            answered = desk.answered_count
        bar.note(f"verifying the journal against {answered:,} answers")
        verdict = verify(server.store, acks=acks)
        return RunFacts(
            site=site,
            day=day,
            account=account,
            flash=flash,
            crash=self._crash,
            book=book,
            picking=picking,
            calls=calls,
            stream=stream,
            atp=self._series(),
            verdict=verdict,
            wall_us=(time.perf_counter_ns() - begin_ns) // 1_000,
            day_wall_us=day_wall_us,
            compile_us=0,
            answered_count=answered,
        )

    def _run_day(
        self, desk: Desk, refs: Refs, flash: FlashSale, book: OrderBook, server: ServerProcess
    ) -> Picking:
        """Go through the day in steps of five minutes."""
        site, day = self._site, self._day
        dock, channels = Dock(desk, site, refs), Channels(desk, site, day)
        picking, shipping = Picking(desk, site, refs, book), Shipping(desk, book)
        busiest = self._busiest()
        for step in day.steps():
            desk.clock.set_us(step.start_us)
            desk.call("tick")
            self._goods_in(dock, step)
            self._sell(channels, step)
            for kind, rows in step.rows.items():
                if kind == EventKind.FLASH_BUYER:
                    victim = server if self._is_killed and self._crash is None else None
                    self._crash = flash.sell(rows.tolist(), victim) or self._crash
                elif kind == EventKind.WAVE:
                    for row in rows.tolist():
                        for numbers, references in picking.work(row):
                            shipping.stage(numbers, references)
                elif kind == EventKind.DEPARTURE:
                    for row in rows.tolist():
                        shipping.depart(row)
            self._look_at_atp(desk, busiest, step.start_us)
            desk.write_down()
            self._bar.show(
                step.start_us - day.start_us,
                f"{int((channels.order_number >= 0).sum()):,} orders, "
                f"{picking.picked_lines:,} picks, {shipping.shipment_count:,} shipments",
            )
        return picking

    @staticmethod
    def _goods_in(dock: Dock, step: Step) -> None:
        if EventKind.RECEIPT in step.rows:
            dock.receive(step.rows[EventKind.RECEIPT])
        if EventKind.PUTAWAY in step.rows:
            dock.put_away(step.rows[EventKind.PUTAWAY])

    @staticmethod
    def _sell(channels: Channels, step: Step) -> None:
        for kind, work in (
            (EventKind.PROMISE, channels.promise),
            (EventKind.PROMISE_RELEASE, channels.release),
            (EventKind.ORDER, channels.order),
        ):
            if kind in step.rows:
                work(step.rows[kind].tolist())

    # -- ATP ----------------------------------------------------------------------------------

    def _busiest(self) -> list[int]:
        demand = self._site.items.demand_units
        return [int(row) for row in np.argsort(-demand, kind="stable")[:BUSIEST_ITEMS]]

    def _look_at_atp(self, desk: Desk, rows: list[int], at_us: int) -> None:
        """Ask what of the busiest items can be promised now."""
        items, owners = self._site.items, self._site.owner_codes
        units = []
        for row in rows:
            question = partial(desk.client.atp, owners[items.owner_row[row]], [items.codes[row]])
            reply = desk.ask("atp", question)
            units.append(int(reply.units[0]))
        self._atp_times.append(at_us - self._day.start_us)
        self._atp_units.append(units)

    def _series(self) -> list[AtpSeries]:
        site, day = self._site, self._day
        purchases = site.purchases
        times = np.array(self._atp_times, np.int64)
        units = np.array(self._atp_units, np.int64)
        series = []
        for column, row in enumerate(self._busiest()):
            came = np.flatnonzero((purchases.item_row == row) & (purchases.received_us >= 0))
            series.append(
                AtpSeries(
                    item_code=site.items.codes[row],
                    description=site.items.descriptions[row],
                    time_us=times,
                    units=units[:, column],
                    receipt_us=purchases.received_us[came] - day.start_us,
                    receipt_units=purchases.received_units[came],
                )
            )
        return series
