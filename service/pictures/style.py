"""Styles of pictures: one set of colours for light screens, one for dark ones."""

from __future__ import annotations

from typing import Final

_LIGHT: Final = (
    "--ground:#fbfcfd;--ink:#1f2733;--soft:#5b6573;--rack:#c6cdd6;--way:#edf0f4;--mark:#2563c9;"
    "--mark-ink:#fff;--tour:#d9480f;--one-way:#7a8594;--line:#d5dae1;"
    "--h1:#cfe3fb;--h2:#a5cbf5;--h3:#76aeec;--h4:#488ddd;--h5:#256cc2;--h6:#134a92;"
)
_DARK: Final = (
    "--ground:#12171d;--ink:#e6eaf0;--soft:#9aa5b3;--rack:#39444f;--way:#1c232b;--mark:#6ea8ff;"
    "--mark-ink:#10151b;--tour:#ff9350;--one-way:#8b97a6;--line:#2e3844;"
    "--h1:#16304d;--h2:#1b4473;--h3:#235c9c;--h4:#3579c4;--h5:#5b9be6;--h6:#a4cdff;"
)


def _both(name: str) -> str:
    return f".{name}{{{_LIGHT}}}@media (prefers-color-scheme:dark){{.{name}{{{_DARK}}}}}"


FLOOR_STYLE: Final = (
    _both("floor-plan")
    + ".floor-plan text{font-family:system-ui,sans-serif;fill:var(--soft);text-anchor:middle;"
    "dominant-baseline:central}"
    ".floor-plan .turned,.floor-plan .scale-text,.floor-plan .floor-name{text-anchor:start}"
    ".floor-plan .end{text-anchor:end}.floor-plan .floor-name{fill:var(--ink);font-weight:600}"
    ".ground{fill:var(--ground)}"
    ".way{fill:none;stroke:var(--way);stroke-width:14;stroke-linecap:square}"
    ".rack{fill:none;stroke:var(--rack)}"
    ".one-way{fill:var(--one-way)}"
    ".place{fill:var(--mark);stroke:var(--ground)}.place.dock{fill:var(--soft)}"
    ".place.stage{fill:var(--h3)}"
    ".lift{fill:var(--ground);stroke:var(--ink);stroke-width:1.4}"
    ".heat{fill:none;stroke-width:10}"
    + "".join(f".h{n}{{stroke:var(--h{n})}}" for n in range(1, 7))
    + ".tour,.tour-halo{fill:none;stroke-linejoin:round;stroke-linecap:round}"
    ".tour{stroke:var(--tour);stroke-width:2}.tour-halo{stroke:var(--ground);stroke-width:4}"
    ".tour-head{fill:var(--tour)}"
    ".tour-start,.tour-end{fill:none;stroke:var(--tour);stroke-width:3}"
    ".tour-end{stroke-dasharray:4 3}"
    ".stop circle{fill:var(--tour);stroke:var(--ground)}"
    ".floor-plan .stop-number{fill:var(--mark-ink);font-weight:600}"
    ".scale-bar{fill:none;stroke:var(--ink);stroke-width:1.4}"
)

GANTT_STYLE: Final = (
    _both("gantt") + ".gantt text{font-family:system-ui,sans-serif;font-size:11px;fill:var(--soft);"
    "dominant-baseline:central}"
    ".gantt .zone{font-weight:600;fill:var(--ink);text-anchor:end}.gantt .tick{text-anchor:middle}"
    ".gantt .bar-name{fill:var(--mark-ink)}"
    ".ground{fill:var(--ground)}.grid{stroke:var(--line)}"
    ".bar,rect.sample{fill:var(--mark);stroke:var(--ground)}"
    ".bar.late,rect.sample.late{fill:var(--tour)}"
    ".departure,path.sample{stroke:var(--tour);stroke-width:1.5;stroke-dasharray:5 3}"
    ".gantt .heading{font-weight:600;fill:var(--ink)}"
    ".gantt .departure-name{fill:var(--tour)}"
)
