"""What happens when the disk is full: a small file system that is really full, and a real EFBIG."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

MODULE = "slotline.tests.engine.full_disk"
# A file system of our own needs no root where a user may have name spaces.
MOUNTED = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")
MOUNT = 'mount -t tmpfs -o size=24m tmpfs "$0"'


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_a_full_file_system_is_refused_in_time_and_survived(tmp_path: Path) -> None:
    """Writes stop above the reserve, reads go on, room lets writes go on; ENOSPC loses nothing."""
    if not shutil.which("unshare") or run(*MOUNTED, MOUNT, str(tmp_path)).returncode:
        pytest.skip("this user may not mount a file system in a name space of its own")
    ran = run(
        *MOUNTED, f'{MOUNT} && exec "$@"', str(tmp_path),
        sys.executable, "-m", MODULE, "fill_up", str(tmp_path),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("answered ")


def test_a_write_that_fails_half_way_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """The engine stops; what it had answered is recovered."""
    ran = run(sys.executable, "-m", MODULE, "outgrow", str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("answered ")
