"""The deterministic core: decide on batches, journal them, apply them.

No transport, no clock, no chance: what comes in is columns, what goes out is outcomes. Files are
touched by the store alone.
"""
