"""A wave over time, read back as XML."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from slotline.service.pictures import Gantt, zone_gantt
from slotline.service.pictures.gantt import MINUTE_US
from slotline.service.pictures.sheet import text_width

SVG = "{http://www.w3.org/2000/svg}"
NINE = 9 * 60
WAVE = Gantt(
    batch_names=("B1", "B2", "B3", "B4 & more"),
    batch_zones=("SLOW", "FAST", "FAST", "FAST"),
    start_us=tuple((NINE + m) * MINUTE_US for m in (0, 0, 10, 30)),
    end_us=tuple((NINE + m) * MINUTE_US for m in (60, 30, 45, 50)),
    due_us=tuple((NINE + m) * MINUTE_US if m else 0 for m in (50, 0, 45, 60)),
    departure_names=("Door 1", "Door 2"),
    departure_us=tuple((NINE + m) * MINUTE_US for m in (55, 75)),
)


def elements(root: ET.Element, tag: str, name: str) -> list[ET.Element]:
    """Find elements by tag and class."""
    return [e for e in root.iter(SVG + tag) if name in e.get("class", "").split()]


def test_bars_are_as_long_as_batches_and_do_not_overlap() -> None:
    """Batches at the same time lie in rows; what is late is marked."""
    root = ET.fromstring(zone_gantt(WAVE, "Wave 7"))
    bars = {}
    for bar in elements(root, "rect", "bar"):
        name = bar.findtext(f"{SVG}title", "").split(":")[0]
        bars[name] = tuple(float(bar.get(key, "nan")) for key in ("x", "y", "width"))
    assert sorted(bars) == sorted(WAVE.batch_names)
    minute = 900 / 75
    for row, name in enumerate(WAVE.batch_names):
        x, _, width = bars[name]
        assert x == pytest.approx(110 + (WAVE.start_us[row] / MINUTE_US - NINE) * minute, abs=0.1)
        assert width == pytest.approx(
            (WAVE.end_us[row] - WAVE.start_us[row]) / MINUTE_US * minute, abs=0.1
        )
    assert bars["B2"][1] == bars["B4 & more"][1] < bars["B3"][1] < bars["B1"][1]
    late = [
        bar.findtext(f"{SVG}title", "")
        for bar in elements(root, "rect", "bar")
        if "late" in bar.get("class", "")
    ]
    assert late == ["B1: 09:00 to 10:00, due 09:50"]
    assert [e.text for e in elements(root, "text", "zone")] == ["FAST", "SLOW"]


def test_departures_and_the_description_are_there() -> None:
    """Lines stand at their times."""
    root = ET.fromstring(zone_gantt(WAVE, "Wave 7"))
    assert root.findtext(f"{SVG}title") == "Wave 7"
    assert root.findtext(f"{SVG}desc") == (
        "4 batches in 2 zones, 1 of them late, 2 departures, from 09:00 to 10:15 UTC."
    )
    lines = [
        float(re.findall(r"[\d.]+", line.get("d", ""))[0])
        for line in elements(root, "path", "departure")
    ]
    assert lines == [110 + 900 * 55 / 75, 1010]
    names = [e.text for e in elements(root, "text", "departure-name")]
    assert names == ["Door 1 09:55", "Door 2 10:15"]
    ticks = [e.text for e in elements(root, "text", "tick")]
    assert ticks == ["09:00", "09:10", "09:20", "09:30", "09:40", "09:50", "10:00", "10:10"]


def test_names_of_departures_do_not_touch() -> None:
    """Minutes apart they lie in rows; the last one ends on the sheet."""
    gantt = replace(
        WAVE,
        departure_names=tuple(f"Lane {row}, a long carrier" for row in range(6)),
        departure_us=tuple((NINE + 60 + row) * MINUTE_US for row in range(6)),
    )
    root = ET.fromstring(zone_gantt(gantt, "Wave 7"))
    width = float(root.get("viewBox", "").split()[2])
    boxes = []
    for name in elements(root, "text", "departure-name"):
        x, y = float(name.get("x", "nan")), float(name.get("y", "nan"))
        boxes.append((y, x, x + text_width(name.text or "", 11.0)))
    lines = [
        [float(number) for number in re.findall(r"[\d.]+", line.get("d", ""))]
        for line in elements(root, "path", "departure")
    ]
    for at, low, high in lines:
        for y, left, right in boxes:
            assert not (left < at < right and low < y < high)
    assert all(right <= width for _, _, right in boxes)
    for (y, left, right), (other_y, other_left, other_right) in combinations(boxes, 2):
        assert y != other_y or right < other_left or other_right < left
    bars = [float(bar.get("y", "nan")) for bar in elements(root, "rect", "bar")]
    assert max(y for y, _, _ in boxes) < min(bars)


def test_the_heading_tells_title_day_and_what_the_marks_mean() -> None:
    """Over several days times have their day, too."""
    root = ET.fromstring(zone_gantt(WAVE, "Wave \x07 7"))
    assert [e.text for e in elements(root, "text", "heading")] == ["Wave \ufffd 7, 1970-01-01 UTC"]
    meanings = [e.text for e in elements(root, "text", "meaning")]
    assert sorted(filter(None, meanings)) == ["departure", "in time", "late"]
    days = replace(WAVE, end_us=(*WAVE.end_us[:3], 3 * 24 * 60 * MINUTE_US))
    root = ET.fromstring(zone_gantt(days, "Wave 7"))
    ticks = [e.text for e in elements(root, "text", "tick")]
    assert ticks == ["16:00", "01-02", "08:00", "16:00", "01-03", "08:00", "16:00", "01-04"]
    tips = [bar.findtext(f"{SVG}title", "") for bar in elements(root, "rect", "bar")]
    assert "B4 & more: 01-01 09:30 to 01-04 00:00, due 01-01 10:00" in tips


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start_us": (0.5, 1, 1, 1)}, r"start_us is 0.5, expected whole microseconds"),
        ({"due_us": (0, 0, 0, 2**62)}, f"due_us is {2**62}, expected whole microseconds, 0 to"),
        ({"due_us": (0,)}, "due_us has length 1, expected 4 as batch_names"),
        ({"departure_us": ()}, "departure_us has length 0, expected 2 as departure_names"),
        ({"end_us": WAVE.start_us}, "batch 'B1' is from 32400000000 to 32400000000, expected an"),
    ],
)
def test_columns_that_do_not_fit_are_refused(change: dict[str, object], message: str) -> None:
    """Named, with what was expected."""
    with pytest.raises(ValueError, match=message):
        replace(WAVE, **change)


def test_a_wave_without_batches_is_refused() -> None:
    """There is nothing to draw, and no time to draw it over."""
    with pytest.raises(ValueError, match="found no batch"):
        Gantt((), (), (), (), ())
