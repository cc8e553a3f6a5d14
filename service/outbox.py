"""What is known of each endpoint: how far it has come, and the effects that it could not take.

SQLite beside the journal, since none of it is hot: cursors and dead letters. Effects themselves are
in the journal; a dead letter is a copy, because it may be edited.

An entity with dead letters is *parked*: whatever else happens to it becomes a dead letter as well,
behind the first, so that its order holds. Other entities go on. A letter is

    PARKED    until somebody replays it
    REPLAYED  on its way to the endpoint's worker once more
    RESOLVED  done, but not yet behind the cursor: kept so that it is not delivered again
"""

# ruff: noqa: S608 - queries are put together from constants of this module and the store's id
from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..engine.errors import (
    IllegalTransition,
    InvalidRequest,
    JournalCorrupt,
    LimitReached,
    PeerUnavailable,
    StoreMismatch,
    UnknownEntity,
)
from ..engine.limits import DEAD_LETTER_ERROR_BYTES_MAX, DEAD_LETTERS_MAX, ENDPOINTS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE_NAME: Final = "endpoints.sqlite"
FORMAT: Final = 1

_SCHEMA: Final = """
CREATE TABLE store (id BLOB NOT NULL);
CREATE TABLE endpoint (
    name TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    acknowledged_us INTEGER NOT NULL
);
CREATE TABLE dead_letter (
    letter INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint TEXT NOT NULL REFERENCES endpoint (name),
    sequence INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    entity_kind INTEGER NOT NULL,
    entity INTEGER NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    replays INTEGER NOT NULL,
    parked_us INTEGER NOT NULL,
    error TEXT NOT NULL,
    effect BLOB NOT NULL,
    UNIQUE (endpoint, entity_kind, entity, sequence, kind)
);
CREATE INDEX dead_letter_state ON dead_letter (endpoint, state);
"""
_LETTER: Final = (
    "letter, endpoint, sequence, kind, entity_kind, entity, state, attempts, replays, parked_us, "
    "error, effect"
)
# Of one entity letters are in the order of what happened; of one command the kinds are in order.
_SAME_ENTITY: Final = "endpoint = ? AND entity_kind = ? AND entity = ?"
_BEHIND: Final = "(sequence > ? OR (sequence = ? AND kind >= ?))"


class LetterState(IntEnum):
    """Where a dead letter is."""

    PARKED = 1
    REPLAYED = 2
    RESOLVED = 3


@dataclass(frozen=True, slots=True)
class Identity:
    """What names an effect: its entity, sequence and kind, all numbers as on the wire."""

    entity_kind: int
    entity: int
    sequence: int
    kind: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter; `effect` is the message's bytes, `attempts` counts all that were made."""

    letter: int
    endpoint: str
    sequence: int
    kind: int
    entity_kind: int
    entity: int
    state: int
    attempts: int
    replays: int
    parked_us: int
    error: str
    effect: bytes

    @property
    def identity(self) -> Identity:
        """What names its effect."""
        return Identity(self.entity_kind, self.entity, self.sequence, self.kind)


@dataclass(frozen=True, slots=True)
class EndpointStatus:
    """How far an endpoint is, and how many dead letters it has."""

    name: str
    sequence: int
    acknowledged_us: int
    dead_letters: int


class Outbox:
    """Cursors and dead letters of a store. Any thread may call it.

    Parameters
    ----------
    folder : str
        The store's data directory, which this process has locked.
    store_id : bytes
        Its id.
    durable_sequence : int
        Of the journal: no cursor may be ahead of it.

    Raises
    ------
    StoreMismatch
        The file is another store's, of another format, or ahead of the journal.
    JournalCorrupt
        It is damaged.
    """

    def __init__(self, folder: str, store_id: bytes, durable_sequence: int) -> None:
        self._lock = threading.Lock()
        self._generations: dict[str, int] = {}
        path = Path(folder) / FILE_NAME
        try:
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self._open(store_id, durable_sequence)
            except BaseException:
                self._database.close()
                raise
        except sqlite3.DatabaseError as error:
            raise JournalCorrupt(
                f"{FILE_NAME}: cannot be read: {error}; restore it, or delete it: endpoints then "
                f"begin at sequence 0 again"
            ) from error

    def _open(self, store_id: bytes, durable_sequence: int) -> None:
        run = self._database.execute
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        found = run("PRAGMA user_version").fetchone()[0]
        if found == 0:
            # All in one transaction: a file is whole, with its store's id, or still empty.
            self._database.executescript(
                f"BEGIN;{_SCHEMA}INSERT INTO store VALUES (x'{store_id.hex()}');"
                f"PRAGMA user_version = {FORMAT};COMMIT;"
            )
        elif found != FORMAT:
            raise StoreMismatch(f"{FILE_NAME}: found format {found}, expected {FORMAT}")
        (owner,) = run("SELECT id FROM store").fetchone() or (b"",)
        if owner != store_id:
            raise StoreMismatch(
                f"{FILE_NAME}: found that of store {owner.hex()}, expected {store_id.hex()}"
            )
        (furthest,) = run("SELECT max(sequence) FROM endpoint").fetchone()
        if furthest is not None and furthest > durable_sequence:
            raise StoreMismatch(
                f"{FILE_NAME}: found an endpoint at sequence {furthest}, expected at most the "
                f"journal's {durable_sequence}; restore both from the same backup"
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: durable when the block ends, undone when it raises."""
        with self._lock:
            try:
                self._database.execute("BEGIN IMMEDIATE")
                try:
                    yield self._database
                except BaseException:
                    self._database.execute("ROLLBACK")
                    raise
                self._database.execute("COMMIT")
            except sqlite3.Error as error:
                raise PeerUnavailable(f"{FILE_NAME}: {error}; nothing was noted") from error

    def _rows(self, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        with self._lock:
            try:
                return self._database.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise PeerUnavailable(f"{FILE_NAME}: {error}") from error

    # -- endpoints ----------------------------------------------------------------------------

    def endpoints(self) -> list[EndpointStatus]:
        """Give all endpoints, by name."""
        rows = self._rows(
            "SELECT name, sequence, acknowledged_us, (SELECT count(*) FROM dead_letter "
            "WHERE endpoint = name AND state != ?) FROM endpoint ORDER BY name",
            (LetterState.RESOLVED,),
        )
        return [EndpointStatus(*row) for row in rows]

    def cursor(self, endpoint: str) -> int:
        """Give the sequence up to which an endpoint has taken everything; makes it known, at 0.

        Raises
        ------
        LimitReached
            One endpoint too many.
        """
        found = self._rows("SELECT sequence FROM endpoint WHERE name = ?", (endpoint,))
        if found:
            return int(found[0][0])
        with self._changing() as database:
            (count,) = database.execute("SELECT count(*) FROM endpoint").fetchone()
            if count >= ENDPOINTS_MAX:
                raise LimitReached(
                    f"endpoint: found {count} endpoints, expected fewer than {ENDPOINTS_MAX}"
                )
            database.execute("INSERT OR IGNORE INTO endpoint VALUES (?, 0, 0)", (endpoint,))
        return 0

    def acknowledge(self, endpoint: str, sequence: int, now_us: int) -> int:
        """Move an endpoint's cursor forward; give where it is, durably. It never goes back."""
        with self._changing() as database:
            known = _cursor_of(database, endpoint)
            if sequence <= known:
                return known
            database.execute(
                "UPDATE endpoint SET sequence = ?, acknowledged_us = ? WHERE name = ?",
                (sequence, now_us, endpoint),
            )
            database.execute(
                "DELETE FROM dead_letter WHERE endpoint = ? AND state = ? AND sequence <= ?",
                (endpoint, LetterState.RESOLVED, sequence),
            )
        return sequence

    # -- dead letters -------------------------------------------------------------------------

    def park(
        self,
        endpoint: str,
        effect: bytes,
        identity: Identity,
        *,
        error: str,
        attempts: int,
        is_held: bool,
        now_us: int,
    ) -> int:
        """Make an effect a dead letter, durably; one that is there already is parked again.

        Parameters
        ----------
        endpoint : str
            Known.
        effect : bytes
            The message.
        identity : Identity
            What names it.
        error : str
            Why it could not be taken.
        attempts : int
            Made since it was delivered.
        is_held : bool
            Whether it only waits behind another letter of its entity; when there is none, nothing
            is done.
        now_us : int
            Time now.

        Returns
        -------
        int
            The letter, 0 when nothing was done.

        Raises
        ------
        LimitReached
            The endpoint has too many.
        """
        error = error.encode()[:DEAD_LETTER_ERROR_BYTES_MAX].decode(errors="ignore")
        with self._changing() as database:
            _cursor_of(database, endpoint)
            first = _first_of_entity(database, endpoint, identity)
            if is_held and first is None:
                return 0
            (count,) = database.execute(
                "SELECT count(*) FROM dead_letter WHERE endpoint = ?", (endpoint,)
            ).fetchone()
            known = _find(database, endpoint, identity)
            if known is None and count >= DEAD_LETTERS_MAX:
                raise LimitReached(
                    f"endpoint {endpoint}: found {count} dead letters, expected fewer than "
                    f"{DEAD_LETTERS_MAX}; replay or resolve some, its cursor stands still till then"
                )
            if known is None:
                # What comes behind a letter that is replayed goes the same way.
                state = first[1] if is_held and first is not None else LetterState.PARKED
                added = database.execute(
                    f"INSERT INTO dead_letter ({_LETTER}) "
                    "VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)",
                    (
                        *(endpoint, identity.sequence, identity.kind, identity.entity_kind),
                        *(identity.entity, state, attempts, now_us, error, effect),
                    ),
                )
                self._note(endpoint)
                return int(added.lastrowid or 0)
            if not is_held:
                self._park_again(database, endpoint, identity, known, error, attempts, now_us)
            return known

    def _park_again(
        self,
        database: sqlite3.Connection,
        endpoint: str,
        identity: Identity,
        letter: int,
        error: str,
        attempts: int,
        now_us: int,
    ) -> None:
        database.execute(
            "UPDATE dead_letter SET error = ?, attempts = attempts + ?, parked_us = ? "
            "WHERE letter = ?",
            (error, attempts, now_us, letter),
        )
        database.execute(
            f"UPDATE dead_letter SET state = ? WHERE {_SAME_ENTITY} AND {_BEHIND} AND state != ?",
            (LetterState.PARKED, *_behind(endpoint, identity), LetterState.RESOLVED),
        )

    def letters(
        self, endpoint: str = "", *, after: int = 0, count_max: int, state: int = 0
    ) -> list[Letter]:
        """Give letters by their number: of one endpoint or all, in one state or not resolved."""
        rows = self._rows(
            f"SELECT {_LETTER} FROM dead_letter WHERE letter > ? AND (? = '' OR endpoint = ?) "
            "AND (state = ? OR (? = 0 AND state != ?)) ORDER BY letter LIMIT ?",
            (after, endpoint, endpoint, state, state, LetterState.RESOLVED, count_max),
        )
        return [Letter(*row) for row in rows]

    def letter(self, letter: int) -> Letter:
        """Give one letter, or raise UnknownEntity."""
        rows = self._rows(f"SELECT {_LETTER} FROM dead_letter WHERE letter = ?", (letter,))
        if not rows or rows[0][6] == LetterState.RESOLVED:
            raise UnknownEntity(f"dead letter: found {letter}, expected a known one")
        return Letter(*rows[0])

    def apart(self, endpoint: str) -> tuple[set[tuple[int, int]], set[Identity]]:
        """Give the entities that are parked, and the effects that were resolved as letters."""
        rows = self._rows(
            "SELECT entity_kind, entity, sequence, kind, state FROM dead_letter WHERE endpoint = ?",
            (endpoint,),
        )
        parked = {row[:2] for row in rows if row[4] != LetterState.RESOLVED}
        resolved = {Identity(*row[:4]) for row in rows if row[4] == LetterState.RESOLVED}
        return parked, resolved

    def edit(self, letter: int, effect: bytes) -> None:
        """Replace what a parked letter says, durably."""
        known = self.letter(letter)
        if known.state != LetterState.PARKED:
            raise _wrong_state(known, "PARKED")
        with self._changing() as database:
            database.execute(
                "UPDATE dead_letter SET effect = ? WHERE letter = ? AND state = ?",
                (effect, letter, LetterState.PARKED),
            )

    def replay(self, letter: int) -> int:
        """Deliver a letter and those behind it of its entity once more; give their number.

        Raises
        ------
        IllegalTransition
            It is on its way already, or another letter of its entity is before it.
        """
        known = self.letter(letter)
        with self._changing() as database:
            first = _first_of_entity(database, known.endpoint, known.identity)
            if first is None or first[0] != letter:
                raise IllegalTransition(
                    f"dead letter {letter}: found letter {first[0] if first else 'none'} of the "
                    f"same entity before it, expected none; replay or resolve that one first"
                )
            if first[1] != LetterState.PARKED:
                raise _wrong_state(known, "PARKED")
            done = database.execute(
                f"UPDATE dead_letter SET state = ?, replays = replays + 1 WHERE {_SAME_ENTITY} "
                f"AND {_BEHIND} AND state = ?",
                (
                    LetterState.REPLAYED,
                    *_behind(known.endpoint, known.identity),
                    LetterState.PARKED,
                ),
            )
        self._note(known.endpoint)
        return done.rowcount

    def resolve(self, letter: int) -> None:
        """End a letter: it was taken, or nobody wants it; durably."""
        known = self.letter(letter)
        with self._changing() as database:
            if known.sequence > _cursor_of(database, known.endpoint):
                database.execute(
                    "UPDATE dead_letter SET state = ?, effect = x'' WHERE letter = ?",
                    (LetterState.RESOLVED, letter),
                )
            else:
                database.execute("DELETE FROM dead_letter WHERE letter = ?", (letter,))

    def generation(self, endpoint: str) -> int:
        """Give a number that changes whenever letters may be on their way to the endpoint."""
        return self._generations.get(endpoint, 0)

    def _note(self, endpoint: str) -> None:
        self._generations[endpoint] = self.generation(endpoint) + 1


def _cursor_of(database: sqlite3.Connection, endpoint: str) -> int:
    found = database.execute("SELECT sequence FROM endpoint WHERE name = ?", (endpoint,)).fetchone()
    if found is None:
        raise UnknownEntity(f"endpoint: found {endpoint!r}, expected one that has read effects")
    return int(found[0])


def _find(database: sqlite3.Connection, endpoint: str, identity: Identity) -> int | None:
    found = database.execute(
        f"SELECT letter FROM dead_letter WHERE {_SAME_ENTITY} AND sequence = ? AND kind = ?",
        (
            *(endpoint, identity.entity_kind, identity.entity),
            *(identity.sequence, identity.kind),
        ),
    ).fetchone()
    return None if found is None else int(found[0])


def _first_of_entity(
    database: sqlite3.Connection, endpoint: str, identity: Identity
) -> tuple[int, int] | None:
    """Give number and state of an entity's first open letter."""
    found: tuple[int, int] | None = database.execute(
        f"SELECT letter, state FROM dead_letter WHERE {_SAME_ENTITY} AND state != ? "
        "ORDER BY sequence, kind LIMIT 1",
        (endpoint, identity.entity_kind, identity.entity, LetterState.RESOLVED),
    ).fetchone()
    return found


def _behind(endpoint: str, identity: Identity) -> tuple[Any, ...]:
    sequence = identity.sequence
    return (
        *(endpoint, identity.entity_kind, identity.entity),
        *(sequence, sequence, identity.kind),
    )


def _wrong_state(letter: Letter, expected: str) -> IllegalTransition:
    found = LetterState(letter.state).name
    return IllegalTransition(f"dead letter {letter.letter}: found {found}, expected {expected}")


def checked_endpoint(name: str, code_bytes_max: int) -> str:
    """Give an endpoint's name, or raise InvalidRequest: empty, too long or unprintable."""
    if not name.isprintable() or not 1 <= len(name.encode()) <= code_bytes_max:
        raise InvalidRequest(
            f"endpoint: found {name[:code_bytes_max]!r}, expected 1 to {code_bytes_max} bytes of "
            f"printable text"
        )
    return name
