"""`slotline verify`: walk and judge a data directory without the engine's own code.

Only names, dtypes and codes are shared with the engine (`engine.schema`, `kernels.columns`);
frames, records, tables and books are read and added up a second time here, so that a mistake in the
one is found by the other.
"""

from __future__ import annotations

from .acks import AckLog, outcome_digest
from .stretch import Rings
from .verdict import Check, Fault, Verdict, render
from .verifier import verify

__all__ = ["AckLog", "Check", "Fault", "Rings", "Verdict", "outcome_digest", "render", "verify"]
