"""`slotline map`: descriptions that are checked, drawn and measured."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from slotline.service import cli

ROOT = Path(__file__).resolve().parents[2]
DESCRIPTION = """\
name: North
aisles: 4
bays: [6, 6]
places:
  - {kind: depot}
  - {kind: dock, count: 2, distance_mm: 4000}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a description in a file."""
    path = tmp_path / "site.yaml"
    path.write_text(DESCRIPTION, "utf-8")
    return path


def test_check_says_what_the_map_holds(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For people and for programs."""
    assert cli.main(["map", "check", str(site), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["bins"], facts["aisles"], facts["places"], facts["one_way"]) == (96, 4, 3, 0)
    assert (facts["form"], facts["why"]) == ("rectangle of 2 blocks", "")
    assert cli.main(["map", "check", str(site)]) == 0
    assert "site 'North' is sound" in capsys.readouterr().out
    site.write_text(f"{DESCRIPTION}aisle_directions: [to_back, to_front]\n", "utf-8")
    assert cli.main(["map", "check", str(site), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["form"], facts["one_way"]) == ("free form", 8)
    assert facts["why"] == "edge 'A01-X0' to 'A01-X1' is a one-way lane"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "found no file that can be read (No such file or directory)"),
        ("name: [", "found no YAML"),
        ("- 1", "the description: found [1], expected names with values"),
        (DESCRIPTION.replace("aisles: 4", "aisles: 0"), "aisles: found 0, expected 1 to 10000"),
        (f"{DESCRIPTION}bay: 3", "the description: found 'bay', expected one of name, aisles"),
    ],
)
def test_what_is_wrong_with_a_description_is_named(
    text: str | None, expected: str, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the file, and code 1."""
    if text is None:
        site.unlink()
    else:
        site.write_text(text, "utf-8")
    assert cli.main(["map", "check", str(site)]) == cli.REFUSED
    captured = capsys.readouterr()
    assert captured.err.startswith(f"slotline: {site}: ")
    assert expected in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("ending", [".svg", ".html"])
def test_draw_writes_a_picture(ending: str, site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page has the picture inside."""
    path = site.with_suffix(ending)
    assert cli.main(["map", "draw", str(site), "-o", str(path), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    text = path.read_text("utf-8")
    assert facts == {"file": str(path), "bytes": len(text.encode()), "tour": None}
    (drawn,) = re.findall(r"<svg.*</svg>", text, re.DOTALL)
    root = ET.fromstring(drawn)
    assert [e.text for e in root.iter() if e.get("class") == "aisle-name"] == [
        *("A01", "A02", "A03", "A04")
    ]
    assert text.startswith("<!doctype html>" if ending == ".html" else "<svg ")


def test_draw_draws_the_shortest_tour(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By hand: up aisle 1 to the first bay, then over to the first bay of aisle 4, and home."""
    path = site.with_suffix(".svg")
    command = ["map", "draw", str(site), "-o", str(path), "--start", "DOCK-01", "--tour"]
    assert cli.main([*command, "A04-001-1-R, A01-001-1-L", "--json"]) == 0
    tour = json.loads(capsys.readouterr().out)["tour"]
    # Spur 4,000, aisle 1 in and out 2 x 1,950, across 9,600, aisle 4 in and out, and back.
    assert tour["length_mm"] == tour["bound_mm"] == 2 * (4_000 + 1_950 + 9_600 + 1_950)
    assert sorted(tour["bins"]) == ["A01-001-1-L", "A04-001-1-R"]
    assert (tour["start"], tour["policy"]) == ("DOCK-01", "exact")
    assert cli.main([*command, "A01-001-1-L"]) == 0
    assert "11.9 m, the shortest there is" in capsys.readouterr().out


def test_draw_says_how_near_to_the_shortest_a_tour_is(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One-way lanes are no rectangle; with few bins the tour is a shortest one nevertheless."""
    site.write_text(f"{DESCRIPTION}aisle_directions: [to_back, to_front]\n", "utf-8")
    path = site.with_suffix(".svg")
    command = ["map", "draw", str(site), "-o", str(path), "--tour"]
    assert cli.main([*command, "A02-001-1-L,A01-001-1-L"]) == 0
    assert "the shortest there is" in capsys.readouterr().out
    bins = [
        f"A0{aisle}-{bay:03}-1-{side}" for aisle in (1, 2, 3) for bay in (1, 2, 3) for side in "LR"
    ]
    assert cli.main([*command, ",".join(bins)]) == 0
    assert "46.4 m, at most 8.3% longer than the shortest" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-o", "{}/a.png"], "as output, expected a name in .svg or .html"),
        (["-o", "{}/none/a.svg"], "could not be written (No such file or directory)"),
        (["-o", "{}/a.svg", "--tour", "A9,A01-001-1-L"], "found 'A9' among the bins of the tour"),
        (["-o", "{}/a.svg", "--tour", "A01-001-1-L", "--start", "X"], "found 'X' as start"),
        (["-o", "{}/a.svg", "--start", "DEPOT"], "found --start without a tour"),
        (["-o", "{}/a.svg", "--tour", " , "], "found no bin in --tour"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    arguments: list[str], expected: str, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Code 1, and nothing is written."""
    words = [word.format(site.parent) for word in arguments]
    assert cli.main(["map", "draw", str(site), *words]) == cli.REFUSED
    assert expected in capsys.readouterr().err
    assert list(site.parent.iterdir()) == [site]


def test_distance_knows_bins_places_and_nodes(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In both directions, which one-way lanes make different."""
    assert cli.main(["map", "distance", str(site), "DOCK-01", "A01-001-1-L", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["distance_mm"], facts["back_mm"]) == (5_950, 5_950)
    assert cli.main(["map", "distance", str(site), "A01-X0", "A02-X0"]) == 0
    assert capsys.readouterr().out == "3.200 m from A01-X0 to A02-X0\n"
    site.write_text(f"{DESCRIPTION}aisle_directions: [to_back, to_front]\n", "utf-8")
    assert cli.main(["map", "distance", str(site), "A01-X0", "A01-X1"]) == 0
    assert capsys.readouterr().out == "8.400 m from A01-X0 to A01-X1, 14.800 m back\n"
    assert cli.main(["map", "distance", str(site), "A01-X0", "GATE"]) == cli.REFUSED
    assert "found 'GATE', expected the code of a bin, a place or a node" in capsys.readouterr().err


def test_the_description_in_the_documentation_can_be_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command of the page runs on its own example."""
    page = (ROOT / "docs" / "site-map.md").read_text("utf-8")
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "site.yaml").write_text(text, "utf-8")
    commands = re.findall(r"^slotline (map .*)$", page, re.MULTILINE)
    actions = {"check", "draw", "distance", "write", "locations"}
    assert {command.split()[1] for command in commands} == actions
    for command in commands:
        words = [
            str(tmp_path / word)
            if word.endswith((".yaml", ".svg", ".html", ".csv", "site"))
            else word
            for word in command.split()
        ]
        assert cli.main(words) == 0, capsys.readouterr().err


def test_the_python_of_the_documentation_draws_the_same_tour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the command on the same page does, to the byte."""
    document = (ROOT / "docs" / "site-map.md").read_text("utf-8")
    (text,) = re.findall(r"```yaml\n(.*?)```", document, re.DOTALL)
    (example,) = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    (command,) = re.findall(r"^slotline (map draw .* -o tour.html .*)$", document, re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    Path("site.yaml").write_text(text, "utf-8")
    exec(compile(example, "site-map.md", "exec"), {})
    printed = capsys.readouterr().out
    drawn = Path("tour.html").read_text("utf-8")
    assert cli.main([*command.split(), "--json"]) == 0
    tour = json.loads(capsys.readouterr().out)["tour"]
    assert printed == f"{tuple(tour['bins'])} {tour['length_mm']} {tour['bound_mm']}\n"
    assert Path("tour.html").read_text("utf-8") == drawn


@pytest.mark.parametrize("name", ["north", "north.json"])
def test_map_that_was_written_is_read_in_place_of_its_description(
    name: str, site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a folder of CSV files and as one file: the same map, with the same walks."""
    written = tmp_path / name
    assert cli.main(["map", "write", str(site), "-o", str(written), "--json"]) == 0
    digest = json.loads(capsys.readouterr().out)["digest"]
    assert cli.main(["map", "write", str(written), "-o", f"{tmp_path}/again", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["digest"] == digest
    assert cli.main(["map", "distance", str(written), "A01-X0", "A02-X0"]) == 0
    assert capsys.readouterr().out == "3.200 m from A01-X0 to A02-X0\n"


@pytest.mark.parametrize(
    ("name", "edited", "noun"),
    [
        ("north", "north/nodes.csv", "a folder with files in it"),
        ("north.json", "north.json", "a file that is not empty"),
    ],
)
def test_write_leaves_what_was_edited_by_hand(
    name: str, edited: str, noun: str, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unless it is told to write over it; an empty folder or file is nothing to lose."""
    target, file = site.parent / name, site.parent / edited
    file.parent.mkdir(exist_ok=True)
    if target == file:
        target.touch()
    command = ["map", "write", str(site), "-o", str(target)]
    assert cli.main(command) == 0
    written = file.read_bytes()
    file.write_text("edited", "utf-8")
    assert cli.main(command) == cli.REFUSED
    assert f"{target}: found {noun}, expected nothing that would be lost" in capsys.readouterr().err
    assert file.read_text("utf-8") == "edited"
    assert cli.main([*command, "--force"]) == 0
    assert file.read_bytes() == written


def test_write_names_no_single_csv_file(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A map is several tables, and a folder of that name would surprise."""
    target = site.with_suffix(".CSV")
    assert cli.main(["map", "write", str(site), "-o", str(target), "--force"]) == cli.REFUSED
    assert "expected a folder for several CSV files or a name in .json" in capsys.readouterr().err
    assert not target.exists()


def test_locations_of_a_map_are_what_import_reads(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Racks before the origin, docks and stations included; bins in the sequence of a walk."""
    path = tmp_path / "locations.csv"
    text = f"{DESCRIPTION}  - {{kind: put_wall, end: back}}\n"
    site.write_text(text, "utf-8")
    assert cli.main(["map", "locations", str(site), "-o", str(path)]) == 0
    assert "wrote 99 locations" in capsys.readouterr().out
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    assert [row["pick_seq"] for row in rows[:96]] == [str(n) for n in range(1, 97)]
    by_code = {row["code"]: row for row in rows}
    assert int(by_code["A01-001-1-L"]["x_mm"]) < 0
    assert [row["role"] for row in rows[96:]] == ["DOCK", "DOCK", "PUT_WALL_SLOT"]
    aisles = [int(row["aisle"]) for row in rows[:96]]
    assert aisles == sorted(aisles)
    for aisle in range(1, 5):
        along = [int(row["y_mm"]) for row in rows[:96] if row["aisle"] == str(aisle)]
        assert along == sorted(along, reverse=aisle % 2 == 0)
    store = tmp_path / "store"
    assert cli.main(["init", str(store), "--quiet"]) == 0
    assert cli.main(["import", str(store), "--locations", str(path), "--json"]) == 0
    capsys.readouterr()
    assert cli.main(["map", "locations", str(site), "-o", str(path)]) == 1
    assert "expected nothing that would be lost" in capsys.readouterr().err
    assert cli.main(["map", "locations", str(site), "-o", str(tmp_path / "x.json")]) == 1
    assert "expected a name in .csv" in capsys.readouterr().err
