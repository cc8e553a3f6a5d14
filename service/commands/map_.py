"""Check the map of a site, draw it, and measure walks on it.

A site is read from a description in YAML (how many aisles, bays and blocks, which docks), from one
JSON file or from a folder of CSV files.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .output import Output, add_output_arguments
from .site_source import load_site

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from ...optimizer.site_map import SiteMap

    Action = Callable[[SiteMap, argparse.Namespace, Output], None]

EXAMPLES = """\
examples:
  slotline map check site.yaml                              what it holds, or all that is wrong
  slotline map write site.yaml -o site                      the whole map as CSV files, to edit
  slotline map locations site.yaml -o locations.csv         its bins and docks, to import
  slotline map draw site.yaml -o site.svg                   the floor plan
  slotline map draw site.yaml -o tour.html --tour A01-003-1-L,A04-010-1-R
  slotline map distance site.yaml DEPOT A04-010-1-R         metres to walk

A tour starts and ends at the first depot, or at --start. It is a shortest one, or its distance from
the shortest is told. docs/site-map.md has a description.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `map`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="say what the map holds, or all that is wrong")
    draw = actions.add_parser("draw", help="draw the floor plan")
    distance = actions.add_parser("distance", help="measure the shortest walk between two places")
    write = actions.add_parser("write", help="write the whole map as CSV files or JSON")
    locations = actions.add_parser(
        "locations", help="write bins, docks and stations as locations to import"
    )
    for action in (check, draw, distance, write, locations):
        action.add_argument(
            "site", metavar="SITE", type=Path, help="description, .json file or folder of CSV files"
        )
    write.add_argument(
        *("-o", "--output"),
        metavar="PATH",
        type=Path,
        required=True,
        help="a name in .json, else a folder for CSV files; either new or empty",
    )
    locations.add_argument(
        *("-o", "--output"),
        metavar="FILE",
        type=Path,
        required=True,
        help="a name in .csv, for slotline import --locations",
    )
    for action in (write, locations):
        action.add_argument(
            "--force", action="store_true", help="write over what is there, edits by hand included"
        )
    draw.add_argument(
        *("-o", "--output"),
        metavar="FILE",
        type=Path,
        required=True,
        help="where to write it: a name in .svg or .html",
    )
    draw.add_argument(
        "--tour",
        metavar="BIN,BIN,...",
        type=lambda text: [code.strip() for code in text.split(",") if code.strip()],
        help="draw a tour through these bins",
    )
    draw.add_argument("--start", metavar="PLACE", default="", help="where the tour starts and ends")
    for name in ("from", "to"):
        distance.add_argument(
            f"{name}_code", metavar=name.upper(), help="code of a bin, a place or a node"
        )
    for action in (check, draw, distance, write, locations):
        add_output_arguments(action, is_given_above=True)
    add_output_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Read the site and do what is asked for."""
    actions: dict[str, Action] = {
        "check": _check,
        "draw": _draw,
        "distance": _distance,
        "write": _write,
        "locations": _locations,
    }
    actions[options.action](load_site(options.site), options, Output(options))
    return 0


def _check(site: SiteMap, _options: argparse.Namespace, output: Output) -> None:
    import numpy as np

    from ...optimizer.site_map import NONE
    from ...optimizer.site_rectangle import NotRectangular

    try:
        blocks = site.rectangle().rectangle.block_count
        form, why = f"rectangle of {blocks} blocks" if blocks > 1 else "rectangle of 1 block", ""
    except NotRectangular as error:
        form, why = "free form", str(error)
    facts: dict[str, Any] = {
        "name": site.name,
        "version": site.version,
        "digest": site.digest,
        "bins": len(site.bins),
        "aisles": len(site.bins.aisle_names),
        "zones": len(site.bins.zone_names),
        "places": len(site.places),
        "nodes": len(site.nodes),
        "edges": len(site.edges),
        "one_way": int((site.twin == NONE).sum()),
        "floors": len(np.unique(site.nodes.floor)),
        "form": form,
        "why": why,
    }
    shown = [[name.replace("_", " "), str(value)] for name, value in facts.items() if value != ""]
    output.result(facts, (f"site {site.name!r} is sound", ("what", "found"), shown))


def _draw(site: SiteMap, options: argparse.Namespace, output: Output) -> None:
    from ...engine.errors import InvalidRequest
    from ..pictures import floor_plan, page
    from ..site_tour import tour_through

    path: Path = options.output
    if path.suffix not in (".svg", ".html"):
        raise InvalidRequest(f"found {str(path)!r} as output, expected a name in .svg or .html")
    if options.tour == []:
        raise InvalidRequest("found no bin in --tour, expected codes parted by commas")
    if options.start and not options.tour:
        raise InvalidRequest("found --start without a tour, expected bins with --tour")
    tour = tour_through(site, options.tour, options.start) if options.tour else None
    drawn = floor_plan(site, tour=tour.layer if tour else None)
    try:
        path.write_text(page(site.name, drawn) if path.suffix == ".html" else drawn, "utf-8")
    except OSError as error:
        raise InvalidRequest(
            f"{path}: could not be written ({error.strerror}), expected a folder that is there"
        ) from error
    facts: dict[str, Any] = {"file": str(path), "bytes": path.stat().st_size, "tour": None}
    lines = [f"drew {len(site.bins):,} bins of site {site.name!r} in {path}"]
    if tour is not None:
        facts["tour"] = {
            "start": tour.start,
            "bins": list(tour.bins),
            "length_mm": tour.length_mm,
            "bound_mm": tour.bound_mm,
            "policy": tour.policy,
        }
        lines.append(f"tour from {tour.start}: {', '.join(tour.bins)}")
        lines.append(f"{tour.length_mm / 1000:,.1f} m, {_standing(tour.length_mm, tour.bound_mm)}")
    output.result(facts, *lines)


def _write(site: SiteMap, options: argparse.Namespace, output: Output) -> None:
    from ...engine.errors import InvalidRequest
    from ..site_files import write_site

    path: Path = options.output
    if path.suffix.lower() == ".csv":
        raise InvalidRequest(
            f"found {str(path)!r} as output, expected a folder for several CSV files or a name in "
            f".json"
        )
    _check_target(path, is_forced=options.force)
    write_site(site, path)
    facts = {"path": str(path), "name": site.name, "version": site.version, "digest": site.digest}
    output.result(facts, f"wrote {len(site.bins):,} bins of site {site.name!r} to {path}")


def _locations(site: SiteMap, options: argparse.Namespace, output: Output) -> None:
    from ...engine.errors import InvalidRequest
    from ...io.tabular.write import check_texts, csv_text, write_texts
    from ..site_locations import site_locations

    path: Path = options.output
    if path.suffix.lower() != ".csv":
        raise InvalidRequest(f"found {str(path)!r} as output, expected a name in .csv")
    _check_target(path, is_forced=options.force)
    columns = site_locations(site)
    check_texts("locations", columns)
    write_texts({path: csv_text(columns)})
    count = len(columns["code"])
    output.result(
        {"path": str(path), "name": site.name, "locations": count},
        f"wrote {count:,} locations of site {site.name!r} to {path}",
    )
    output.note(f"next: slotline import DIR --locations {path}")


def _check_target(path: Path, *, is_forced: bool) -> None:
    """Refuse a name under which something would be lost."""
    from ...engine.errors import InvalidRequest

    if is_forced:
        return
    try:
        is_filled = any(path.iterdir()) if path.is_dir() else path.exists() and path.stat().st_size
    except OSError as error:
        raise InvalidRequest(
            f"{path}: cannot be read ({error.strerror}), expected a place that can be written"
        ) from error
    if is_filled:
        noun = "a folder with files in it" if path.is_dir() else "a file that is not empty"
        raise InvalidRequest(
            f"{path}: found {noun}, expected nothing that would be lost; name another, or give "
            f"--force to write over it"
        )


def _standing(length_mm: int, bound_mm: int) -> str:
    """Say how near to the shortest a tour is."""
    if length_mm == bound_mm:
        return "the shortest there is"
    return f"at most {(length_mm - bound_mm) / bound_mm:.1%} longer than the shortest"


def _distance(site: SiteMap, options: argparse.Namespace, output: Output) -> None:
    from ...optimizer.distances import Distances

    distances = Distances(site)
    source, target = (_stop(site, distances, c) for c in (options.from_code, options.to_code))
    there_mm, back_mm = distances.between_mm([source, target], [target, source]).tolist()
    facts = {
        "from": options.from_code,
        "to": options.to_code,
        "distance_mm": there_mm,
        "back_mm": back_mm,
    }
    text = f"{there_mm / 1000:,.3f} m from {options.from_code} to {options.to_code}"
    if there_mm != back_mm:
        text += f", {back_mm / 1000:,.3f} m back"
    output.result(facts, text)


def _stop(site: SiteMap, distances: Any, code: str) -> int:
    """Give the stop of a bin, else of a place, else of a node."""
    from ...engine.errors import UnknownEntity

    if code in site.bins.code:
        return site.bins.code.index(code)
    if code in site.places.code:
        return int(distances.place_stop(site.places.code.index(code)))
    if code in site.nodes.code:
        return int(distances.node_stop(site.nodes.code.index(code)))
    raise UnknownEntity(
        f"found {code!r}, expected the code of a bin, a place or a node of site {site.name!r} such "
        f"as {site.places.code[0]!r}"
    )
