"""What the day must come to, and whether it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from .paired import interval_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .paired import PairedDay

ON_TRAILER_SHARE: Final = 0.995
SAVING_SHARE: Final = 0.15

HEADER: Final = (
    f"{'seed':>4} {'policy':<7}{'feasible':>9}{'on trailer':>12}{'missed':>8}{'in time':>8}"
    f"{'false':>7}{'walk m':>8}{'labour s':>10}{'saved':>8}{'faults':>8}{'run s':>7}"
)
"""Walk and labour are of each packed order; *in time* are misses named early enough, *false* those
that were named and did not happen."""


class Goal(NamedTuple):
    """One thing that must be so."""

    name: str
    found: str
    met: bool


def judge(pairs: Sequence[PairedDay]) -> list[Goal]:
    """Judge days that were run by both policies.

    Parameters
    ----------
    pairs : sequence of PairedDay
        At least two.

    Returns
    -------
    goals : list of Goal
        Each of our days must meet the first three.
    """
    ours = [pair.results["ours"] for pair in pairs]
    faults = sum(sum(result["faults"].values()) for p in pairs for result in p.results.values())
    share = min(result["on_trailer"] / result["feasible"] for result in ours)
    unnamed = sum(result["missed"] - result["named_in_time"] for result in ours)
    missed = sum(result["missed"] for result in ours)
    saving = interval_of([pair.saving for pair in pairs])
    return [
        Goal("the checker finds nothing wrong", f"{faults} faults", not faults),
        Goal(
            f"at least {ON_TRAILER_SHARE:.1%} of feasible orders on their trailer",
            f"{share:.2%} on the worst day", share >= ON_TRAILER_SHARE,
        ),
        Goal(
            "misses named 60 min ahead or within 1 min of their cause",
            f"{missed - unnamed} of {missed}", not unnamed,
        ),
        Goal(
            f"labour an order at least {SAVING_SHARE:.0%} below hourly waves",
            f"{saving.mean:.2%} (95 %: {saving.low:.2%} to {saving.high:.2%}, "
            f"{len(pairs)} paired days)",
            saving.low >= SAVING_SHARE,
        ),
    ]  # fmt: skip


def lines_of(pair: PairedDay) -> list[str]:
    """Give the table's lines of one day."""
    lines = []
    for policy, result in pair.results.items():
        saved = f"{pair.saving:.2%}" if policy == "ours" else ""
        lines.append(
            f"{pair.seed:>4} {policy:<7}{result['feasible']:>9,}"
            f"{result['on_trailer'] / result['feasible']:>12.2%}{result['missed']:>8,}"
            f"{result['named_in_time']:>8,}{result['false_alarms']:>7,}"
            f"{result['walked_m'] / result['packed']:>8.2f}{result['labour_s_per_order']:>10.2f}"
            f"{saved:>8}{sum(result['faults'].values()):>8,}{result['seconds']:>7.1f}"
        )
        lines += [f"WRONG {pair.seed} {policy}: {line}" for line in result["fault_lines"]]
    return lines
