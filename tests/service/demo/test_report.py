"""The page: well formed, self-contained, escaped, and true to its data."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np

from slotline.service.demo.charts import (
    NOT_KILLED,
    AtpSeries,
    atp_chart,
    clock,
    hours_chart,
    nice_ceiling,
)
from slotline.service.demo.floor_picture import heat_bounds
from slotline.service.demo.report import (
    Check,
    FlashOutcome,
    ReportData,
    RestartOutcome,
    ShortReason,
    render_report,
)
from slotline.service.demo.tours import TravelHeat

_VOID = {"meta", "br", "hr", "img", "input", "link"}
_NASTY = "<script>alert('x')</script> & \"quoted\" $$title"


class _Reader(HTMLParser):
    """Checks nesting; collects text, tags and attributes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag that must be closed."""
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that closes itself."""
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        """Expect the innermost open tag."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.text.append(data)


def _read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def test_page_is_well_formed_and_names_no_other_file(report_data: ReportData) -> None:
    """Tags nest; nothing is fetched: no address, no link, no import, no source."""
    page = render_report(report_data)
    reader = _read(page)
    assert page.startswith("<!doctype html>")
    assert re.search(r"https?:|//[a-z]|url\(|@import", page) is None
    names = {name for name, _ in reader.attributes}
    assert names.isdisjoint({"src", "href", "srcset", "xlink:href", "action", "onclick", "onload"})
    assert set(reader.tags).isdisjoint({"link", "img", "iframe", "object", "embed", "image", "use"})
    assert "default-src 'none'" in page


def test_page_shows_the_figures(report_data: ReportData) -> None:
    """What a manager asks for is there in words and numbers."""
    text = " ".join(" ".join(_read(render_report(report_data)).text).split())
    for expected in (
        "Every unit is accounted for",
        f"{report_data.order_count:,}",
        f"{report_data.units_shipped:,}",
        "100 sold of 100 in stock",
        "3,000 buyers",
        "1.4 s from kill to first answer",
        "none was lost",
        "410 µs",
        "Durable single call 520 µs p50; p99 2.3 ms (accept)",
        "server killed and restarted",
        "812,345",
        "Picker did not find it",
        "made-up CPU, 2 cores",
        report_data.assumptions[0],
    ):
        assert expected in text


def test_server_that_was_let_live_leaves_no_trace_of_a_kill(report_data: ReportData) -> None:
    """Without a kill there is no card, no line in a chart and no key to one."""
    killed = render_report(report_data)
    page = render_report(replace(report_data, restart=None))
    assert killed.count('class="kill"') == len(report_data.atp)
    assert 'class="kill"' not in page
    text = " ".join(" ".join(_read(page).text).split())
    assert "Killed without warning" not in text
    assert "server killed and restarted" not in text
    assert "100 sold of 100 in stock" in text


def test_bar_of_the_sale_is_what_was_sold_of_the_stock(report_data: ReportData) -> None:
    """Full when all is sold, however many buyers came; fewer buyers than units is no fault."""
    assert '"100 of 100 units sold"><i style="width:100.00%">' in render_report(report_data)
    quiet = render_report(replace(report_data, flash=FlashOutcome("F", 100, 40, 40, 0)))
    assert '"40 of 100 units sold"><i style="width:40.00%">' in quiet
    assert "Sold and stocked units differ" not in quiet


def test_durable_call_is_one_that_waits_for_the_disk(report_data: ReportData) -> None:
    """A query is not shown as one, even if it is all there is."""
    calls = {call.name: call for call in report_data.calls}
    promised = render_report(replace(report_data, calls=(calls["atp"], calls["promise"])))
    assert "(promise)" in promised
    asked = render_report(replace(report_data, calls=(calls["atp"],)))
    assert "<h3>Durable single call</h3><p>n/a</p>" in asked


def test_any_text_is_escaped(report_data: ReportData) -> None:
    """Markup in every text field comes out as text, and adds no tag."""
    plain = _read(render_report(report_data))
    series = report_data.atp[0]
    nasty = replace(
        report_data,
        title=_NASTY,
        day_label=_NASTY,
        source=_NASTY,
        generated_at=_NASTY,
        flash=FlashOutcome(_NASTY, 100, 3_000, 100, 2_900),
        calls=[replace(call, name=_NASTY) for call in report_data.calls],
        checks=[Check(_NASTY, True, _NASTY) for _ in report_data.checks],
        atp=[
            replace(one, item_code=_NASTY, description=_NASTY) if one is series else one
            for one in report_data.atp
        ],
        orders_per_hour={
            name + _NASTY: counts for name, counts in report_data.orders_per_hour.items()
        },
        shorts=[replace(short, reason=_NASTY) for short in report_data.shorts],
        assumptions=[_NASTY for _ in report_data.assumptions],
        machine=[(_NASTY, _NASTY) for _ in report_data.machine],
    )
    page = render_report(nasty)
    reader = _read(page)
    assert reader.tags == plain.tags
    assert "<script>alert" not in page
    assert any(_NASTY in text for text in reader.text)


def test_failures_are_not_dressed_up(report_data: ReportData) -> None:
    """A failed check, a lost command or an oversold sale changes the words."""
    bad = replace(
        report_data,
        checks=(Check("Zero oversell", False, "item 4 at -1"), Check("Other", True, "fine")),
        flash=FlashOutcome("F", 100, 3_000, 101, 2_899),
        restart=RestartOutcome(0, 900, 10, 2, 0),
        shorts=(),
    )
    text = " ".join(" ".join(_read(render_report(bad)).text).split())
    assert "1 of 2 checks failed" in text
    assert "Every unit is accounted for" not in text
    assert "2 were LOST" in text
    assert "Sold and stocked units differ" in text
    assert "No line was short." in text
    unchecked = render_report(replace(report_data, checks=()))
    assert "Nothing was verified" in unchecked


def test_nearly_full_is_not_rounded_up_to_full(report_data: ReportData) -> None:
    """One short line in a million still shows as less than 100 %."""
    page = render_report(
        replace(
            report_data,
            line_count=1_000_000,
            lines_filled=999_999,
            shorts=(ShortReason("late", 1, 1),),
        )
    )
    assert "99.99 %" in page
    assert "<p>100 %</p>" not in page


def test_empty_day_still_gives_a_page(report_data: ReportData) -> None:
    """No items, calls, hours or reasons: the page says so without failing."""
    none = np.empty(0, dtype=np.int64)
    empty = replace(
        report_data,
        order_count=0,
        line_count=0,
        lines_filled=0,
        units_ordered=0,
        units_shipped=0,
        calls=(),
        atp=(AtpSeries("X", "", none, none, none, none),),
        orders_per_hour={},
        shorts=(),
        tour_count=0,
        walked_mm=0,
    )
    reader = _read(render_report(empty))
    assert "n/a" in reader.text


def test_steps_hold_each_value_until_the_next() -> None:
    """The path goes right, then up or down, and never slants."""
    series = AtpSeries(
        "X",
        "x",
        np.array([0, 6 * 3_600_000_000, 12 * 3_600_000_000]),
        np.array([4, 0, 2]),
        np.array([12 * 3_600_000_000]),
        np.array([2]),
    )
    chart = atp_chart(series, 6 * 3_600_000_000)
    path = re.search(r'class="step" d="([^"]+)"', chart)
    assert path is not None
    assert path[1] == "M40.0 14.0H158.0V128.0H276.0V71.0H512.0"
    assert "Receipt of 2 at 12:00" in chart
    assert chart.count('class="kill"') == 1
    assert 'class="kill"' not in atp_chart(series, NOT_KILLED)


def test_bars_stack_to_the_total() -> None:
    """Heights of one hour's bars are in the ratio of its orders."""
    chart = hours_chart({"web": [2, 0], "store": [6, 4]})
    heights = [float(found) for found in re.findall(r' height="([\d.]+)"', chart)]
    assert len(heights) == 3
    assert abs(heights[1] - 3 * heights[0]) < 0.2
    assert "00:00 · 8 orders (web 2, store 6)" in chart


def test_axis_tops_are_round_and_high_enough() -> None:
    """1 to 3,999 all fit under a round even number at most four times as high."""
    for value in range(1, 4_000, 7):
        top = nice_ceiling(value)
        assert value <= top <= max(4, value * 3)
        assert top % 2 == 0
    assert clock(24 * 3_600_000_000 + 61 * 60_000_000) == "01:01"


def test_heat_classes_cover_all_counts() -> None:
    """Bounds ascend and end at the largest count; no traffic is one class."""
    quiet = TravelHeat(np.zeros((3, 2, 4), np.int64), np.zeros((3, 2), np.int64))
    assert heat_bounds(quiet) == (1,)
    busy = TravelHeat(np.arange(24).reshape(3, 2, 4), np.full((3, 2), 100))
    bounds = heat_bounds(busy)
    assert list(bounds) == sorted(set(bounds))
    assert bounds[-1] == 100
