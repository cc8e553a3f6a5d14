"""Records of several messages: what is forged in one of them is found, and laid to its own key."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING

import pytest

from slotline.engine.batch import make_batch
from slotline.engine.schema import COMMAND_NUMBER
from slotline.service.verify import AckLog, verify
from slotline.tests.engine.desk import ORDER
from slotline.tests.service.verify.journal_editing import (
    HEADER,
    RECORD,
    FrameAt,
    frames_of,
    rechain,
    segments,
    write_at,
)
from slotline.tests.service.verify.small_day import Site, found_site, receive

if TYPE_CHECKING:
    from pathlib import Path

SIZES = (2, 3, 2)
_KEYS, _COMMAND, _MESSAGES = 0, 1, 7


@pytest.fixture
def joined(tmp_path: Path) -> tuple[Path, FrameAt, list[bytes]]:
    """Give a store whose last frame is one record of three messages, that frame, and the keys."""
    site = Site(tmp_path / "store")
    found_site(site)
    receive(site, 0, 5)
    keys = [site.make_key() for _ in SIZES]
    with AckLog(tmp_path / "acks.jsonl") as acks:
        tickets = [
            site.engine.enqueue(
                make_batch(
                    "accept",
                    ORDER | {"reference": list(range(size)), "line_count": 1},
                    {"item": [0] * size, "units": 1, "promise": -1},
                ),
                key=key,
            )
            for key, size in zip(keys, SIZES, strict=True)
        ]
        for key, ticket in zip(keys, tickets, strict=True):
            reply = site.engine.wait(ticket)
            acks.add(key, reply.sequence, "accept", reply.outcome, reply.line_outcome)
    site.engine.close()
    (path,) = segments(site.folder)
    frame = [frame for frame in frames_of(path) if frame.payload_bytes][-1]
    assert frame.last_sequence - frame.first_sequence + 1 == sum(SIZES)
    return site.folder, frame, keys


def block_at(frame: FrameAt, space: int) -> int:
    """Give the offset of the body of the frame's first block of a space."""
    data = frame.path.read_bytes()
    at = frame.offset + HEADER + RECORD
    while data[at] != space:
        at += 16 + -(-struct.unpack_from("<I", data, at + 8)[0] // 8) * 8
    return at + 16


def test_each_message_is_acknowledged_and_may_not_be_lost(
    joined: tuple[Path, FrameAt, list[bytes]], tmp_path: Path
) -> None:
    """All three are met with their own answers; another answer to the second one is found."""
    folder, _, keys = joined
    log = tmp_path / "acks.jsonl"
    verdict = verify(folder, acks=log)
    assert verdict.ok, verdict.faults
    assert verdict.counts["acks"] == len(keys)
    lines = log.read_text().splitlines()
    lines[1] = lines[1].replace('"sequence":', '"sequence":1')
    log.write_text("\n".join(lines) + "\n")
    (fault,) = verify(folder, acks=log).faults
    assert (fault.check, keys[1].hex() in fault.found) == ("acknowledged", True)


@pytest.mark.parametrize("message", range(len(SIZES)))
def test_content_that_a_message_does_not_have_is_found(
    joined: tuple[Path, FrameAt, list[bytes]], message: int
) -> None:
    """Another reference number in the last order of one message."""
    folder, frame, keys = joined
    last = sum(SIZES[: message + 1]) - 1
    write_at(frame.path, block_at(frame, _COMMAND) + 8 * last, struct.pack("<q", 77))
    rechain(folder)
    faults = [fault for fault in verify(folder).faults if fault.check == "keys"]
    assert [keys[message].hex() in fault.found for fault in faults] == [True]
    assert faults[0].sequence == frame.first_sequence + sum(SIZES[:message])


@pytest.mark.parametrize("firsts", [(1, 2, 5), (0, 1, 5), (0, 2, 6), (0, 5, 2), (0, 2, 7)])
def test_messages_that_no_record_can_hold_are_refused(
    joined: tuple[Path, FrameAt, list[bytes]], firsts: tuple[int, ...]
) -> None:
    """The first begins with the first command, and each has two or more."""
    folder, frame, _ = joined
    write_at(frame.path, block_at(frame, _MESSAGES), struct.pack("<3i", *firsts))
    rechain(folder)
    faults = [fault for fault in verify(folder).faults if fault.check == "records"]
    assert f"messages from {list(firsts)}" in faults[0].found


def test_messages_cut_otherwise_are_found(joined: tuple[Path, FrameAt, list[bytes]]) -> None:
    """A command of the second message in the first: neither has the content of its key."""
    folder, frame, keys = joined
    write_at(frame.path, block_at(frame, _MESSAGES), struct.pack("<3i", 0, 3, 5))
    rechain(folder)
    faults = [fault for fault in verify(folder).faults if fault.check == "keys"]
    assert [fault.found.split()[1] for fault in faults] == [keys[0].hex(), keys[1].hex()]


def test_garbage_in_a_joined_record_never_raises(
    joined: tuple[Path, FrameAt, list[bytes]], tmp_path: Path
) -> None:
    """Wild bytes under a right chain give a verdict, also beside acknowledgements."""
    folder, frame, _ = joined
    content, head = frame.path.read_bytes(), (folder / "head").read_bytes()
    chance, found = random.Random(3), 0
    record = frame.offset + HEADER
    for round_number in range(40):
        # Every other time within the header and the keys.
        reach = RECORD + 16 + 24 * len(SIZES) if round_number % 2 else frame.payload_bytes
        write_at(frame.path, record + chance.randrange(reach - 4), chance.randbytes(4))
        rechain(folder)
        found += not verify(folder, acks=tmp_path / "acks.jsonl").ok
        frame.path.write_bytes(content)
        (folder / "head").write_bytes(head)
    assert found > 25


def test_the_record_is_one_of_accept(joined: tuple[Path, FrameAt, list[bytes]]) -> None:
    """What this suite edits is what it means to edit."""
    _, frame, keys = joined
    data = frame.path.read_bytes()
    kind, flags = struct.unpack_from("<HH", data, frame.offset + HEADER + 4)
    assert (kind, flags) == (COMMAND_NUMBER["accept"], 4)
    at = block_at(frame, _KEYS)
    assert [data[at + 24 * n :][:16] for n in range(3)] == keys
