"""Forged books: the chain is right, and still the numbers cannot be."""

from __future__ import annotations

import json
import random
import struct
from typing import TYPE_CHECKING

import pytest

from slotline.engine.schema import COMMAND_NUMBER, Counter
from slotline.kernels.columns import ALLOCATION_BOUND, ALLOCATION_POOLED
from slotline.service.verify import AckLog, outcome_digest, verify
from slotline.tests.service.verify.journal_editing import (
    HEADER,
    RECORD,
    FrameAt,
    ImageAt,
    frames_of,
    images_of,
    rechain,
    seal_frame,
    segments,
    write_at,
)
from slotline.tests.service.verify.small_day import Site, found_site, receive

if TYPE_CHECKING:
    from pathlib import Path

    from slotline.service.verify import Fault


def _judge(store: Path, frame: FrameAt, check: str) -> Fault:
    """Rechain a forged store; give the fault of the check that names the forged frame."""
    rechain(store)
    verdict = verify(store)
    assert not verdict.ok
    assert not {"journal", "head", "store"} & {fault.check for fault in verdict.faults}
    found = [f for f in verdict.faults if f.check == check and f.offset == frame.offset]
    assert found, verdict.faults
    return found[0]


def test_rechaining_alone_is_no_fault(store: Path) -> None:
    """The helper of this suite makes a journal that passes when nothing was forged."""
    rechain(store)
    assert verify(store).ok


@pytest.mark.parametrize("kind", ["receive", "adjust", "short_pick", "ship", "move", "hold"])
def test_units_out_of_nothing_break_conservation(store: Path, kind: str) -> None:
    """One unit more on hand, by whatever command, is found at its record."""
    image = _first_image(store, "stock", kind, "on_hand_units")
    image.add("stock", "on_hand_units", 1)
    fault = _judge(store, image.frame, "conservation")
    assert fault.sequence == image.frame.first_sequence
    assert "off by 1 units" in fault.found


@pytest.mark.parametrize(
    ("column", "check"),
    [
        ("received_units", "receipts"),
        ("shipped_units", "shipments"),
        ("adjusted_units", "outcomes"),
    ],
)
def test_forged_item_books_are_found(store: Path, column: str, check: str) -> None:
    """An item's totals must agree with receipts, lines and answers."""
    kind = {"received_units": "receive", "shipped_units": "ship", "adjusted_units": "adjust"}
    image = _first_image(store, "item", kind[column], column)
    image.add("item", column, 2)
    assert _judge(store, image.frame, check).sequence == image.frame.first_sequence
    assert any(fault.check == "conservation" for fault in verify(store).faults)


def test_an_oversold_stock_row_is_found(store: Path) -> None:
    """An allocation of more than lies in its row."""
    image = next(
        image
        for image in images_of(store, "allocation")
        if image.read("allocation", "state") == ALLOCATION_BOUND
    )
    image.add("allocation", "units", 1_000)
    assert _judge(store, image.frame, "oversell").found
    assert any(fault.check == "lines" for fault in verify(store).faults)


def test_a_pool_allocated_beyond_its_units_is_found(store: Path) -> None:
    """A pooled allocation of more than is free."""
    image = next(
        image
        for image in images_of(store, "allocation")
        if image.read("allocation", "state") == ALLOCATION_POOLED
    )
    image.add("allocation", "units", 1_000)
    assert "available units of a pool" in _judge(store, image.frame, "availability").found


def test_a_promise_of_more_than_there_is_is_found(store: Path) -> None:
    """A live promise of units that are not there."""
    image = next(image for image in images_of(store, "promise"))
    image.add("promise", "units", 1_000)
    assert _judge(store, image.frame, "availability").found


def test_a_promise_given_back_twice_is_found(store: Path) -> None:
    """A promise that was released, and is released once more in another's place."""
    images = [image for image in images_of(store, "promise") if image.read("promise", "state") > 2]
    images[-1].add("promise", "number", -1)
    assert _judge(store, images[-1].frame, "promises").found


def test_a_promise_that_is_closed_with_other_units_is_found(store: Path) -> None:
    """More is given back than was promised."""
    images = [image for image in images_of(store, "promise") if image.read("promise", "state") > 2]
    images[0].add("promise", "units", 1)
    assert _judge(store, images[0].frame, "promises").found


def test_a_line_that_says_other_units_is_found(store: Path) -> None:
    """A line's allocated units are the sum of its allocation rows."""
    image = _first_image(store, "line", "allocate", "allocated_units")
    image.add("line", "allocated_units", -1)
    assert _judge(store, image.frame, "lines").found


def test_a_reopened_order_is_found(store: Path) -> None:
    """A shipped order stays shipped: the image of an earlier state is no step."""
    image = next(
        image for image in images_of(store, "order") if image.kind == COMMAND_NUMBER["ship"]
    )
    image.add("order", "state", -2)
    assert _judge(store, image.frame, "orders").found


def test_a_falling_catalogue_epoch_is_found(tmp_path: Path) -> None:
    """The epoch rises only."""
    site = Site(tmp_path / "store")
    found_site(site)
    pack = {"item": 0, "level": 0, "length_mm": 1, "width_mm": 1, "height_mm": 1, "weight_g": 1}
    for units in (2, 3, 4):
        site.send("put_pack", units=units, **pack)
    site.engine.close()
    images = [
        image for image in images_of(site.folder, "counter") if image.row == Counter.CATALOGUE_EPOCH
    ]
    images[-1].add("counter", "value", -2)
    assert _judge(site.folder, images[-1].frame, "catalogue").found


def test_a_time_stamp_that_falls_is_found(store: Path) -> None:
    """Time of a record and of its frame."""
    frame = _frame_with(store, COMMAND_NUMBER["tick"])
    early = struct.pack("<q", 1)
    write_at(frame.path, frame.offset + 56, early)
    write_at(frame.path, frame.offset + HEADER + 24, early)
    assert _judge(store, frame, "time").found


def test_a_key_that_was_sequenced_twice_is_found(store: Path) -> None:
    """The key of one record copied into another."""
    (path,) = segments(store)
    frames = [frame for frame in frames_of(path) if frame.payload_bytes]
    data = path.read_bytes()
    at = HEADER + RECORD + 16
    key = data[frames[4].offset + at : frames[4].offset + at + 16]
    write_at(path, frames[9].offset + at, key)
    rechain(store)
    verdict = verify(store)
    assert [fault.check for fault in verdict.faults] == ["keys"]
    assert verdict.faults[0].sequence == frames[9].first_sequence
    assert key.hex() in verdict.faults[0].found


def test_content_that_a_key_does_not_stand_for_is_found(store: Path) -> None:
    """Another reason in an adjustment: nothing else depends on it but the fingerprint."""
    frame = _frame_with(store, COMMAND_NUMBER["adjust"])
    write_at(frame.path, frame.offset + HEADER + RECORD + 40 + 2 * 24 + 16, b"\1")
    assert _judge(store, frame, "keys").found


def test_a_forged_answer_is_found(store: Path) -> None:
    """An accepted order's answer with another number."""
    site_frame = _frame_with(store, COMMAND_NUMBER["accept"])
    data = site_frame.path.read_bytes()
    block = _block(data, site_frame, space=3, number=1)
    write_at(site_frame.path, block + 16, struct.pack("<q", 40))
    assert _judge(store, site_frame, "outcomes").found


def test_a_forged_record_without_a_new_chain_is_found_by_both(store: Path) -> None:
    """The frame's own checksums are right; the chain and the books both speak."""
    image = _first_image(store, "stock", "adjust", "on_hand_units")
    image.add("stock", "on_hand_units", 1)
    seal_frame(image.frame)
    checks = {fault.check for fault in verify(store).faults}
    assert {"journal", "conservation"} <= checks


def test_forged_garbage_never_raises(store: Path) -> None:
    """Wild rows, counts and numbers under a right chain give a verdict, not an error."""
    (path,) = segments(store)
    content, head = path.read_bytes(), (store / "head").read_bytes()
    frames = [frame for frame in frames_of(path) if frame.payload_bytes]
    chance, found = random.Random(8), 0
    for _ in range(60):
        frame = chance.choice(frames)
        size = chance.choice([2, 4, 8])
        at = frame.offset + HEADER + chance.randrange(frame.payload_bytes - size)
        wild = [chance.randbytes(size), b"\xff" * size, b"\x7f" * size]
        write_at(path, at, chance.choice(wild))
        rechain(store)
        found += not verify(store).ok
        path.write_bytes(content)
        (store / "head").write_bytes(head)
    # Some bytes bind nothing: a place on the floor, a priority, a tour, the size of a cart.
    assert found > 35


# -- acknowledgements ------------------------------------------------------------------------------


def test_an_acknowledged_command_that_is_lost_is_found(tmp_path: Path) -> None:
    """The last frame is gone and the head forged: only the clients know."""
    with AckLog(tmp_path / "acks.jsonl") as acks:
        site = Site(tmp_path / "store", acks)
        found_site(site)
        site.engine.close()
        before = {path: path.read_bytes() for path in site.folder.rglob("*") if path.is_file()}
        site.reopen()
        receive(site, 0, 5)
        site.engine.close()
    assert verify(site.folder, acks=tmp_path / "acks.jsonl").ok
    for path, content in before.items():
        path.write_bytes(content)
    assert verify(site.folder).ok
    verdict = verify(site.folder, acks=tmp_path / "acks.jsonl")
    assert [fault.check for fault in verdict.faults] == ["acknowledged"]
    assert "it was lost" in verdict.faults[0].expected


def _contradict(acks: Path, name: str, value: object) -> int:
    """Change a field of the first receipt in the log; give its sequence."""
    lines = acks.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if '"kind":"receive"' in line)
    entry = json.loads(lines[at])
    sequence: int = entry["sequence"]
    entry[name] = value
    lines[at] = json.dumps(entry)
    acks.write_text("\n".join(lines) + "\n")
    return sequence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sequence", 3),
        ("kind", "adjust"),
        ("outcome", {"stock": [77]}),
        ("digest", "00" * 16),
    ],
)
def test_a_contradicted_acknowledgement_is_found(
    store: Path, acks: Path, name: str, value: object
) -> None:
    """Another sequence, kind or outcome than the client was told."""
    sequence = _contradict(acks, name, value)
    verdict = verify(store, acks=acks)
    assert [fault.check for fault in verdict.faults] == ["acknowledged"]
    assert verdict.faults[0].sequence == sequence


def test_a_log_cut_short_by_a_crash_is_read(store: Path, acks: Path) -> None:
    """Its last line is left out, and noted; a broken line in the middle is a fault."""
    acks.write_text(acks.read_text()[:-20])
    verdict = verify(store, acks=acks)
    assert verdict.ok
    assert "cut short" in verdict.notes[0]
    acks.write_text("nonsense\n" + acks.read_text())
    assert [fault.check for fault in verify(store, acks=acks).faults] == ["acknowledged"]


def test_a_parquet_log_is_read(store: Path, acks: Path, tmp_path: Path) -> None:
    """The same columns, all outcomes as digests."""
    import pyarrow
    from pyarrow import parquet

    rows = []
    for line in acks.read_text().splitlines():
        entry = json.loads(line)
        outcome, lines = entry.get("outcome"), entry.get("line_outcome")
        digest = entry.get("digest") or outcome_digest(entry["kind"], outcome, lines)
        rows.append({**{k: entry[k] for k in ("key", "sequence", "kind")}, "digest": digest})
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "acks.parquet")
    verdict = verify(store, acks=tmp_path / "acks.parquet")
    assert verdict.ok, verdict.faults
    assert verdict.counts["acks"] == len(rows)


# -- helpers ---------------------------------------------------------------------------------------


def _first_image(store: Path, table: str, kind: str, column: str) -> ImageAt:
    number = COMMAND_NUMBER[kind]
    images = [image for image in images_of(store, table) if image.kind == number]
    return next((image for image in images if image.read(table, column) > 0), images[0])


def _frame_with(store: Path, kind: int) -> FrameAt:
    (path,) = segments(store)
    data = path.read_bytes()
    for frame in frames_of(path):
        if frame.payload_bytes:
            (found,) = struct.unpack_from("<H", data, frame.offset + HEADER + 4)
            if found == kind:
                return frame
    raise LookupError(kind)


def _block(data: bytes, frame: FrameAt, *, space: int, number: int) -> int:
    """Give the offset of a block of the frame's first record."""
    at = frame.offset + HEADER + RECORD
    while (data[at], struct.unpack_from("<H", data, at + 2)[0]) != (space, number):
        at += 16 + -(-struct.unpack_from("<I", data, at + 8)[0] // 8) * 8
    return at
