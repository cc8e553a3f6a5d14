"""The command line without a server: help, usage, exit codes, output, the kernel cache."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from slotline.engine import errors
from slotline.engine.errors import InvalidRequest, StoreMismatch
from slotline.engine.head import read_identity, write_identity
from slotline.engine.limits import SMALL, Capacity
from slotline.service import bootstrap, cli, kernel_cache
from slotline.service.commands import init_
from slotline.service.commands.atp_ import moment_us, sparkline
from slotline.service.commands.output import Output

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = ("numpy", "numba", "llvmlite", "polars", "pyarrow", "grpc", "rich", "yaml", "ortools")


def modules_after(arguments: list[str]) -> list[str]:
    """Run the command line in a fresh interpreter and name the heavy modules it has loaded."""
    script = (
        "import contextlib, io, sys\n"
        "from slotline.service.cli import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()) as out:\n"
        f"    main({arguments!r})\n"
        "assert 'usage: slotline' in out.getvalue()\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return ran.stdout.split()


@pytest.mark.parametrize(
    "arguments", [["--help"], *([name, "--help"] for name in cli.SUBCOMMANDS)], ids=" ".join
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """Numba, gRPC and Polars take seconds together; help must take none of them."""
    assert modules_after(arguments) == []


@pytest.mark.parametrize("name", cli.SUBCOMMANDS)
def test_every_subcommand_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Help says what it does, shows examples, and every report can be had as JSON."""
    with pytest.raises(SystemExit) as ended:
        cli.main([name, "--help"])
    text = capsys.readouterr().out
    assert ended.value.code == 0
    assert f"slotline {name}" in text
    assert "examples:" in text
    assert "--json" in text
    assert "--quiet" in text


def test_exit_codes_are_documented(capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts rely on them."""
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    text = capsys.readouterr().out
    documented = {
        line.split()[0]
        for line in text.partition("exit codes:")[2].splitlines()
        if line.startswith("  ")
    }
    codes = (cli.OK, cli.REFUSED, cli.USAGE, cli.VERIFICATION_FAILED, cli.INTERNAL, cli.INTERRUPTED)
    assert documented == {str(code) for code in codes}


def test_without_a_subcommand_help_is_printed_and_the_code_is_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing was done, so it is not success."""
    assert cli.main([]) == cli.USAGE
    assert "usage: slotline" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["serf"], "invalid choice: 'serf'"),
        (["serve"], "the following arguments are required: DIR"),
        (["serve", "d", "--port", "70000"], "found '70000', expected a port from 0 to 65535"),
        (["serve", "d", "--workers", "0"], "found '0', expected a whole number from 1 on"),
        (["serve", "d", "--detect", "never"], "invalid choice: 'never'"),
        (["serve", "d", "--prot", "1"], "slotline serve: unrecognized arguments: --prot 1; see"),
        (["init", "d", "--rows", "item"], "found 'item', expected TABLE=ROWS"),
        (["load", "--zipf", "x"], "found 'x', expected a number from 0.0 to 5.0"),
        (["load", "--lines", "0.5"], "found '0.5', expected a number from 1.0 to 50.0"),
        (["atp", "A", "--bounds", "2027-01-01"], "found '2027-01-01', expected an ISO time"),
        (["atp", "A", "--days", "2", "--bounds", "2027-01-01T00:00Z"], "not allowed with"),
    ],
)
def test_wrong_usage_is_one_line_and_code_2(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line says what is wrong and where help is."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    captured = capsys.readouterr()
    assert ended.value.code == cli.USAGE
    assert expected in captured.err
    assert captured.err.count("\n") == 1
    assert "--help" in captured.err


def _fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def run(_options: argparse.Namespace) -> int:
        raise error

    monkeypatch.setattr(init_, "run", run)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InvalidRequest("bad"), 1),
        (errors.UnknownEntity("bad"), 1),
        (errors.StoreInUse("bad"), 1),
        (errors.StoreMismatch("bad"), 1),
        (errors.PeerUnavailable("bad"), 1),
        (errors.LimitReached("bad"), 1),
        (errors.JournalCorrupt("bad"), 70),
        (errors.JournalFailed("bad"), 70),
        (errors.InvariantBroken("bad"), 70),
        (ZeroDivisionError("bad"), 70),
        (KeyboardInterrupt(), 130),
    ],
)
def test_errors_become_one_line_and_their_code(
    error: BaseException,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No traceback unless it is asked for."""
    monkeypatch.delenv("SLOTLINE_DEBUG", raising=False)
    _fail_with(monkeypatch, error)
    assert cli.main(["init", "d"]) == code
    captured = capsys.readouterr()
    assert captured.err.startswith("slotline: ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_traceback_comes_with_the_debug_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sets it wants to see where."""
    monkeypatch.setenv("SLOTLINE_DEBUG", "1")
    _fail_with(monkeypatch, InvalidRequest("bad"))
    with pytest.raises(InvalidRequest):
        cli.main(["init", "d"])


# -- output --------------------------------------------------------------------------------------


def test_result_is_a_table_for_people_and_an_object_for_programs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Both come from one call; in a pipe no table is cut."""
    item, units = "x" * 200, 1234
    facts = {"item": item, "units": units}
    table = ("", ("item", "units"), [(item, units)])
    Output(argparse.Namespace(json=False, quiet=False)).result(facts, "title", table)
    text = capsys.readouterr().out
    assert text.startswith("title\n")
    assert item in text
    assert "1,234" in text
    Output(argparse.Namespace(json=True, quiet=False)).result(facts, "title", table)
    assert json.loads(capsys.readouterr().out) == facts


def test_quiet_silences_notes_but_not_results(capsys: pytest.CaptureFixture[str]) -> None:
    """Notes go to stderr anyway."""
    for quiet in (False, True):
        output = Output(argparse.Namespace(json=False, quiet=quiet))
        output.note("note")
        with output.progress("work", 3) as report:
            report(3)
        output.result({}, "result")
        captured = capsys.readouterr()
        assert (captured.out, captured.err) == ("result\n", "" if quiet else "note\n")


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], ""), ([0, 0], "▁▁"), ([0, 1, 7], "▁▂█"), ([5], "█"), ([1, 1000], "▂█")],
)
def test_sparkline_shows_zero_as_the_lowest_bar_only(values: list[int], expected: str) -> None:
    """One unit left is not nothing, however many there are later."""
    assert sparkline(values) == expected


def test_times_are_read_exactly() -> None:
    """Offsets count, microseconds stay."""
    assert moment_us("1970-01-01T01:00:00.000001+01:00") == 1


# -- new data directories ------------------------------------------------------------------------


def test_init_makes_a_store_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second time the store that is there is safe, and the message names it."""
    folder = tmp_path / "site1"
    assert cli.main(["init", str(folder), "--rows", "item=77", "--size", "small", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["site"], len(facts["store_id"])) == ("site1", 32)
    store = bootstrap.open_store(folder)
    assert bootstrap.read_settings(store).capacity.item == 77
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert cli.main(["init", str(folder)]) == cli.REFUSED
    assert f"data directory {folder}: found a store" in capsys.readouterr().err
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--rows", "shelf=3"], "rows: found table 'shelf', expected one of name, item"),
        (["--rows", "order=1000"], "capacity of ring order is 1000, expected a power of two"),
        (["--site", "s" * 1000], "site name has 1000 characters"),
    ],
)
def test_init_refuses_what_cannot_be(
    tmp_path: Path, arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad capacities and names are named."""
    assert cli.main(["init", str(tmp_path / "site1"), *arguments]) == cli.REFUSED
    assert expected in capsys.readouterr().err


def test_tables_that_grew_stay_grown_and_never_shrink(tmp_path: Path) -> None:
    """What `serve --rows` enlarges is remembered: a later start without it must find its rows."""
    folder = tmp_path / "site1"
    bootstrap.create_store(folder, "site1", SMALL)
    larger = SMALL.allocation * 2
    bootstrap.open_engine(folder, rows={"allocation": larger}, background=False).close()
    store = bootstrap.open_store(folder)
    assert bootstrap.read_settings(store).capacity.allocation == larger
    with pytest.raises(InvalidRequest, match=f"allocation={larger - 1}, expected at least"):
        bootstrap.open_engine(folder, rows={"allocation": larger - 1}, background=False)
    engine = bootstrap.open_engine(folder, background=False)
    assert engine.state.allocation.capacity == larger
    engine.close()


def test_serve_chooses_the_kernels_folder_before_it_loads_numba(tmp_path: Path) -> None:
    """Else compiled code would lie beside the source, where Numba misses edits to helpers."""
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from slotline.service.kernel_cache import use_kernel_cache\n"
        "from slotline.service.warm import MARK\n"
        "Path(use_kernel_cache(), MARK).touch()\n"
        "del os.environ['NUMBA_CACHE_DIR']\n"
        "class Watch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'numba':\n"
        "            print('folder', os.environ.get('NUMBA_CACHE_DIR'))\n"
        "sys.meta_path.insert(0, Watch())\n"
        "from slotline.service.cli import main\n"
        f"print('code', main(['serve', {str(tmp_path)!r}, '--port', '0']))\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    environment["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    (tmp_path / "cache").mkdir(mode=0o700)
    ran = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    lines = ran.stdout.splitlines()
    assert lines[0].startswith(f"folder {tmp_path / 'cache'}"), ran.stdout + ran.stderr
    assert "code 1" in lines, ran.stdout + ran.stderr


def test_init_after_one_that_was_cut_short_is_fine(tmp_path: Path) -> None:
    """Settings are written first; with nothing else there it is no store yet."""
    folder = tmp_path / "site1"
    assert cli.main(["init", str(folder), "--quiet"]) == 0
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != bootstrap.SETTINGS_NAME:
            path.unlink()
    assert cli.main(["init", str(folder), "--quiet"]) == 0
    assert (folder / "store.json").exists()


def test_init_leaves_other_folders_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder with other files, and one whose parent is missing."""
    (tmp_path / "notes.txt").touch()
    assert cli.main(["init", str(tmp_path)]) == cli.REFUSED
    assert "found 'notes.txt', expected a new or empty folder" in capsys.readouterr().err
    assert cli.main(["init", str(tmp_path / "a" / "b")]) == cli.REFUSED
    assert "its parent must exist" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_damaged_settings_are_refused_by_name(tmp_path: Path) -> None:
    """Rings of another size would misread the journal."""
    folder = tmp_path / "site1"
    assert cli.main(["init", str(folder), "--quiet"]) == 0
    (folder / "settings.json").write_text('{"format": 2}')
    with pytest.raises(StoreMismatch, match=r"settings\.json in .*: found format 2, expected"):
        bootstrap.read_settings(bootstrap.open_store(folder))


def test_lost_settings_leave_the_rings_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The name tag of the store knows them; the one of an early build does not, and says so."""
    folder = tmp_path / "site1"
    assert cli.main(["init", str(folder), "--quiet", "--size", "small"]) == 0
    (folder / "settings.json").unlink()
    store = bootstrap.open_store(folder)
    assert bootstrap.read_settings(store).capacity == replace(Capacity(), **SMALL.rings)
    bootstrap.open_engine(folder, background=False).close()
    write_identity(store, replace(read_identity(store), ring_rows={}))
    with pytest.raises(StoreMismatch, match=r"found no settings\.json, expected the one"):
        bootstrap.open_engine(folder, background=False)
    # What needs no engine finds the rings out from the numbers.
    assert cli.main(["verify", str(folder), "--quiet"]) == 0
    capsys.readouterr()


def test_settings_of_another_store_are_refused(tmp_path: Path) -> None:
    """A file that was copied from a site with other rings."""
    folder = tmp_path / "site1"
    assert cli.main(["init", str(folder), "--quiet", "--size", "small"]) == 0
    assert cli.main(["init", str(tmp_path / "site2"), "--quiet", "--size", "large"]) == 0
    shutil.copy(tmp_path / "site2" / "settings.json", folder / "settings.json")
    with pytest.raises(
        StoreMismatch, match="rows for ring promise, expected the 4096 of the store"
    ):
        bootstrap.open_engine(folder, background=False)


def test_settings_of_an_older_build_are_read(tmp_path: Path) -> None:
    """Tables that came later get their defaults, names that went are left aside."""
    folder = tmp_path / "site1"
    assert cli.main(["init", str(folder), "--quiet", "--size", "small"]) == 0
    content = json.loads((folder / "settings.json").read_text())
    del content["capacity"]["alias"]
    content["capacity"]["gone"] = 5
    (folder / "settings.json").write_text(json.dumps(content))
    found = bootstrap.read_settings(bootstrap.open_store(folder)).capacity
    assert (found.alias, found.order) == (Capacity().alias, SMALL.order)


# -- import without a store ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--items", "i.csv"], "found neither DIR nor --target, expected one of them"),
        (["d", "--target", "x:1", "--items", "i.csv"], "found both DIR and --target, expected"),
        (["d"], "found no file, expected at least one of --items, --locations, --stock, --orders"),
    ],
)
def test_import_names_wrong_usage(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is read."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["import", *arguments])
    assert ended.value.code == cli.USAGE
    assert f"slotline import: {expected}" in capsys.readouterr().err


def test_import_without_a_store_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is none is no wrong usage: it may come to be one."""
    assert cli.main(["import", "nowhere", "--items", "i.csv"]) == cli.REFUSED
    assert "data directory nowhere: found nothing" in capsys.readouterr().err


# -- kernel cache ----------------------------------------------------------------------------------


def test_kernel_cache_that_is_set_is_left_alone() -> None:
    """Tests and operators have their own."""
    environment = {"NUMBA_CACHE_DIR": "/somewhere", "HOME": "/nowhere"}
    assert kernel_cache.use_kernel_cache(environment) == "/somewhere"


def test_kernel_cache_is_private_and_named_by_the_digest(tmp_path: Path) -> None:
    """Made with mode 0700 whatever the umask, and the same the next time."""
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    before = os.umask(0)
    try:
        folder = kernel_cache.use_kernel_cache(environment)
    finally:
        os.umask(before)
    assert environment["NUMBA_CACHE_DIR"] == folder
    assert folder == str(tmp_path / "slotline" / f"kernels-{kernel_cache.kernel_digest()}")
    assert os.stat(folder).st_mode & 0o777 == 0o700
    assert kernel_cache.use_kernel_cache({"XDG_CACHE_HOME": str(tmp_path)}) == folder


def _open_to_all(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)


def _link(folder: Path) -> None:
    (folder.parent / "other").mkdir(mode=0o700)
    folder.symlink_to(folder.parent / "other")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (_open_to_all, "found mode 0777, expected 0700"),
        (_link, "found a symbolic link, expected a folder"),
        (lambda folder: folder.write_text(""), "cannot be made: File exists"),
    ],
)
def test_kernel_cache_that_others_could_write_to_is_refused(
    tmp_path: Path, make: Any, expected: str
) -> None:
    """Compiled code from there would run as us."""
    folder = tmp_path / "kernels"
    make(folder)
    with pytest.raises(InvalidRequest) as refused:
        kernel_cache.make_private(folder)
    assert expected in str(refused.value)
    assert "NUMBA_CACHE_DIR" in str(refused.value)


def test_kernel_cache_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever owns the folder decides what is in it."""
    kernel_cache.make_private(tmp_path / "kernels")
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(InvalidRequest, match=f"found owner {owner}, expected {owner + 1}"):
        kernel_cache.make_private(tmp_path / "kernels")


def test_digest_changes_with_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code for another CPU must not be loaded."""
    from llvmlite import binding  # type: ignore[import-untyped]

    before = kernel_cache.kernel_digest()
    monkeypatch.setattr(binding, "get_host_cpu_name", lambda: "another")
    assert kernel_cache.kernel_digest() != before
