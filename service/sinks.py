"""Where an import sends its commands: a running server, or a store opened in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.batch import make_batch
from ..engine.schema import TABLE_NUMBER, TABLES, NameKind
from ..kernels.columns import NONE
from .codes import checked_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from ..engine.engine import Engine
    from ..engine.state import State
    from .client import SlotlineClient


class ServerSink:
    """Sends to a server by bulk calls, which are tried again under the same key.

    Parameters
    ----------
    client : SlotlineClient
        Connected.
    """

    def __init__(self, client: SlotlineClient) -> None:
        self._client = client

    def export(self, table: str) -> Mapping[str, np.ndarray]:
        """Give a table's columns."""
        return self._client.export(table)[0]

    def room(self, table: str) -> int:
        """Give the number of rows that a table still has."""
        for found in self._client.get_status().tables:
            if found.table == table:
                return int(found.capacity - found.rows_used)
        raise KeyError(table)

    def send(
        self,
        kind: str,
        columns: Mapping[str, object],
        lines: Mapping[str, object] | None,
        key: bytes,
    ) -> Mapping[str, np.ndarray]:
        """Have a batch executed once and give its outcome columns."""
        from .client import Bulk

        return self._client.bulk(Bulk(kind, columns, lines, key=key)).outcome


class EngineSink:
    """Hands batches to an engine of this process.

    Parameters
    ----------
    engine : Engine
        Open; nobody else may have it.
    tenant, actor : str
        For whom and by whom; their names are made known if they are new.
    """

    def __init__(self, engine: Engine, *, tenant: str = "", actor: str = "") -> None:
        self._engine = engine
        self._tenant = self._name(NameKind.TENANT, tenant)
        self._actor = self._name(NameKind.ACTOR, actor)

    def _name(self, kind: NameKind, text: str) -> int:
        if not text:
            return NONE
        code = checked_code(kind.name.lower(), text)
        reply = self._engine.submit(make_batch("put_name", {"kind": [kind], "code": [code]}))
        return int(reply.outcome["name"][0])

    def export(self, table: str) -> Mapping[str, np.ndarray]:
        """Give copies of a table's columns."""

        def read(state: State) -> dict[str, np.ndarray]:
            number = TABLE_NUMBER[table]
            view, count = state.tables[number], state.rows_used(table)
            return {
                field.name: getattr(view, field.name)[:count].copy()
                for field in TABLES[number].fields
            }

        return self._engine.read(read)[0]

    def room(self, table: str) -> int:
        """Give the number of rows that a table still has."""
        state = self._engine.state
        return state.tables[TABLE_NUMBER[table]].capacity - state.rows_used(table)

    def send(
        self,
        kind: str,
        columns: Mapping[str, object],
        lines: Mapping[str, object] | None,
        key: bytes,
    ) -> Mapping[str, np.ndarray]:
        """Execute a batch once and give its outcome columns."""
        batch = make_batch(kind, columns, lines)
        reply = self._engine.submit(
            batch, key=key, message=True, tenant=self._tenant, actor=self._actor
        )
        return reply.outcome
