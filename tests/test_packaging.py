"""What is shipped: package list, wheel, version, lock files."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE_FOLDERS = ("engine", "kernels", "optimizer", "io", "service")
LOCKS = ("requirements.txt", "requirements-demo.txt", "requirements-dev.txt")


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """Return the parsed pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wheel_names(
    project: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, ...]:
    """Build the wheel from a copy of the tree and return the names of the files in it."""
    source = tmp_path_factory.mktemp("source") / "slotline"
    hidden = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info")
    shutil.copytree(ROOT, source, ignore=hidden)
    target = source.parent / "dist"
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir"]
    built = subprocess.run(
        [*command, str(target), str(source)], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = target.glob("*.whl")
    assert wheel.name == f"slotline-{project['project']['version']}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        return tuple(archive.namelist())


def packages_in(root: Path) -> set[str]:
    """Name every folder of the package that holds Python, directly or further below."""
    found = {"slotline"}
    for folder in PACKAGE_FOLDERS:
        for path in (root / folder).rglob("*.py"):
            if "__pycache__" not in path.parts:
                parts = path.relative_to(root).parts[:-1]
                found |= {".".join(("slotline", *parts[: n + 1])) for n in range(len(parts))}
    return found


def locked_versions(text: str) -> dict[str, str]:
    """Read name and version of every locked line."""
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, flags=re.MULTILINE))


def test_package_list_is_complete_and_names_nothing_that_is_gone(project: dict[str, Any]) -> None:
    """A folder that is not listed would be missing from the wheel without a word."""
    listed = project["tool"]["setuptools"]["packages"]
    assert set(listed) == packages_in(ROOT)
    assert listed == sorted(listed)


def test_a_forgotten_package_would_be_noticed(tmp_path: Path) -> None:
    """The comparison above sees a folder at any depth, also below one without __init__.py."""
    (tmp_path / "io" / "tabular").mkdir(parents=True)
    (tmp_path / "io" / "tabular" / "__init__.py").touch()
    assert packages_in(tmp_path) == {"slotline", "slotline.io", "slotline.io.tabular"}


def test_io_never_becomes_a_regular_package() -> None:
    """With an __init__.py it could win over the standard library's io when run in the root."""
    assert not (ROOT / "io" / "__init__.py").exists()
    regular = [folder for folder in PACKAGE_FOLDERS if folder != "io"]
    assert all((ROOT / folder / "__init__.py").is_file() for folder in regular)


def test_wheel_holds_every_file_of_the_package_and_nothing_beside(
    wheel_names: tuple[str, ...],
) -> None:
    """Templates and schemas are shipped like modules; tests, benchmarks and documents are not."""
    expected = {"slotline/__init__.py", "slotline/__main__.py", "slotline/py.typed"}
    for folder in PACKAGE_FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".md":
                expected.add("slotline/" + path.relative_to(ROOT).as_posix())
    shipped = {name for name in wheel_names if not name.startswith("slotline-")}
    assert shipped == expected


def test_wheel_carries_the_licence_and_the_command(wheel_names: tuple[str, ...]) -> None:
    """Who gets the wheel gets the terms, and the command line as an entry point."""
    endings = {name.split("/", 1)[1] for name in wheel_names if name.startswith("slotline-")}
    assert {"licenses/LICENSE", "entry_points.txt"} <= endings


def test_version_is_the_one_of_the_project_and_loads_no_compiler(project: dict[str, Any]) -> None:
    """Asking for the version must not cost the seconds that Numba and gRPC take to load."""
    script = (
        "import sys, slotline; print(slotline.__version__);"
        "print([name for name in ('numba', 'grpc', 'numpy', 'polars') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == [project["project"]["version"], "[]"]


def test_unknown_attribute_is_refused_by_name() -> None:
    """The lazy version does not make every other name appear to exist."""
    import slotline

    with pytest.raises(AttributeError, match="no attribute 'verzion'"):
        slotline.verzion  # noqa: B018


@pytest.mark.parametrize("name", LOCKS)
def test_lock_pins_every_line_with_hashes_and_names_no_index(name: str) -> None:
    """Each entry is a version with at least one hash; no option, host, link or path."""
    text = (ROOT / name).read_text(encoding="utf-8")
    bare = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    entries = [line.strip() for line in bare.splitlines() if line.strip()]
    entry = re.compile(r"[a-z0-9._-]+==[^\s;]+( ; [^-]+)?(\s+--hash=sha256:[0-9a-f]{64})+")
    strange = [line[:80] for line in entries if not entry.fullmatch(line)]
    assert entries
    assert strange == []
    assert "://" not in text


def test_locks_agree_and_cover_what_the_project_asks_for(project: dict[str, Any]) -> None:
    """The three files pin the same versions, and no direct dependency is without a pin."""
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in LOCKS}
    runtime, demo, dev = (locked_versions(texts[name]) for name in LOCKS)
    assert runtime.items() <= demo.items()
    assert demo.items() <= dev.items()
    extras = project["project"]["optional-dependencies"]
    pairs = [
        (runtime, project["project"]["dependencies"]),
        (demo, extras["demo"]),
        (dev, [line for lines in extras.values() for line in lines]),
    ]
    for locked, asked in pairs:
        names = {re.split(r"[\s\[<>=!~;]", line, maxsplit=1)[0].lower() for line in asked}
        assert names <= set(locked), names - set(locked)


def test_protobuf_stays_with_what_the_solver_takes() -> None:
    """Without the bound pip takes ortools back by five releases instead of complaining."""
    locked = locked_versions((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    assert locked["protobuf"].startswith("6.33.")
    assert locked["ortools"].startswith("9.15.")


def test_project_needs_only_python_and_make_to_begin() -> None:
    """Every target that the documents name exists, and the CI script is executable bash."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    assert {"demo", "test", "bench", "lint", "serve", "proto", "clean"} <= targets
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n")
