"""Site maps from files and to files; whatever is wrong is named by file and line."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from slotline.engine.errors import InvalidRequest
from slotline.io.tabular.fields import CODE_BYTES_MAX
from slotline.optimizer.site_description import describe
from slotline.optimizer.site_generate import generate
from slotline.optimizer.site_map import NONE, NodeKind, Nodes, PlaceKind, Side, SiteMap
from slotline.service.site_files import read_site, write_site

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "site-files.md"
CSV = {
    "nodes.csv": "code,x_mm,y_mm\nN1,0,0\nN2,9000,0\nN3,9000,4000\n",
    "edges.csv": (
        "source,target,length_mm\n"
        "N1,N2,9000\nN2,N1,9000\n"  # both directions
        "N2,N3,4000\nN3,N1,9900\n"  # a round of one-way lanes
    ),
    "bins.csv": (
        "code,x_mm,y_mm,side,edge_source,edge_target,offset_mm,node,zone,aisle,bay\n"
        "B1,1000,500,left,N1,N2,1000,,Z2,A,7\n"
        "B2,9500,2000,RIGHT,N2,N3,2000,,Z1,A,\n"
        "B3,9000,4500,left,,,,N3,Z2,B,\n"
    ),
    "places.csv": "code,kind,node\nPACK,put wall,N2\nHOME,depot,N1\n",
}
JSON = """{
  "site": {"name": "Hall 7", "version": 3},
  "nodes": [
    {"code": "N1", "x_mm": 0, "y_mm": 0},
    {"code": "N2", "x_mm": 9000, "y_mm": 0}
  ],
  "edges": [
    {"source": "N1", "target": "N2", "length_mm": 9000},
    {"source": "N2", "target": "N1", "length_mm": 9000}
  ],
  "bins": [
    {"code": "B1", "x_mm": 1000, "y_mm": 500, "side": "left", "edge_source": "N1",
     "edge_target": "N2", "offset_mm": 1000, "zone": "Z", "aisle": "A"}
  ],
  "places": [{"code": "HOME", "kind": "depot", "node": "N1"}]
}
"""


def folder_of(path: Path, **changes: tuple[str, str]) -> Path:
    """Write the plain site into a folder; a change replaces text of a file, which must be there."""
    for name, text in CSV.items():
        old, new = changes.pop(name.removesuffix(".csv"), ("", ""))
        assert old in text
        (path / name).write_text(text.replace(old, new) if old else text, encoding="utf-8")
    assert not changes
    return path


def refusal(path: Path) -> list[str]:
    """Give the lines of the error without the folder and the closing sentence."""
    with pytest.raises(InvalidRequest) as raised:
        read_site(path)
    base = path if path.is_dir() else path.parent
    lines = str(raised.value).replace(f"{base}/", "").split("\n")
    return [line for line in lines if not line.endswith("mend the file and run again")]


def any_site(**changes: object) -> SiteMap:
    """Generate a site with two floors, one-way aisles and zones."""
    plain = {
        "name": "Hafenstraße 7",
        "aisles": 3,
        "bays": [2, 1],
        "levels": 2,
        "places": [{"kind": "depot"}, {"kind": "dock", "count": 2, "distance_mm": 6_000}],
        "zones": [{"name": "slow", "first_aisle": 2}, {"name": "fast"}],
    }
    return generate(describe(plain | changes))


def test_a_folder_of_csv_is_a_map(tmp_path: Path) -> None:
    """References are codes, empty values the defaults, names those of the bins."""
    site = read_site(folder_of(tmp_path))
    assert (site.name, site.version) == (tmp_path.name, 1)
    assert site.nodes.kind.tolist() == [NodeKind.JUNCTION] * 3
    assert site.edges.source.tolist() == [0, 1, 1, 2]
    assert site.twin.tolist() == [1, 0, NONE, NONE]
    bins = site.bins
    assert (bins.edge.tolist(), bins.node.tolist()) == ([0, 2, NONE], [NONE, NONE, 2])
    assert bins.offset_mm.tolist() == [1000, 2000, 0]
    assert bins.side.tolist() == [Side.LEFT, Side.RIGHT, Side.LEFT]
    assert (bins.zone_names, bins.zone.tolist()) == (("Z2", "Z1"), [0, 1, 0])
    assert (bins.aisle_names, bins.aisle.tolist()) == (("A", "B"), [0, 0, 1])
    assert (bins.bay.tolist(), bins.level.tolist()) == ([7, NONE, NONE], [NONE] * 3)
    assert site.places.kind.tolist() == [PlaceKind.PUT_WALL, PlaceKind.DEPOT]
    assert site.places.node.tolist() == [1, 0]


def test_a_path_may_be_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one writes it in a session, from the folder one is in."""
    site = read_site(folder_of(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in ("again", "again.json"):
        write_site(site, name)
        assert read_site(name).digest == site.digest


def test_the_order_of_rows_does_not_change_what_refers_to_what(tmp_path: Path) -> None:
    """Rows upside down are the same map once tables are by code."""
    site = read_site(folder_of(tmp_path))
    for name, text in CSV.items():
        head, *rows = text.splitlines()
        (tmp_path / name).write_text("\n".join([head, *reversed(rows)]), encoding="utf-8")
    turned = read_site(tmp_path)
    assert turned.digest != site.digest
    assert turned.in_order().digest == site.in_order().digest


def test_a_json_file_is_a_map(tmp_path: Path) -> None:
    """One row may be an object, and rows may span lines."""
    path = tmp_path / "hall.json"
    path.write_text(JSON, encoding="utf-8")
    site = read_site(path)
    assert (site.name, site.version, site.bins.code) == ("Hall 7", 3, ("B1",))
    assert (site.bins.edge.tolist(), site.bins.offset_mm.tolist()) == ([0], [1000])
    path.write_text(JSON.replace('"site": {"name": "Hall 7", "version": 3},', ""), encoding="utf-8")
    assert (read_site(path).name, read_site(path).version) == ("hall", 1)


def test_the_examples_of_the_documentation_are_maps(tmp_path: Path) -> None:
    """Each table and the JSON file as they are printed there."""
    page = DOCUMENT.read_text(encoding="utf-8")
    tables = re.findall(r"^`(\w+\.csv)`:.*?```csv\n(.*?)```", page, re.DOTALL | re.MULTILINE)
    assert [name for name, _ in tables] == list(CSV)
    for name, text in tables:
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_site(tmp_path).bins.code == ("B1", "B2", "B3")
    (tmp_path / "hall.json").write_text(page.split("```json\n")[1].split("```")[0], "utf-8")
    assert read_site(tmp_path / "hall.json").name == "Hall 7"


@pytest.mark.parametrize("name", ["site", "site.json"])
def test_what_is_written_is_read_again_with_the_same_digest(tmp_path: Path, name: str) -> None:
    """Zones that no bin has and names in an order of their own included; bytes are the same."""
    made = any_site(floors=2, lifts=[{"aisle": 1}], aisle_directions=["both", "to_front"])
    bins = replace(made.bins, zone_names=("none", *made.bins.zone_names), zone=made.bins.zone + 1)
    site = replace(made, version=4, bins=bins)
    for number in (1, 2):
        write_site(site, tmp_path / str(number) / name)
    found = read_site(tmp_path / "1" / name)
    assert (found.name, found.version) == (site.name, 4)
    assert found.digest == site.digest
    first, second = (sorted((tmp_path / number).rglob("*.*")) for number in "12")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    suffixes = {path.name for path in first}
    assert not any(suffix.endswith(".part") for suffix in suffixes)
    assert len(suffixes) == (1 if name.endswith("json") else 7)


@pytest.mark.parametrize("name", ["site", "site.json"])
def test_free_forms_come_back_too(tmp_path: Path, name: str) -> None:
    """Bins at nodes, one-way lanes, codes that must be quoted."""
    site = read_site(folder_of(tmp_path, bins=("B1,", '"B ""1"",\n;",')))
    assert site.bins.code[0] == 'B "1",\n;'
    write_site(site, tmp_path / "again" / name)
    assert read_site(tmp_path / "again" / name).digest == site.digest


REFUSALS: list[tuple[dict[str, tuple[str, str]], list[str]]] = [
    (
        {"edges": ("N2,N3,", "N2,N8,")},
        [
            "edges.csv, line 4, column 'target': found 'N8', expected a node that is there",
            "bins.csv, line 3, column 'edge_source': found 'N2' to 'N3', expected source and "
            "target of an edge that is there (bin 'B2')",
        ],
    ),
    (
        {"places": ("depot,N1", "depot,N8"), "bins": (",,,N3,", ",,,N9,")},
        [
            "bins.csv, line 4, column 'node': found 'N9', expected a node that is there (bin 'B3')",
            "places.csv, line 3, column 'node': found 'N8', expected a node that is there "
            "(place 'HOME')",
        ],
    ),
    (
        {"edges": ("N3,4000", "N3,0"), "nodes": ("N3,", "N1,")},
        [
            "nodes.csv, line 4, column 'code': node 'N1' is there twice, expected it once",
            "edges.csv, line 4, column 'target': found 'N3', expected a node that is there",
            "edges.csv, line 5, column 'source': found 'N3', expected a node that is there",
            "bins.csv, line 4, column 'node': found 'N3', expected a node that is there (bin 'B3')",
        ],
    ),
    (
        {"edges": ("N3,4000", "N3,0")},
        [
            "edges.csv, line 4, column 'length_mm': edge 'N2' to 'N3' has length_mm 0, expected "
            "1 to 100000000",
            "bins.csv, line 3, column 'offset_mm': bin 'B2' is off its edge 'N2' to 'N3': "
            "offset_mm is 2000, expected 0 to 0",
        ],
    ),
    (
        {"edges": ("N2,N1,9000", "N1,N2,9000")},
        ["edges.csv, line 3, column 'target': edge 'N1' to 'N2' is there twice, expected it once"],
    ),
    (
        {"bins": ("N2,1000", "N2,9001")},
        [
            "bins.csv, line 2, column 'offset_mm': bin 'B1' is off its edge 'N1' to 'N2': "
            "offset_mm is 9001, expected 0 to 9000"
        ],
    ),
    (
        {"bins": ("B2,", "B1,"), "places": ("PACK", "B3")},
        [
            "bins.csv, line 3, column 'code': bin 'B1' is there twice, expected it once",
            "places.csv, line 2, column 'code': place 'B3' has the code of a bin, expected one "
            "of its own",
        ],
    ),
    (
        {"edges": ("N2,N3,4000\n", "")},
        [
            "bins.csv, line 3, column 'edge_source': found 'N2' to 'N3', expected source and "
            "target of an edge that is there (bin 'B2')"
        ],
    ),
    (
        {"edges": ("N3,N1,9900\n", "")},
        [
            "bins.csv, line 3, column 'edge_source': bin 'B2' does not lead back to 'HOME': "
            "expected edges that do",
            "bins.csv, line 4, column 'node': bin 'B3' does not lead back to 'HOME': expected "
            "edges that do",
        ],
    ),
    (
        {"bins": ("left,,,,N3", "left,,,,")},
        [
            "bins.csv, line 4, column 'edge_source': found neither an edge nor a node, expected "
            "one of them as the approach (bin 'B3')"
        ],
    ),
    (
        {"bins": ("1000,,Z2", "1000,N1,Z2")},
        [
            "bins.csv, line 2, column 'edge_source': found both an edge and a node, expected one "
            "of them as the approach (bin 'B1')"
        ],
    ),
]


@pytest.mark.parametrize(("changes", "expected"), REFUSALS)
def test_rows_that_do_not_fit_are_named_by_file_line_and_column(
    tmp_path: Path, changes: dict[str, tuple[str, str]], expected: list[str]
) -> None:
    """All of them at once, whatever file they are in."""
    assert refusal(folder_of(tmp_path, **changes)) == expected


def test_values_that_are_no_values_are_named_before_anything_is_put_together(
    tmp_path: Path,
) -> None:
    """Wrong types, a missing column, one too many and a row too short, in one go."""
    folder_of(
        tmp_path,
        nodes=("N2,9000", "N2,9.5"),
        edges=("length_mm", "lenght_mm"),
        bins=("RIGHT", "above"),
        places=("HOME,depot,N1", "HOME,depot"),
    )
    assert refusal(tmp_path) == [
        "nodes.csv, line 3, column 'x_mm': found '9.5', expected a whole number from "
        "-2147483647 to 2147483647",
        "edges.csv, column 'lenght_mm': found a column that nothing reads; did you mean "
        "length_mm? rename it, or take it out",
        "edges.csv: found columns source, target, lenght_mm; expected column 'length_mm' for "
        "edges.length_mm; add it",
        "bins.csv, line 3, column 'side': found 'above', expected one of LEFT, RIGHT",
        "places.csv, line 3: found 2 values, expected 3, one for each column of the header",
    ]


def test_every_missing_file_is_named(tmp_path: Path) -> None:
    """And a folder that is none, and a table that a JSON file lacks."""
    folder_of(tmp_path)
    (tmp_path / "edges.csv").unlink()
    (tmp_path / "places.csv").unlink()
    assert refusal(tmp_path) == [
        "edges.csv: cannot be read: No such file or directory",
        "places.csv: cannot be read: No such file or directory",
    ]
    assert refusal(tmp_path / "none") == [
        "none: found no folder, expected one that holds nodes.csv, edges.csv, bins.csv, "
        "places.csv, or a .json file"
    ]
    assert refusal(tmp_path / "none.json") == [
        "none.json: cannot be read: No such file or directory"
    ]
    path = tmp_path / "few.json"
    path.write_text(JSON.replace('"places"', '"place"'), encoding="utf-8")
    assert refusal(path) == [
        "few.json: found no table 'places', expected one",
        "few.json, line 15: found table 'place', expected one of site, zones, aisles, nodes, "
        "edges, bins, places",
    ]


def test_faults_of_a_json_file_have_lines_too(tmp_path: Path) -> None:
    """Of the row's beginning; broken JSON has the line and column where it breaks."""
    path = tmp_path / "hall.json"
    path.write_text(JSON.replace('"offset_mm": 1000', '"offset_mm": 9001'), encoding="utf-8")
    assert refusal(path) == [
        "hall.json, line 12, column 'offset_mm': bin 'B1' is off its edge 'N1' to 'N2': "
        "offset_mm is 9001, expected 0 to 9000"
    ]
    path.write_text(JSON.replace('"y_mm": 500', '"y_mm": "high"'), encoding="utf-8")
    assert refusal(path) == [
        "hall.json, line 12, column 'y_mm': found 'high', expected a whole number from "
        "-2147483647 to 2147483647"
    ]
    path.write_text(JSON.replace('"y_mm": 500', '"y_mm" 500'), encoding="utf-8")
    assert refusal(path) == [
        "hall.json, line 12, column 41: found broken JSON: Expecting ':' delimiter"
    ]


def test_names_that_are_listed_are_the_only_ones(tmp_path: Path) -> None:
    """Zones have the order of their list; one that is not in it, or in it twice, is a fault."""
    folder_of(tmp_path)
    (tmp_path / "zones.csv").write_text("name\nZ0\nZ1\nZ2\n", encoding="utf-8")
    bins = read_site(tmp_path).bins
    assert (bins.zone_names, bins.zone.tolist()) == (("Z0", "Z1", "Z2"), [2, 1, 2])
    (tmp_path / "zones.csv").write_text("name\nZ2\nZ2\n", encoding="utf-8")
    assert refusal(tmp_path) == [
        "zones.csv, line 3, column 'name': zone 'Z2' is there twice, expected once",
        "bins.csv, line 3, column 'zone': found 'Z1', expected a zone that is there (bin 'B2')",
    ]


def test_the_site_has_one_row(tmp_path: Path) -> None:
    """With a name, and a version from 1."""
    folder_of(tmp_path)
    (tmp_path / "site.csv").write_text("name,version\nHall 7,12\n", encoding="utf-8")
    assert (read_site(tmp_path).name, read_site(tmp_path).version) == ("Hall 7", 12)
    (tmp_path / "site.csv").write_text("name,version\nHall 7,0\nHall 8,1\n", encoding="utf-8")
    assert refusal(tmp_path) == [
        "site.csv: found 2 rows of site, expected one",
        "site.csv, line 2, column 'version': found '0', expected a whole number from 1 to "
        "2147483647",
    ]


@pytest.mark.parametrize("code", [" N1", "N1\t", "N" * (CODE_BYTES_MAX + 1), "N\0"])
@pytest.mark.parametrize("name", ["site", "site.json"])
def test_a_code_that_would_not_come_back_is_not_written(
    tmp_path: Path, name: str, code: str
) -> None:
    """Nothing is written at all."""
    site = read_site(folder_of(tmp_path))
    nodes = Nodes(**{**site.nodes.columns(), "code": (code, *site.nodes.code[1:])})
    with pytest.raises(InvalidRequest, match="nodes, column 'code': found "):
        write_site(replace(site, nodes=nodes), tmp_path / "new" / name)
    assert not (tmp_path / "new").exists()


def test_what_cannot_be_written_leaves_the_files_as_they_were(tmp_path: Path) -> None:
    """A folder stands where a file should be: the other files are not touched either."""
    site = read_site(folder_of(tmp_path))
    (tmp_path / "places.csv.part").mkdir()
    before = (tmp_path / "nodes.csv").read_bytes()
    with pytest.raises(InvalidRequest, match=r"places\.csv\.part: cannot be written"):
        write_site(site, tmp_path)
    assert (tmp_path / "nodes.csv").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*CSV, "places.csv.part"])


def test_a_large_site_comes_back(tmp_path: Path) -> None:
    """Twenty thousand bins, in both forms."""
    site = any_site(aisles=50, bays=[50, 50], zones=[])
    assert len(site.bins) == 20_000
    for name in ("site", "site.json"):
        write_site(site, tmp_path / name)
        found = read_site(tmp_path / name)
        assert found.digest == site.digest
        assert np.array_equal(found.twin, site.twin)
