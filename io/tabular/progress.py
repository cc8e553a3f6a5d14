"""Keys of an import, such that running it again is harmless.

Items, locations, lots and names are put: the same content again changes nothing. Stock and orders
are commands that must not run twice, so each chunk has a key derived from the file's digest and the
chunk's number, and from the time at which the import was begun. That time is written beside the
file, before anything is sent, as ``FILE.slotline-import``. After a crash the same command sends
the same chunks under the same keys: what the store has executed it only answers again. A store
remembers keys for seven days; later it refuses them, it never executes them twice.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ...engine.errors import InvalidRequest

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
SUFFIX = ".slotline-import"
_FIELDS = ("format", "digest", "started_us", "is_complete")


@dataclass(frozen=True, slots=True)
class Progress:
    """What is kept beside a file.

    Parameters
    ----------
    digest : str
        Of file and mapping, hexadecimal.
    started_us : int
        When the import was begun, microseconds UTC.
    is_complete : bool
        Whether every chunk was answered.
    """

    digest: str
    started_us: int
    is_complete: bool = False


def progress_path(path: Path) -> Path:
    """Name the file beside a data file."""
    return path.with_name(path.name + SUFFIX)


def read_progress(path: Path) -> Progress | None:
    """Read what is kept beside a data file, None when there is nothing.

    Raises
    ------
    InvalidRequest
        It is damaged.
    """
    beside = progress_path(path)
    try:
        found = json.loads(beside.read_text(encoding="utf-8"))
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise ValueError("format")
        started_us, is_complete = found["started_us"], found["is_complete"]
        if not isinstance(started_us, int) or not isinstance(is_complete, bool):
            raise ValueError("types")
        return Progress(str(found["digest"]), started_us, is_complete)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError) as error:
        raise InvalidRequest(
            f"{beside}: found no readable note of an earlier import, expected {', '.join(_FIELDS)} "
            f"of format {FORMAT}; delete it only if that import is known to have done nothing"
        ) from error


def write_progress(path: Path, progress: Progress) -> None:
    """Write the note beside a data file so that it survives a crash.

    Raises
    ------
    InvalidRequest
        The folder cannot be written to.
    """
    beside = progress_path(path)
    content = json.dumps({"format": FORMAT, **asdict(progress)}) + "\n"
    fresh = beside.with_name(beside.name + ".tmp")
    try:
        with fresh.open("w", encoding="utf-8") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(beside)
        folder = os.open(beside.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise InvalidRequest(
            f"{beside}: cannot be written: {error.strerror}; the note is what makes a second run "
            f"harmless, so copy the data file to a folder that can be written to"
        ) from error


def begin(path: Path, digest: bytes, now_us: int, *, again: bool) -> Progress:
    """Begin an import of stock or orders, or take up one that was interrupted.

    Parameters
    ----------
    path : Path
        The data file.
    digest : bytes
        Of file and mapping.
    now_us : int
        Time now, microseconds UTC.
    again : bool
        Import the same file once more on purpose, as new stock or orders.

    Returns
    -------
    Progress
        Already written beside the file.

    Raises
    ------
    InvalidRequest
        Another version of the file was imported in part.
    """
    found = read_progress(path)
    if found is not None and not again:
        if found.digest == digest.hex():
            return found
        if not found.is_complete:
            raise InvalidRequest(
                f"{path}: found another content or mapping than in the import that was begun and "
                f"not finished, expected the same; finish that one first with the file as it was, "
                f"or give --again if nothing of it must be kept apart"
            )
    progress = Progress(digest.hex(), now_us)
    write_progress(path, progress)
    return progress


@dataclass(frozen=True, slots=True)
class ChunkKeys:
    """Keys of chunks: UUIDv7 whose time is the start of the import.

    Parameters
    ----------
    seed : bytes
        Tells imports apart.
    started_us : int
        When the import was begun, microseconds UTC.
    """

    seed: bytes
    started_us: int

    def key(self, kind: str, chunk: int) -> bytes:
        """Give the key of a chunk of commands of one kind, 16 bytes."""
        started_ms = self.started_us // 1000
        text = self.seed + f"{kind}/{chunk}/{started_ms}".encode()
        raw = bytearray(started_ms.to_bytes(6, "big") + hashlib.sha256(text).digest()[:10])
        raw[6] = 0x70 | raw[6] & 0x0F
        raw[8] = 0x80 | raw[8] & 0x3F
        return bytes(raw)
