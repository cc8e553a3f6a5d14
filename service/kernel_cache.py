"""Where compiled kernels are kept between runs.

Numba keeps compiled code beside the source and does not notice an edit to a helper in another
file. Code that is loaded from a folder which somebody else can write to is code that they run as
us. So the folder is named by a digest of all that shapes the code, and used only when it is ours
alone.
"""

from __future__ import annotations

import hashlib
import os
import stat
from importlib.metadata import version
from pathlib import Path

from ..engine.errors import InvalidRequest

SETTING = "NUMBA_CACHE_DIR"
FOLDER_MODE = 0o700
_SOURCE_FOLDERS = ("kernels", "engine", "optimizer")
_KERNEL_FOLDER = "kernels"
_DIGEST_CHARACTERS = 24


def use_kernel_cache(environment: dict[str, str] | os._Environ[str] = os.environ) -> str:
    """Choose the folder and tell Numba; to be called before Numba is imported.

    Parameters
    ----------
    environment : mapping
        Gets `NUMBA_CACHE_DIR`; one that is set already is left alone.

    Returns
    -------
    str
        The folder.

    Raises
    ------
    InvalidRequest
        The folder is a link, somebody else's or open to others.
    """
    given = environment.get(SETTING)
    if given:
        return given
    folder = _base_folder(environment) / f"kernels-{kernel_digest()}"
    make_private(folder)
    environment[SETTING] = str(folder)
    return str(folder)


def kernel_digest() -> str:
    """Give a digest of every source that a kernel is made of, of Numba, llvmlite and the CPU.

    And of where the sources are: Numba keeps code for each path, so what another installation has
    compiled is of no use here.

    Returns
    -------
    str
        24 hexadecimal characters.
    """
    from llvmlite import binding  # type: ignore[import-untyped]

    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256(f"{root}\n".encode())
    for folder in _SOURCE_FOLDERS:
        for path in sorted((root / folder).glob("*.py")):
            content = path.read_bytes()
            # Outside kernels/ most files change often and hold none; a change of theirs must not
            # cost a minute of compiling.
            if folder != _KERNEL_FOLDER and b"njit" not in content:
                continue
            digest.update(f"{folder}/{path.name} {len(content)}\n".encode())
            digest.update(content)
    cpu = f"{binding.get_host_cpu_name()} {binding.get_host_cpu_features().flatten()}"
    digest.update(f"{version('numba')} {version('llvmlite')} {cpu}".encode())
    return digest.hexdigest()[:_DIGEST_CHARACTERS]


def _base_folder(environment: dict[str, str] | os._Environ[str]) -> Path:
    given = environment.get("XDG_CACHE_HOME")
    base = Path(given) if given else Path(environment.get("HOME") or "~").expanduser() / ".cache"
    return base / "slotline"


def make_private(folder: Path) -> None:
    """Make a folder that only this user can enter, or check that it is one.

    Parameters
    ----------
    folder : Path
        The folder; missing parents are made with the same mode.

    Raises
    ------
    InvalidRequest
        It cannot be made, is a link or no folder, belongs to another user, or its mode is not
        0700.
    """
    remedy = f"delete it, or name another folder in {SETTING}"
    try:
        for missing in reversed([part for part in folder.parents if not part.exists()]):
            missing.mkdir(mode=FOLDER_MODE, exist_ok=True)
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise InvalidRequest(
            f"kernel cache {folder}: cannot be made: {error.strerror}; {remedy}"
        ) from error
    if not stat.S_ISDIR(found.st_mode):
        kind = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "no folder"
        raise InvalidRequest(f"kernel cache {folder}: found {kind}, expected a folder; {remedy}")
    if found.st_uid != os.geteuid():
        raise InvalidRequest(
            f"kernel cache {folder}: found owner {found.st_uid}, expected {os.geteuid()}; {remedy}"
        )
    mode = stat.S_IMODE(found.st_mode)
    if mode != FOLDER_MODE:
        raise InvalidRequest(
            f"kernel cache {folder}: found mode {mode:04o}, expected {FOLDER_MODE:04o}; {remedy}"
        )
