"""Telephone events with losses, repeats and long presses; each key press counts once."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.errors import ParseError
from pbx.media.dtmf import DIGITS, LOST_END_S, Digit, DtmfReceiver, event_packets, looks_like_event


def event(key: str, duration: int, *, end: bool = False) -> bytes:
    return bytes([DIGITS.index(key), 0x8A if end else 0x0A]) + duration.to_bytes(2, "big")


@pytest.mark.rfc("4733", "2.5.1.4")
def test_three_ends_are_one_digit_reported_at_the_first() -> None:
    receiver = DtmfReceiver()
    assert receiver.packet(1000, event("5", 160), 0.0) == []
    assert receiver.packet(1000, event("5", 800, end=True), 0.1) == [Digit("5", 100)]
    assert receiver.packet(1000, event("5", 800, end=True), 0.1) == []
    assert receiver.packet(1000, event("5", 800, end=True), 0.1) == []
    assert receiver.deadline is None


def test_a_single_end_packet_is_enough() -> None:
    assert DtmfReceiver().packet(1, event("#", 400, end=True), 0.0) == [Digit("#", 50)]


def test_all_ends_lost_next_event_reports() -> None:
    receiver = DtmfReceiver()
    receiver.packet(1000, event("1", 480), 0.0)
    assert receiver.packet(3000, event("1", 160), 0.2) == [Digit("1", 60)]
    assert receiver.packet(1000, event("1", 800, end=True), 0.2) == []  # late
    assert receiver.packet(3000, event("1", 800, end=True), 0.3) == [Digit("1", 100)]


def test_all_ends_lost_audio_reports() -> None:
    receiver = DtmfReceiver()
    receiver.packet(2**32 - 200, event("2", 480), 0.0)
    assert receiver.audio(2**32 - 360) == []  # sent before the key was pressed
    assert receiver.audio(280) == [Digit("2", 60)]
    assert receiver.audio(440) == []


def test_all_ends_lost_time_reports() -> None:
    receiver = DtmfReceiver()
    receiver.packet(1000, event("3", 160), 5.0)
    receiver.packet(1000, event("3", 320), 5.02)
    assert receiver.deadline == 5.02 + LOST_END_S
    assert receiver.tick(5.2) == []
    assert receiver.tick(5.22) == [Digit("3", 40)]
    assert receiver.tick(9.0) == []
    assert receiver.packet(1000, event("3", 800, end=True), 5.3) == []


@pytest.mark.rfc("4733", "2.5.1.3")
def test_a_long_press_in_segments_is_one_digit() -> None:
    receiver = DtmfReceiver()
    receiver.packet(1000, event("9", 0xFFFF), 8.0)
    assert receiver.packet(1000 + 0xFFFF, event("9", 160), 8.2) == []
    assert receiver.packet(1000 + 0xFFFF, event("9", 800, end=True), 8.3) == [Digit("9", (0xFFFF + 800) // 8)]


def test_events_that_are_no_digits_are_ignored() -> None:
    receiver = DtmfReceiver()
    assert receiver.packet(1, bytes([16, 0x80, 1, 0]), 0.0) == []
    assert receiver.packet(2, bytes([15, 0x80, 1, 0]), 0.0) == [Digit("D", 32)]


def test_truncated_event() -> None:
    with pytest.raises(ParseError) as error:
        DtmfReceiver().packet(1, b"\x01\x80\x00", 0.0)
    assert error.value.status == 0


@given(st.binary(max_size=8), st.integers(0, 2**32 - 1))
def test_any_octets(payload: bytes, rtp_time: int) -> None:
    receiver = DtmfReceiver()
    receiver.packet(5, event("1", 10), 0.0)
    try:
        assert len(receiver.packet(rtp_time, payload, 0.0)) <= 2
    except ParseError:
        assert len(payload) < 4


@given(
    st.text(alphabet=DIGITS, min_size=1, max_size=6),
    st.lists(st.sampled_from(["drop", "double", "ok"]), min_size=60, max_size=60),
)
def test_every_press_of_which_one_packet_arrives_counts_once(keys: str, fates: list[str]) -> None:
    receiver, got, expected, fate = DtmfReceiver(), "", "", iter(fates)
    for n, key in enumerate(keys):
        arrived = False
        for marker, payload in event_packets(key, 100):
            for _ in range({"drop": 0, "double": 2, "ok": 1}[next(fate)]):
                arrived = True
                assert marker in (True, False)
                got += "".join(d.key for d in receiver.packet(n * 4000, payload, n * 0.5))
        expected += key * arrived
    got += "".join(d.key for d in receiver.tick(1e9))
    assert got == expected


@pytest.mark.rfc("4733", "2.5.1")
def test_sent_packets() -> None:
    packets = event_packets("*", 60)
    assert [p.marker for p in packets] == [True, False, False, False, False]
    assert [p.payload.hex() for p in packets] == ["0a0a00a0", "0a0a0140", *["0a8a01e0"] * 3]


@pytest.mark.parametrize(("key", "duration_ms"), [("x", 100), ("1", 0), ("1", 8192)])
def test_what_cannot_be_sent(key: str, duration_ms: int) -> None:
    with pytest.raises(ValueError):
        event_packets(key, duration_ms)


def test_a_digit_does_not_show_its_key() -> None:
    assert "7" not in repr(Digit("7", 100))


@pytest.mark.requirement("MED-04")
@pytest.mark.parametrize("loss", [0.01, 0.05, 0.2])
def test_no_key_is_lost_or_doubled_on_a_bad_network(loss: float) -> None:
    """10,000 presses of 60 to 200 ms; packets lost, repeated, swapped: each key comes once, in order."""
    rng, receiver = random.Random(4), DtmfReceiver()
    pressed, heard, now = [], [], 0.0
    for n in range(10_000):
        key, length_ms = rng.choice(DIGITS), rng.randrange(60, 201, 20)
        packets = [one for one in event_packets(key, length_ms) if rng.random() >= loss]
        packets += [one for one in packets if rng.random() < 0.1]
        if len(packets) > 1 and rng.random() < 0.1:
            packets[0], packets[1] = packets[1], packets[0]
        if not packets:
            continue  # nothing of it came through, which happens once in a million at 5 %
        pressed.append(key)
        for packet in packets:
            now += 0.02
            heard += receiver.packet(n * 8000, packet.payload, now)
        now += 0.3
        heard += receiver.tick(now)
    assert [digit.key for digit in heard] == pressed
    assert len(pressed) == 10_000 or loss > 0.05


@pytest.mark.parametrize(
    ("payload", "is_key"),
    [
        (bytes((15, 0x8A, 3, 32)), True),
        (bytes((16, 0x8A, 3, 32)), False),
        (bytes((5, 0x4A, 3, 32)), False),
        (bytes((5, 0x0A, 3)), False),
        (bytes((5, 0x0A, 3, 32, 0)), False),
    ],
)
def test_what_looks_like_a_key(payload: bytes, is_key: bool) -> None:
    assert looks_like_event(payload) is is_key


def test_a_press_begins_with_its_first_packet_only() -> None:
    receiver = DtmfReceiver()
    begun = []
    for rtp_time, payload in (
        (1000, event("5", 160)),
        (1000, event("5", 320)),
        (1000, event("5", 800, end=True)),
        (1000, event("5", 800, end=True)),  # late copies of the end are of a press that is over
        (9000, event("6", 800, end=True)),
        (20000, event("7", 160)),
        (30000, event("8", 160)),
    ):
        receiver.packet(rtp_time, payload, 0.0)
        begun.append(receiver.n_begun)
    assert begun == [1, 1, 1, 1, 2, 3, 4]
