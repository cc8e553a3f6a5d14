"""Compiled inner loops over plain arrays; they know nothing of the rest of the package."""
