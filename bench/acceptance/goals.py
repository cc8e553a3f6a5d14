"""What the day must come to, and whether it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .paired import interval_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .paired import PairedDay
    from .served.run import ServedDay

ON_TRAILER_SHARE: Final = 0.995
SAVING_SHARE: Final = 0.15
_LABOUR: Final = f"labour an order at least {SAVING_SHARE:.0%} below hourly waves"
_Result = dict[str, Any]

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
    saving = interval_of([pair.saving for pair in pairs])
    return [
        *_judge_days(
            [result for pair in pairs for result in pair.results.values()],
            [pair.results["ours"] for pair in pairs],
        ),
        Goal(
            _LABOUR,
            f"{saving.mean:.2%} (95 %: {saving.low:.2%} to {saving.high:.2%}, "
            f"{len(pairs)} paired days)",
            saving.low >= SAVING_SHARE,
        ),
    ]


def judge_served(served: ServedDay, pair: PairedDay) -> list[Goal]:
    """Judge the day on a server.

    Parameters
    ----------
    served : ServedDay
        The day.
    pair : PairedDay
        The same day by both policies, without a server.

    Returns
    -------
    goals : list of Goal
        Those of `judge`, and what is to be so of the server.
    """
    hourly = pair.results["hourly"]["labour_s_per_order"]
    saving = 1 - served.result["labour_s_per_order"] / hourly
    return [
        *_judge_days([served.result], [served.result]),
        Goal(_LABOUR, f"{saving:.2%} on this day", saving >= SAVING_SHARE),
        Goal(
            "the last answer before the kill is given again after it",
            "the same" if served.is_repeated else "another one", served.is_repeated,
        ),
        Goal(
            "slotline verify finds nothing wrong and every answer in the journal",
            "nothing" if served.is_verified else served.verdict, served.is_verified,
        ),
    ]  # fmt: skip


def _judge_days(results: Sequence[_Result], ours: Sequence[_Result]) -> list[Goal]:
    """Judge what must be so on each day: of all that were run, and of those by our planning."""
    faults = sum(sum(result["faults"].values()) for result in results)
    share = min(result["on_trailer"] / result["feasible"] for result in ours)
    unnamed = sum(result["missed"] - result["named_in_time"] for result in ours)
    missed = sum(result["missed"] for result in ours)
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
    ]  # fmt: skip


def lines_of(pair: PairedDay) -> list[str]:
    """Give the table's lines of one day."""
    lines = []
    for policy, result in pair.results.items():
        saved = f"{pair.saving:.2%}" if policy == "ours" else ""
        lines += _lines(pair.seed, policy, result, saved, result["seconds"])
    return lines


def lines_of_served(served: ServedDay) -> list[str]:
    """Give the table's line of the day on a server, and what the server did."""
    result = served.result
    return [
        *_lines(served.seed, "server", result, "", served.day_s),
        f"{served.calls:,} calls in {served.day_s:.0f} s, {served.opening_s:.0f} s to open the "
        f"site before; killed once, back in {served.recovery_s:.1f} s",
        f"{served.effects:,} effects read in {served.reading_s:.0f} s, "
        f"verified in {served.verifying_s:.0f} s",
    ]


def _lines(seed: int, name: str, result: _Result, saved: str, seconds: float) -> list[str]:
    line = (
        f"{seed:>4} {name:<7}{result['feasible']:>9,}"
        f"{result['on_trailer'] / result['feasible']:>12.2%}{result['missed']:>8,}"
        f"{result['named_in_time']:>8,}{result['false_alarms']:>7,}"
        f"{result['walked_m'] / result['packed']:>8.2f}{result['labour_s_per_order']:>10.2f}"
        f"{saved:>8}{sum(result['faults'].values()):>8,}{seconds:>7.1f}"
    )
    return [line, *(f"WRONG {seed} {name}: {fault}" for fault in result["fault_lines"])]
