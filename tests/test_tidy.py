"""House rules that no linter knows, checked over the tree as it stands.

Every rule is a function from one file to its findings. Each is run twice: over the whole tree,
where it must find nothing, and over a small planted violation, which it must find.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE_FOLDERS = ("engine", "kernels", "optimizer", "io", "service")

LINE_CHARACTERS_MAX = 100
FUNCTION_LINES_MAX = 70
MODULE_LINES_MAX = 500
TEST_MODULE_LINES_MAX = 600

# What a folder may import: of ours, of others, and of the standard library (None: anything).
# `__main__.py` and `__init__.py` at the root may use everything, nothing may use the service.
KERNEL_STDLIB = frozenset({"__future__", "collections", "enum", "math", "typing"})
ENGINE_NEVER = frozenset(
    {
        *("asyncio", "http", "multiprocessing", "random", "secrets", "select", "selectors"),
        *("signal", "socket", "socketserver", "ssl", "subprocess", "time", "urllib", "uuid"),
    }
)
# Files are the store's business: everything else in the engine goes through its port.
STORE = "engine/store.py"
STORE_ONLY = frozenset({"fcntl", "os", "pathlib", "shutil", "tempfile"})
IO_ENGINE_MODULES = ("batch", "errors", "schema")
OURS = {
    "kernels": ("slotline.kernels",),
    "optimizer": ("slotline.optimizer", "slotline.kernels"),
    "engine": ("slotline.engine", "slotline.kernels"),
    "io": (
        "slotline.io",
        "slotline.kernels.columns",
        *(f"slotline.engine.{name}" for name in IO_ENGINE_MODULES),
    ),
    "service": ("slotline",),
}
OTHERS = {
    "kernels": {"numba", "numpy"},
    "optimizer": {"numpy", "ortools"},
    "engine": {"blake3", "crc32c", "numpy"},
    "io": {"numpy", "polars", "pyarrow", "yaml"},
}


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its path from the root with forward slashes, and its text."""

    path: str
    text: str

    @property
    def folder(self) -> str:
        """First folder of the path, empty for a file at the root."""
        return self.path.split("/")[0] if "/" in self.path else ""

    @property
    def in_package(self) -> bool:
        """Whether the file is part of what the wheel holds."""
        return self.path.endswith(".py") and self.folder in ("", *PACKAGE_FOLDERS)

    def tree(self) -> ast.Module:
        """Parse the file, which must be Python."""
        return _parse(self.text, self.path)


Findings = list[str]


@cache
def _parse(text: str, path: str) -> ast.Module:
    return ast.parse(text, filename=path)


@cache
def tracked_sources() -> tuple[Source, ...]:
    """Read every text file that is or would be committed, generated code left out."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        names = sorted(set(listed.stdout.splitlines()))
    else:
        names = sorted(
            found.relative_to(ROOT).as_posix()
            for found in ROOT.rglob("*")
            if not any(part.startswith(".") or part == "__pycache__" for part in found.parts)
        )
    sources = []
    for name in names:
        path = ROOT / name
        if re.search(r"_pb2(_grpc)?\.pyi?$", name) or not path.is_file() or path.is_symlink():
            continue
        try:
            sources.append(Source(name, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue  # golden journals and other binary data
    return tuple(sources)


# -- imports -------------------------------------------------------------------------------------


def imports_of(source: Source) -> Iterator[tuple[int, str, bool]]:
    """Yield line, full dotted name and whether the form is relative, per imported name."""
    package = ["slotline", *source.path.split("/")[:-1]]
    for node in ast.walk(source.tree()):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, False
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{module}.{alias.name}", node.level > 0


def _is_within(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def check_import_rule(source: Source) -> Findings:
    """Check who imports whom, and that the package names its own parts relatively."""
    if not source.in_package:
        return []
    findings = []
    for line, name, relative in imports_of(source):
        top = name.split(".")[0]
        where = f"{source.path}:{line}"
        if top == "slotline":
            if not relative:
                findings.append(f"{where}: imports {name} absolutely, expected the relative form")
            if not _is_within(name, OURS.get(source.folder, ("slotline",))):
                findings.append(f"{where}: {source.folder} may not import {name}")
        elif top in sys.stdlib_module_names:
            if _is_banned_stdlib(source, top):
                findings.append(f"{where}: {source.folder} may not import {name}")
        elif source.folder in OTHERS and top not in OTHERS[source.folder]:
            findings.append(f"{where}: {source.folder} may not import {name}")
    return findings


def _is_banned_stdlib(source: Source, top: str) -> bool:
    if source.folder == "kernels":
        return top not in KERNEL_STDLIB
    if source.folder != "engine":
        return False
    return top in ENGINE_NEVER or (top in STORE_ONLY and source.path != STORE)


def check_engine_is_deterministic(source: Source) -> Findings:
    """Refuse clock, chance and, outside the store, files in engine, kernels and optimizer."""
    if source.folder not in ("engine", "kernels", "optimizer") or not source.in_package:
        return []
    clock = re.compile(r"\b(datetime|date)\.(now|utcnow|today)$")
    chance = re.compile(r"^(os\.urandom|(np|numpy)\.random\b.*)$")
    findings = []
    for node in ast.walk(source.tree()):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        anonymous = called == "mmap.mmap" and node.args and ast.unparse(node.args[0]) == "-1"
        touches_file = called in ("open", "mmap.mmap") and source.path != STORE and not anonymous
        seeded = source.folder == "optimizer" and called.endswith("default_rng") and node.args
        if clock.search(called) or (chance.match(called) and not seeded) or touches_file:
            findings.append(f"{source.path}:{node.lineno}: calls {called}")
    return findings


# -- size and form -------------------------------------------------------------------------------


def check_lengths(source: Source) -> Findings:
    """Bound the length of line, function (docstring left out) and module."""
    if not source.path.endswith(".py"):
        return []
    lines = source.text.splitlines()
    findings = [
        f"{source.path}:{number}: {len(line)} characters, at most {LINE_CHARACTERS_MAX}"
        for number, line in enumerate(lines, start=1)
        if len(line) > LINE_CHARACTERS_MAX
    ]
    limit = TEST_MODULE_LINES_MAX if source.folder == "tests" else MODULE_LINES_MAX
    if len(lines) > limit:
        findings.append(f"{source.path}: {len(lines)} lines, at most {limit}")
    for node in ast.walk(source.tree()):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            # Kernels document every array, which is no reason to cut a function in two.
            count = (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring_lines(node)
            if count > FUNCTION_LINES_MAX:
                place = f"{source.path}:{node.lineno}: {node.name}"
                findings.append(f"{place} has {count} lines, at most {FUNCTION_LINES_MAX}")
    return findings


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    if ast.get_docstring(node) is None:
        return 0
    first = node.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1


def check_public_docstrings(source: Source) -> Findings:
    """Demand a docstring from every public thing of the package."""
    if not source.in_package:
        return []
    findings = [] if ast.get_docstring(source.tree()) else [f"{source.path}: no docstring"]
    todo: list[tuple[str, list[ast.stmt]]] = [("", source.tree().body)]
    while todo:
        owner, body = todo.pop()
        for node in body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name.startswith("_") or any(
                ast.unparse(decorator).endswith(("overload", ".setter", "override"))
                for decorator in node.decorator_list
            ):
                continue
            if ast.get_docstring(node) is None:
                findings.append(f"{source.path}:{node.lineno}: {owner}{node.name}: no docstring")
            if isinstance(node, ast.ClassDef):
                todo.append((f"{owner}{node.name}.", node.body))
    return findings


def check_kernels_document_arrays(source: Source) -> Findings:
    """Demand that a public kernel lists its parameters and its results."""
    if source.folder != "kernels" or not source.in_package:
        return []
    findings = []
    for node in source.tree().body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        text = ast.get_docstring(node) or ""
        gives = node.returns is None or ast.unparse(node.returns) != "None"
        wanted = [("Parameters", bool(node.args.args)), ("Returns", gives)]
        findings += [
            f"{source.path}:{node.lineno}: {node.name}: no section {section}"
            for section, needed in wanted
            if needed and f"{section}\n---" not in text
        ]
    return findings


def check_compiled_form(source: Source) -> Findings:
    """Demand that compiled functions are cached and start no threads beside the writer."""
    if source.folder not in ("kernels", "engine", "optimizer") or not source.in_package:
        return []
    findings = []
    for node in ast.walk(source.tree()):
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            written = ast.unparse(decorator)
            if not re.match(r"(numba\.)?n?jit\b", written):
                continue
            where = f"{source.path}:{node.lineno}: {node.name}"
            if "cache=True" not in written:
                findings.append(f"{where} is compiled anew in every process, expected cache=True")
            if "parallel=True" in written and source.folder != "optimizer":
                findings.append(f"{where} is parallel; nothing in the writer's process may be")
    return findings


def check_print(source: Source) -> Findings:
    """Let only the command line talk to the terminal."""
    may_print = source.path.startswith(("service/cli", "service/commands/", "service/demo/"))
    if not source.in_package or may_print:
        return []
    return [
        f"{source.path}:{node.lineno}: prints"
        for node in ast.walk(source.tree())
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "sys.stdout.write")
    ]


def check_swallowed_errors(source: Source) -> Findings:
    """Refuse handlers without a type and handlers that do nothing at all."""
    if not source.path.endswith(".py"):
        return []
    findings = []
    for node in ast.walk(source.tree()):
        if isinstance(node, ast.ExceptHandler):
            if node.type is None:
                findings.append(f"{source.path}:{node.lineno}: bare except")
            if all(isinstance(step, ast.Pass) for step in node.body):
                findings.append(f"{source.path}:{node.lineno}: handler does nothing")
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            caught = {ast.unparse(argument) for argument in node.args}
            if caught & {"Exception", "BaseException"}:
                findings.append(f"{source.path}:{node.lineno}: suppresses every error")
    return findings


def check_tests_are_tests(source: Source) -> Findings:
    """Demand that a test says what it shows, asserts something and never sleeps."""
    if source.folder != "tests" or not source.path.endswith(".py"):
        return []
    asserting = ("raises", "assert", "check", "verify", "expect", "run_state_machine", "fail")
    findings = []
    for node in ast.walk(source.tree()):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.sleep", "sleep"):
            findings.append(f"{source.path}:{node.lineno}: sleeps; wait for the event instead")
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test"):
            continue
        where = f"{source.path}:{node.lineno}: {node.name}"
        if ast.get_docstring(node) is None:
            findings.append(f"{where} has no docstring")
        asserts = any(
            isinstance(step, ast.Assert)
            or (
                isinstance(step, ast.Call)
                and any(word in ast.unparse(step.func) for word in asserting)
            )
            for step in ast.walk(node)
        )
        if not asserts:
            findings.append(f"{where} asserts nothing")
    return findings


# -- words that must not be committed ------------------------------------------------------------


def _lines_with(source: Source, pattern: str, meaning: str) -> Findings:
    compiled = re.compile(pattern)
    return [
        f"{source.path}:{number}: {meaning}: {line.strip()[:80]}"
        for number, line in enumerate(source.text.splitlines(), start=1)
        if compiled.search(line)
    ]


def check_machine_paths(source: Source) -> Findings:
    """Refuse paths of somebody's machine."""
    pattern = r"(?<![\w.$}])/(work|farm|root|opt|home|Users)/[A-Za-z0-9_.-]"
    return _lines_with(source, pattern, "absolute path of a machine")


def check_index_hosts(source: Source) -> Findings:
    """Refuse the name of a package index: the person who installs decides on it."""
    pattern = (
        r"--(?:extra-)?index[-]url|--find[-]links|--trusted[-]host"
        r"|\b(?:pypi|test\.pypi)[.]org\b|\bpythonhosted[.]org\b|^-i\s"
    )
    return _lines_with(source, pattern, "names a package index")


def check_unfinished(source: Source) -> Findings:
    """Refuse what is left for later in the source."""
    return _lines_with(source, r"\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b", "unfinished")


def check_silencers_name_their_rule(source: Source) -> Findings:
    """Demand the name of a silenced rule, so that a second one on the line still shows."""
    if not source.path.endswith((".py", ".pyi")):
        return []
    pattern = r"#\s*(?:no[q]a(?!:\s*[A-Z])|(?:type|pyright):\s*ignore(?!\[))"
    return _lines_with(source, pattern, "silences every rule")


# -- the tests -----------------------------------------------------------------------------------

Rule = Callable[[Source], Findings]

RULES: tuple[Rule, ...] = (
    check_import_rule,
    check_engine_is_deterministic,
    check_lengths,
    check_public_docstrings,
    check_kernels_document_arrays,
    check_compiled_form,
    check_print,
    check_swallowed_errors,
    check_tests_are_tests,
    check_machine_paths,
    check_index_hosts,
    check_unfinished,
    check_silencers_name_their_rule,
)

LONG_FUNCTION = "def long():\n" + "    x = 1\n" * 70
TALL_DOCSTRING = 'def fine():\n    """Say.\n' + "\n    more\n" * 40 + '    """\n'
KERNEL = '"""K."""\n@njit(cache=True)\ndef k(a):\n    """Do."""\n'

# Rule, where the violation is planted, its text, and what the finding must say.
PLANTED: tuple[tuple[Rule, str, str, str], ...] = (
    (check_import_rule, "engine/a.py", "from slotline.kernels import atp", "absolutely"),
    (check_import_rule, "kernels/a.py", "from ..engine import errors", "slotline.engine.errors"),
    (check_import_rule, "kernels/a.py", "import logging", "logging"),
    (check_import_rule, "kernels/a.py", "from scipy import sparse", "scipy.sparse"),
    (check_import_rule, "optimizer/a.py", "from ..engine.state import State", "engine.state"),
    (check_import_rule, "engine/a.py", "from ..optimizer import tour", "optimizer.tour"),
    (check_import_rule, "engine/a.py", "def f():\n    import polars", "polars"),
    (check_import_rule, "engine/a.py", "import grpc", "grpc"),
    (check_import_rule, "engine/a.py", "import time", "time"),
    (check_import_rule, "engine/a.py", "from random import random", "random"),
    (check_import_rule, "engine/a.py", "import socket", "socket"),
    (check_import_rule, "engine/a.py", "import os", "os"),
    (check_import_rule, "engine/a.py", "from ..service import status", "service.status"),
    (check_import_rule, "io/tabular/a.py", "from ...engine.state import State", "engine.state"),
    (check_import_rule, "io/tabular/a.py", "import grpc", "grpc"),
    (check_engine_is_deterministic, "engine/a.py", "d = datetime.now()", "datetime.now"),
    (check_engine_is_deterministic, "engine/store.py", "k = os.urandom(16)", "os.urandom"),
    (check_engine_is_deterministic, "engine/a.py", "f = open('x')", "open"),
    (check_engine_is_deterministic, "engine/a.py", "m = mmap.mmap(file, 4096)", "mmap.mmap"),
    (check_engine_is_deterministic, "kernels/a.py", "x = np.random.rand(3)", "np.random.rand"),
    (check_lengths, "engine/a.py", "x = '" + "y" * 100 + "'", "106 characters"),
    (check_lengths, "engine/a.py", LONG_FUNCTION, "long has 71 lines"),
    (check_lengths, "engine/a.py", "x = 1\n" * 501, "501 lines"),
    (check_lengths, "tests/test_a.py", "x = 1\n" * 601, "601 lines"),
    (check_public_docstrings, "engine/a.py", "x = 1", "no docstring"),
    (check_public_docstrings, "engine/a.py", '"""A."""\ndef f(): ...', "f: no docstring"),
    (
        check_public_docstrings,
        "engine/a.py",
        '"""A."""\nclass C:\n    """C."""\n    def m(self): ...',
        "C.m: no docstring",
    ),
    (check_kernels_document_arrays, "kernels/a.py", KERNEL, "no section Parameters"),
    (check_compiled_form, "kernels/a.py", "@njit\ndef f(): ...", "cache=True"),
    (
        check_compiled_form,
        "engine/a.py",
        "@njit(cache=True, parallel=True)\ndef f(): ...",
        "parallel",
    ),
    (check_print, "engine/a.py", "print(1)", "prints"),
    (check_swallowed_errors, "engine/a.py", "try: f()\nexcept: g()", "bare except"),
    (check_swallowed_errors, "engine/a.py", "try: f()\nexcept E: pass", "does nothing"),
    (check_swallowed_errors, "io/a.py", "with suppress(Exception): f()", "every error"),
    (check_tests_are_tests, "tests/test_a.py", "def test_a():\n    assert 1", "no docstring"),
    (check_tests_are_tests, "tests/test_a.py", 'def test_a():\n    """A."""', "asserts nothing"),
    (check_tests_are_tests, "tests/test_a.py", "time.sleep(1)", "sleeps"),
    (check_machine_paths, "docs/a.md", "see /" + "work/main/a", "absolute path"),
    (check_machine_paths, "Makefile", "cat '/" + "home/me/a'", "absolute path"),
    (check_index_hosts, "requirements.txt", "--index" + "-url x", "package index"),
    (check_index_hosts, "requirements.txt", "--find" + "-links x", "package index"),
    (check_index_hosts, "README.md", "https://pypi" + ".org/p", "package index"),
    (check_unfinished, "engine/a.py", "# TO" + "DO: later", "unfinished"),
    (check_unfinished, "README.md", "FIX" + "ME", "unfinished"),
    (check_silencers_name_their_rule, "engine/a.py", "x = 1  # no" + "qa", "every rule"),
    (check_silencers_name_their_rule, "engine/a.py", "x = 1  # type:" + " ignore", "every rule"),
)

# Things that look like a violation and are none.
ALLOWED: tuple[tuple[Rule, str, str], ...] = (
    (check_import_rule, "engine/a.py", "from ..kernels.columns import NONE\nimport crc32c"),
    (check_import_rule, "engine/store.py", "import os\nimport mmap"),
    (check_import_rule, "io/tabular/a.py", "from ...engine.errors import InvalidRequest"),
    (check_import_rule, "service/a.py", "import grpc\nfrom ..io.tabular import read"),
    (check_import_rule, "tests/test_a.py", "from slotline.engine import errors\nimport time"),
    (check_engine_is_deterministic, "engine/a.py", "now_us = clock.now_us()"),
    (check_engine_is_deterministic, "engine/a.py", "m = mmap.mmap(-1, 4096)"),
    (check_engine_is_deterministic, "engine/store.py", "f = open('x')"),
    (check_engine_is_deterministic, "optimizer/a.py", "rng = np.random.default_rng(seed)"),
    (check_lengths, "kernels/a.py", TALL_DOCSTRING),
    (check_public_docstrings, "engine/a.py", '"""A."""\ndef _f(): ...'),
    (check_print, "service/cli.py", "print(1)"),
    (check_swallowed_errors, "engine/a.py", "try: f()\nexcept E: g()"),
    (check_machine_paths, "docs/a.md", "slotline.v1/wo" + "rk/queue and ./home/a"),
    (check_index_hosts, "pyproject.toml", "a database index, a find"),
    (check_silencers_name_their_rule, "engine/a.py", "x = 1  # no" + "qa: E501"),
    (check_silencers_name_their_rule, "engine/a.py", "x = 1  # type:" + " ignore[arg-type]"),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_tree_keeps_the_rule(rule: Rule) -> None:
    """No file of the tree breaks the rule."""
    findings = [finding for source in tracked_sources() for finding in rule(source)]
    assert not findings, "\n" + "\n".join(findings)


@pytest.mark.parametrize(
    ("rule", "path", "text", "expected"),
    PLANTED,
    ids=[f"{case[0].__name__}-{number}" for number, case in enumerate(PLANTED)],
)
def test_planted_violation_is_found(rule: Rule, path: str, text: str, expected: str) -> None:
    """A rule that finds nothing in a file that breaks it is no rule."""
    findings = rule(Source(path, text))
    assert any(expected in finding for finding in findings), findings


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    ALLOWED,
    ids=[f"{case[0].__name__}-{number}" for number, case in enumerate(ALLOWED)],
)
def test_lookalike_is_not_reported(rule: Rule, path: str, text: str) -> None:
    """What the style allows is left alone."""
    assert rule(Source(path, text)) == []


def test_every_rule_has_a_planted_violation() -> None:
    """Nobody adds a rule without showing that it can fail."""
    assert {case[0] for case in PLANTED} == set(RULES)


def test_the_tree_is_really_read() -> None:
    """The listing holds the package and this very file, so that silence means order."""
    paths = {source.path for source in tracked_sources()}
    assert {"__init__.py", "engine/errors.py", "pyproject.toml", "tests/test_tidy.py"} <= paths
