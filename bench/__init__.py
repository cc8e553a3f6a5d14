"""Benchmarks of Slotline beside its peers; run from the repository as ``python -m bench``."""
