"""Settings that every test shares."""

from __future__ import annotations

import os

from hypothesis import settings

# No deadline: the first example compiles kernels. In CI the same examples every time, so that a
# failure there can be repeated anywhere with CI=true.
settings.register_profile(
    "slotline", deadline=None, print_blob=True, derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("slotline")
