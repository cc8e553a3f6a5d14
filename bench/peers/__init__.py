"""Servers that the benchmark starts, fills, measures and removes by itself."""
