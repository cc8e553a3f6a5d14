"""Show batches and their tasks, watch what a worker holds, re-plan after short picks."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .output import Output, add_output_arguments
from .shared import add_target, not_negative, positive
from .site_source import load_site

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..client import SlotlineClient

    Action = Callable[[SlotlineClient, argparse.Namespace, Output], None]

EXAMPLES = """\
examples:
  slotline work list                              batches that have not ended
  slotline work list --state released --zone A    those that wait for somebody in zone A
  slotline work show 17                           a batch with its tasks in tour order
  slotline work watch ann                         what ann holds, again whenever it changes
  slotline work replan site.yaml                  new tours after short picks, until interrupted

--json prints everything that is known; `watch` and `replan` print one object a line.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `work`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="batches, by number")
    listing.add_argument(
        "--state", action="append", default=[], type=_batch_state, help="such as released"
    )
    for name in ("wave", "zone", "worker"):
        listing.add_argument(f"--{name}", metavar="CODE", default="", help=f"of this {name} only")
    show = actions.add_parser("show", help="a batch with its tasks and totes")
    show.add_argument("batch", metavar="BATCH", type=not_negative)
    show.add_argument("--all", action="store_true", help="tasks that are done with, too")
    watch = actions.add_parser("watch", help="what a worker holds, whenever it changes")
    watch.add_argument("worker", metavar="WORKER")
    watch.add_argument("--count", type=positive, help="end after so many messages")
    replan = actions.add_parser("replan", help="find new tours after short picks")
    replan.add_argument("site", metavar="SITE", type=Path, help="the map, as for `slotline map`")
    replan.add_argument("--end", metavar="PLACE", default="", help="where tours end (first depot)")
    for action in (listing, show, watch, replan):
        add_target(action)
        add_output_arguments(action, is_given_above=True)
    add_output_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Ask the server and print what it says."""
    from .connect import connected

    actions: dict[str, Action] = {
        "list": _list,
        "show": _show,
        "watch": _watch,
        "replan": _replan,
    }
    with connected(options.target) as client:
        actions[options.action](client, options, Output(options))
    return 0


def _batch_state(text: str) -> int:
    from ...engine.lifecycle import BatchState

    known = {state.name.lower(): int(state) for state in BatchState}
    if text not in known:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected one of {', '.join(known)}")
    return known[text]


def _list(client: SlotlineClient, options: argparse.Namespace, output: Output) -> None:
    found = client.list_batches(
        states=options.state,
        wave=options.wave,
        zone=options.zone,
        worker=options.worker,
    )
    facts = [_batch_facts(one) for one in found]
    headings = ("batch", "state", "wave", "zone", "priority", "worker", "cart", "live_tasks")
    rows = [tuple(one[name] for name in headings) for one in facts]
    output.result({"batches": facts}, ("", [name.replace("_", " ") for name in headings], rows))


def _show(client: SlotlineClient, options: argparse.Namespace, output: Output) -> None:
    reply = client.get_batch(options.batch, with_ended=options.all)
    _print(reply, output, _batch_facts(reply.batch))


def _watch(client: SlotlineClient, options: argparse.Namespace, output: Output) -> None:
    for number, reply in enumerate(client.watch_tasks(options.worker), start=1):
        _print(reply, output, _batch_facts(reply.batch) if reply.HasField("batch") else None)
        if number == options.count:
            return


def _replan(client: SlotlineClient, options: argparse.Namespace, output: Output) -> None:
    from dataclasses import asdict

    from ..replan import PickFloor, Replan, ReplanWorker

    floor = PickFloor(load_site(options.site), options.end)

    def tell(found: Replan) -> None:
        lines = [f"batch {found.batch}: {len(found.tasks)} tasks in a new order"]
        lines += [f"  task {task} has changed, outcome {code}" for task, code in found.refused]
        output.result(asdict(found), *lines)
        if found.off_map:
            output.note(
                f"batch {found.batch}: found {', '.join(map(repr, found.off_map))}, expected bins "
                f"of the map; their tasks come last, add them to the map"
            )

    output.note("new tours after short picks; Ctrl-C ends it")
    ReplanWorker(client, floor, tell).run()


def _print(reply: Any, output: Output, batch: dict[str, Any] | None) -> None:
    tasks = [_task_facts(one) for one in reply.tasks]
    totes = [
        {"handling_unit": one.handling_unit, "slot": one.slot, "current": one.current}
        for one in reply.totes
    ]
    facts = {"sequence": reply.sequence, "batch": batch, "tasks": tasks, "totes": totes}
    if batch is None:
        output.result(facts, "no batch")
        return
    title = f"batch {batch['batch']}, {batch['state']}"
    title += f", held by {batch['worker']}" if batch["worker"] else ""
    headings = ("task", "kind", "location", "item", "units", "done", "slot", "tote", "state")
    names = [{"done": "done_units"}.get(heading, heading) for heading in headings]
    rows = [tuple(one[name] for name in names) for one in tasks]
    output.result(facts, (title, headings, rows))


def _batch_facts(batch: Any) -> dict[str, Any]:
    from ...engine.lifecycle import BatchState

    return {
        "batch": batch.batch,
        "state": BatchState(batch.state).name.lower(),
        "wave": batch.wave,
        "zone": batch.zone,
        "priority": batch.priority,
        "due_us": batch.due_us,
        "worker": batch.worker,
        "cart": batch.cart,
        "lease_us": batch.lease_us,
        "lease_until_us": batch.lease_until_us,
        "live_tasks": batch.live_tasks,
    }


def _task_facts(task: Any) -> dict[str, Any]:
    from ...engine.lifecycle import TaskState
    from ...kernels.columns import TASK_PICK

    is_pick = task.kind == TASK_PICK
    return {
        "task": task.task,
        "kind": "pick" if is_pick else "move",
        "state": TaskState(task.state).name.lower(),
        "tour_position": task.tour_position,
        "slot": task.slot,
        "units": task.units,
        "done_units": task.done_units,
        "order": task.order if is_pick else None,
        "channel": task.channel,
        "order_code": task.order_code,
        "client": task.client,
        "item": task.item,
        "lot": task.lot,
        "location": task.location,
        "handling_unit": task.handling_unit,
        "tote": task.tote,
        "to_location": task.to_location,
    }
