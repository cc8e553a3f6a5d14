"""Frames: what is encoded decodes alike, and no changed bit passes."""

from __future__ import annotations

import pytest
from blake3 import blake3
from crc32c import crc32c
from hypothesis import given, settings
from hypothesis import strategies as st

from slotline.engine.frame import (
    ALIGN_BYTES,
    FORMAT_VERSION,
    GENESIS_DIGEST,
    HEADER_BYTES,
    PADDINGS,
    PAYLOAD_BYTES_MAX,
    HeaderEncoder,
    decode_header,
    frame_bytes,
    payload_problem,
)
from slotline.engine.segments import Cursor, find_later_frame, walk_frames

STORE_ID = bytes(range(16))
UINT32 = st.integers(0, 2**32 - 1)
UINT64 = st.integers(0, 2**64 - 1)
INT64 = st.integers(-(2**63), 2**63 - 1)


def encode_frame(payload: bytes, sequence: int, digest: bytes, ordinal: int = 1) -> bytes:
    """Encode a frame of one record."""
    header = HeaderEncoder(STORE_ID).encode(
        0, len(payload), 1, 1, sequence, sequence, 77, ordinal, digest, crc32c(payload)
    )
    return bytes(header) + payload + PADDINGS[-len(payload) % ALIGN_BYTES]


@given(
    flags=st.integers(0, 2**16 - 1),
    payload_bytes=st.integers(0, PAYLOAD_BYTES_MAX),
    record_count=UINT32,
    epoch=UINT64,
    first=INT64,
    last=INT64,
    time_us=INT64,
    ordinal=UINT64,
    digest=st.binary(min_size=32, max_size=32),
    crc=UINT32,
)
def test_a_header_decodes_to_what_was_encoded(
    flags: int, payload_bytes: int, record_count: int, epoch: int, first: int, last: int,
    time_us: int, ordinal: int, digest: bytes, crc: int,
) -> None:  # fmt: skip
    """All fields, over their whole ranges."""
    raw = HeaderEncoder(STORE_ID).encode(
        flags, payload_bytes, record_count, epoch, first, last, time_us, ordinal, digest, crc
    )
    header = decode_header(memoryview(raw), 0)
    assert header is not None
    assert header == (
        b"SLFR", FORMAT_VERSION, flags, payload_bytes, record_count, STORE_ID, epoch, first, last,
        time_us, ordinal, digest, crc, bytes(16),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("payload_bytes", "expected"), [(0, 128), (1, 192), (63, 192), (64, 192), (65, 256)]
)
def test_frames_are_padded_to_64_bytes(payload_bytes: int, expected: int) -> None:
    """Header of 128, payload, zeros."""
    assert frame_bytes(payload_bytes) == expected


def test_a_payload_above_the_limit_is_no_header() -> None:
    """The size limit is checked before anyone trusts the size: at the bound, and one above."""
    encoder = HeaderEncoder(STORE_ID)
    at = bytes(encoder.encode(0, PAYLOAD_BYTES_MAX, 1, 1, 1, 1, 1, 1, GENESIS_DIGEST, 0))
    assert decode_header(memoryview(at), 0) is not None
    above = bytes(encoder.encode(0, PAYLOAD_BYTES_MAX + 1, 1, 1, 1, 1, 1, 1, GENESIS_DIGEST, 0))
    assert decode_header(memoryview(above), 0) is None


@settings(max_examples=60)
@given(payload=st.binary(max_size=200), bit=st.integers(0, 2**16))
def test_every_flipped_bit_of_a_frame_is_noticed(payload: bytes, bit: int) -> None:
    """Header, payload and padding alike."""
    frame = bytearray(encode_frame(payload, 1, GENESIS_DIGEST))
    bit %= len(frame) * 8
    frame[bit >> 3] ^= 1 << (bit & 7)
    view = memoryview(bytes(frame))
    header = decode_header(view, 0)
    assert header is None or payload_problem(view, 0, header)


def test_every_single_bit_of_one_frame_is_noticed() -> None:
    """Exhaustive over one small frame."""
    frame = encode_frame(b"forty-one bytes of payload, give or take.", 1, GENESIS_DIGEST)
    for bit in range(len(frame) * 8):
        damaged = bytearray(frame)
        damaged[bit >> 3] ^= 1 << (bit & 7)
        view = memoryview(bytes(damaged))
        header = decode_header(view, 0)
        assert header is None or payload_problem(view, 0, header), f"bit {bit}"


@given(payloads=st.lists(st.binary(max_size=150), min_size=1, max_size=8))
def test_a_walk_returns_all_frames_and_the_chain(payloads: list[bytes]) -> None:
    """The chain digest is BLAKE3 of header and payload, frame after frame."""
    digest, content = GENESIS_DIGEST, b""
    for sequence, payload in enumerate(payloads, 1):
        frame = encode_frame(payload, sequence, digest)
        digest = blake3(frame[: HEADER_BYTES + len(payload)]).digest()
        content += frame
    view = memoryview(content + bytes(256))
    cursor = Cursor(0, 0, GENESIS_DIGEST, 1)
    headers = list(walk_frames(view, cursor, STORE_ID, 1))
    assert [header.first_sequence for header in headers] == list(range(1, len(payloads) + 1))
    assert (cursor.offset, cursor.sequence, cursor.digest) == (len(content), len(payloads), digest)
    assert cursor.problem == ""


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"sequence": 3}, "first sequence is 3, expected 2"),
        ({"digest": bytes(31) + b"x"}, "chain digest before sequence 2"),
        ({"ordinal": 9}, "frame of segment 9, a former life"),
    ],
)
def test_an_intact_frame_in_the_wrong_place_stops_the_walk(
    change: dict[str, object], problem: str
) -> None:
    """Sequence, chain and segment each stop it by themselves."""
    first = encode_frame(b"one", 1, GENESIS_DIGEST)
    digest = blake3(first[: HEADER_BYTES + 3]).digest()
    fields: dict[str, object] = {"sequence": 2, "digest": digest, "ordinal": 1, **change}
    view = memoryview(first + encode_frame(b"two", **fields))  # type: ignore[arg-type]
    cursor = Cursor(0, 0, GENESIS_DIGEST, 1)
    assert len(list(walk_frames(view, cursor, STORE_ID, 1))) == 1
    assert problem in cursor.problem


def test_a_frame_behind_damage_is_found_but_not_one_of_a_former_life() -> None:
    """The search takes only this segment's frames that come later."""
    damage = b"\1" * 192
    later = encode_frame(b"later", 5, GENESIS_DIGEST, ordinal=4)
    stale = encode_frame(b"stale", 9, GENESIS_DIGEST, ordinal=3)
    earlier = encode_frame(b"early", 2, GENESIS_DIGEST, ordinal=4)
    view = memoryview(damage + stale + earlier + later)
    cursor = Cursor(0, 3, GENESIS_DIGEST, 1)
    found = find_later_frame(view, cursor, STORE_ID, 4)
    assert found is not None
    assert found[0] == 192 * 3
    assert found[1].first_sequence == 5
    assert find_later_frame(memoryview(damage + stale + earlier), cursor, STORE_ID, 4) is None
