"""Alignment: what the network does to packets must not show."""

import random
import struct
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.core.audio import MAX_CHANNELS
from pbx.recording.decode import FORMAT
from pbx.recording.g711 import TABLES
from pbx.recording.gaps import MOVED, Gap
from pbx.recording.journal import End, Head, Item, Note, Packet
from pbx.recording.own_channels import LEFT, TAKEN, Turn
from pbx.recording.timeline import Timeline, align

ORIGIN = 7_000_000_000
MS = 1_000_000
FRAME = 160
HEAD = Head(
    recording="r", call="c", tenant="t", kind="call", leg="l1", started_at="2026-01-02", origin_ns=ORIGIN
)


def rtp(sequence: int, timestamp: int, payload: bytes, *, ssrc: int = 1, payload_type: int = 0) -> bytes:
    return (
        struct.pack("!BBHII", 0x80, payload_type, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload
    )


def frame(stream: int, index: int) -> bytes:
    return random.Random(1000 * stream + index).randbytes(FRAME)


def sent(stream: int, count: int, *, delay_ms: int = 50, ssrc: int = 1, first: int = 65_500) -> list[Packet]:
    """Return `count` packets of 20 ms; sequence numbers and timestamps wrap on the way."""
    return [
        Packet(
            stream,
            ORIGIN + (delay_ms + 20 * i) * MS,
            rtp(first + i, 2**32 - 5000 + FRAME * i, frame(stream, i), ssrc=ssrc),
        )
        for i in range(count)
    ]


def audio(stream: int, count: int) -> bytes:
    return b"".join(frame(stream, i) for i in range(count))


def aligned(items: list[Packet] | list[Item]) -> Timeline:
    return align(items, ORIGIN)


@pytest.mark.requirement("R-01")
def test_both_channels_lie_on_one_clock() -> None:
    timeline = aligned(sent(0, 100) + sent(1, 100, delay_ms=0))
    assert timeline.encoding == "PCMU"
    assert timeline.channels[0] == b"\xff" * 400 + audio(0, 100)
    assert timeline.channels[1] == audio(1, 100) + b"\xff" * 400
    assert timeline.gaps == (
        Gap(channel=1, start=0, length=400, cause="silence"),
        Gap(channel=2, start=16_000, length=400, cause="silence"),
    )


@pytest.mark.requirement("R-01")
@pytest.mark.requirement("R-03")
@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_jitter_reordering_and_duplicates_change_nothing(seed: int) -> None:
    dice = random.Random(seed)
    clean = sent(0, 150) + sent(1, 150, delay_ms=10)
    # the anchor is the smallest delay: one packet per stream comes through without any more
    prompt = {0: dice.randrange(90), 1: dice.randrange(90)}
    noisy = []
    for number, packet in enumerate(clean):
        on_time = number % 150 == prompt[packet.stream]
        jitter = 0 if on_time else dice.randrange(0, 200 * MS)
        noisy.append(Packet(packet.stream, packet.arrival_ns + jitter, packet.rtp))
        if dice.random() < 0.05:
            noisy.append(Packet(packet.stream, packet.arrival_ns + jitter + 10 * MS, packet.rtp))
    noisy.sort(key=lambda packet: packet.arrival_ns)
    assert aligned(noisy) == aligned(clean)


@pytest.mark.requirement("R-04")
def test_each_loss_is_listed_and_the_length_stays() -> None:
    packets = sent(0, 100, delay_ms=0)
    timeline = aligned(packets[:10] + packets[13:50] + packets[51:])
    assert timeline.n_samples == 100 * FRAME
    assert timeline.channels[0][10 * FRAME : 13 * FRAME] == b"\xff" * 3 * FRAME
    assert timeline.channels[0][13 * FRAME : 50 * FRAME] == audio(0, 50)[13 * FRAME :]
    assert timeline.gaps[:2] == (
        Gap(channel=1, start=10 * FRAME, length=3 * FRAME, cause="loss"),
        Gap(channel=1, start=50 * FRAME, length=FRAME, cause="loss"),
    )


@pytest.mark.requirement("R-05")
def test_ten_minutes_of_hold_and_a_new_ssrc_lose_nothing() -> None:
    later = [
        Packet(0, packet.arrival_ns + 600_000 * MS, packet.rtp) for packet in sent(0, 50, delay_ms=0, ssrc=9)
    ]
    timeline = aligned(sent(0, 50, delay_ms=0) + later)
    assert timeline.channels[0][: 50 * FRAME] == audio(0, 50)
    assert timeline.channels[0][600 * 8000 :] == audio(0, 50)
    assert timeline.gaps[0] == Gap(channel=1, start=8000, length=600 * 8000 - 8000, cause="silence")


@pytest.mark.parametrize("jump", [2 * 8000 + 1600, -20_000, 2**31])
def test_a_clock_that_jumps_starts_a_new_segment(jump: int) -> None:
    timestamps = [FRAME * i + (jump if i >= 50 else 0) for i in range(100)]
    packets = [Packet(0, ORIGIN + 20 * i * MS, rtp(i, timestamps[i], frame(0, i))) for i in range(100)]
    assert aligned(packets).channels[0] == audio(0, 100)


def test_silence_suppression_is_silence_not_loss() -> None:
    packets = [
        Packet(0, ORIGIN + 20 * MS * at, rtp(i, FRAME * at, frame(0, i)))
        for i, at in enumerate([0, 1, 2, 100, 101])
    ]
    timeline = aligned(packets)
    assert timeline.n_samples == 102 * FRAME
    assert timeline.gaps[0] == Gap(channel=1, start=3 * FRAME, length=97 * FRAME, cause="silence")


@pytest.mark.rfc("4733", "2.2.1")
def test_a_long_key_press_does_not_move_the_clock() -> None:
    audio_before = [Packet(0, ORIGIN + 20 * i * MS, rtp(i, FRAME * i, frame(0, i))) for i in range(5)]
    event = [
        Packet(0, ORIGIN + 20 * i * MS, rtp(i, FRAME * 5, b"\1\0\0\0", payload_type=101))
        for i in range(5, 205)
    ]
    after = [Packet(0, ORIGIN + 20 * i * MS, rtp(i, FRAME * i, frame(0, i))) for i in range(205, 210)]
    timeline = aligned(audio_before + event + after)
    assert timeline.n_samples == 210 * FRAME
    assert timeline.gaps[0] == Gap(channel=1, start=5 * FRAME, length=200 * FRAME, cause="event")


@pytest.mark.requirement("R-04")
@pytest.mark.requirement("R-05")
def test_what_a_party_says_on_hold_is_no_loss_and_keeps_the_clock() -> None:
    packets = sent(0, 60, delay_ms=0)
    for index in range(20, 40):
        packets[index] = Packet(0, packets[index].arrival_ns, packets[index].rtp[:12])
    del packets[50]
    timeline = aligned(packets)
    assert timeline.channels[0][40 * FRAME : 50 * FRAME] == audio(0, 50)[40 * FRAME :]
    assert [gap for gap in timeline.gaps if gap.channel == 1] == [
        Gap(channel=1, start=20 * FRAME, length=20 * FRAME, cause="hold"),
        Gap(channel=1, start=50 * FRAME, length=FRAME, cause="loss"),
    ]


@pytest.mark.requirement("R-06")
@pytest.mark.parametrize(("payload_type", "cause"), [(13, "noise"), (107, "noise"), (101, "event")])
def test_noise_and_events_are_told_apart(payload_type: int, cause: str) -> None:
    start = 2**32 - 5000
    quiet = rtp(65_510, start + 1600, b"", payload_type=payload_type)
    later = [
        Packet(0, ORIGIN + (1200 + 20 * i) * MS, rtp(65_511 + i, start + 9600 + FRAME * i, frame(0, i)))
        for i in range(5)
    ]
    types = Note(FORMAT, {"payload_types": "107=CN"}, ORIGIN)
    items: list[Item] = [types, *sent(0, 10, delay_ms=0), Packet(0, ORIGIN + 200 * MS, quiet), *later]
    gap = aligned(items).gaps[0]
    assert (gap.start, gap.length, gap.cause) == (1600, 8000, cause)


def test_a_change_of_law_keeps_the_first_law() -> None:
    a_law = [
        Packet(0, ORIGIN + 20 * i * MS, rtp(i, FRAME * i, frame(0, i), payload_type=8)) for i in range(5)
    ]
    mu_law = [Packet(0, ORIGIN + 20 * i * MS, rtp(i, FRAME * i, frame(0, i))) for i in range(5, 10)]
    timeline = aligned(a_law + mu_law)
    assert timeline.encoding == "PCMA"
    expected = audio(0, 10)
    assert timeline.channels[0] == expected[: 5 * FRAME] + expected[5 * FRAME :].translate(
        TABLES["PCMU", "PCMA"]
    )
    assert timeline.channels[1] == b"\xd5" * 10 * FRAME
    (clock,) = timeline.clocks
    assert (clock.channel, clock.start, clock.codecs, clock.clock_rate) == (1, 0, ("PCMA", "PCMU"), 8000)
    assert (clock.began_ns, clock.skew, clock.corrected_ppm) == (ORIGIN, None, 0.0)


@pytest.mark.requirement("R-19")
def test_stretches_silent_by_order_are_named() -> None:
    items: list[Item] = [
        HEAD,
        Note("gate", {"leg": "l1", "open": "false"}, ORIGIN),
        Note("gate", {"leg": "l1", "open": "true"}, ORIGIN + 100 * MS),
        Note("secure", {"leg": "l1", "on": "true"}, ORIGIN + 400 * MS),
        Note("secure", {"leg": "l1", "on": "false"}, ORIGIN + 500 * MS),
    ]
    packets = sent(0, 50, delay_ms=0)
    timeline = aligned([*items, *packets[5:20], *packets[25:]])
    assert timeline.gaps[:2] == (
        Gap(channel=1, start=0, length=800, cause="gate"),
        Gap(channel=1, start=3200, length=800, cause="secure"),
    )
    assert {gap.channel for gap in timeline.gaps[2:]} == {2}


def test_a_pause_without_an_end_lasts_to_the_end() -> None:
    items: list[Item] = [
        HEAD,
        Note("secure", {"leg": "peer", "on": "true"}, ORIGIN + 500 * MS),
        *sent(0, 50, delay_ms=0),
    ]
    assert aligned(items).gaps == (
        Gap(channel=2, start=0, length=4000, cause="silence"),
        Gap(channel=2, start=4000, length=4000, cause="secure"),
    )


def test_header_extension_sources_and_padding_are_not_sound() -> None:
    octets = bytearray(rtp(1, 0, b""))
    octets[0] |= 0x20 | 0x10 | 2
    octets += bytes(8) + b"\xbe\xde\0\1" + bytes(4) + b"sound" + b"\0\0\3"
    assert aligned([Packet(0, ORIGIN, bytes(octets))]).channels[0] == b"sound"


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2**34), st.binary(max_size=40)), max_size=20))
def test_rubbish_never_makes_a_negative_or_endless_timeline(raw: list[tuple[int, int, bytes]]) -> None:
    packets = [Packet(stream, ORIGIN - 2**33 + at, b"\x80\0" + octets) for stream, at, octets in raw]
    timeline = aligned(packets)
    assert len(timeline.channels[0]) == len(timeline.channels[1]) <= (2**33 / 1e9 + 31) * 8000
    assert all(gap.start >= 0 and gap.length > 0 for gap in timeline.gaps)


@pytest.mark.requirement("REC-02")
@pytest.mark.requirement("R-19")
def test_a_recording_that_moves_keeps_its_clock_and_names_the_gaps_of_the_new_parties() -> None:
    items: list[Item] = [
        HEAD,
        Note("gate", {"leg": "l1", "open": "true"}, ORIGIN),
        Note("gate", {"leg": "l2", "open": "true"}, ORIGIN),
        *sent(0, 10, delay_ms=0),
        *sent(1, 10, delay_ms=0),
        Note(MOVED, {"from": "l1", "leg": "l2"}, ORIGIN + 200 * MS),
        Note("gate", {"leg": "l2", "open": "true"}, ORIGIN + 200 * MS),
        Note("gate", {"leg": "l3", "open": "false"}, ORIGIN + 200 * MS),
        *sent(0, 20, delay_ms=200, ssrc=7),
    ]
    timeline = aligned(items)
    assert timeline.channels[0] == audio(0, 10) + audio(0, 20)
    assert timeline.gaps == (Gap(channel=2, start=1600, length=3200, cause="gate"),)


def test_an_order_for_a_party_that_left_ends_with_the_move() -> None:
    items: list[Item] = [
        HEAD,
        Note("secure", {"leg": "l1", "on": "true"}, ORIGIN),
        Note(MOVED, {"from": "l1", "leg": "l2"}, ORIGIN + 200 * MS),
        *sent(1, 20, delay_ms=0),
    ]
    assert aligned(items).gaps == (
        Gap(channel=1, start=0, length=1600, cause="secure"),
        Gap(channel=1, start=1600, length=1600, cause="silence"),
    )


@pytest.mark.requirement("R-19")
def test_a_pause_is_a_gap_of_both_channels_and_keeps_the_time() -> None:
    items: list[Item] = [
        HEAD,
        Note("gate", {"leg": "peer", "open": "false"}, ORIGIN + 200 * MS),
        Note("pause", {"on": "true"}, ORIGIN + 200 * MS),
        Note("pause", {"on": "false"}, ORIGIN + 400 * MS),
    ]
    packets = [one for stream in (0, 1) for one in sent(stream, 50, delay_ms=0)]
    spoken = [one for one in packets if not ORIGIN + 200 * MS <= one.arrival_ns < ORIGIN + 400 * MS]
    timeline = aligned([*items, *spoken])
    assert timeline.gaps == (
        Gap(channel=1, start=1600, length=1600, cause="pause"),
        Gap(channel=2, start=1600, length=1600, cause="pause"),
    )
    for stream, channel in enumerate(timeline.channels):
        said = audio(stream, 50)
        assert channel == said[:1600] + b"\xff" * 1600 + said[3200:]


@pytest.mark.requirement("R-01")
def test_our_own_clock_steps_where_the_marker_says_so() -> None:
    """A prompt that began late runs behind the wall clock; who speaks after it is on time."""
    late = sent(1, 50, delay_ms=120)
    on_time = sent(1, 100, delay_ms=50)[54:]  # the timestamps catch up with the wall clock
    first = on_time[0]
    marked = bytes((first.rtp[0], first.rtp[1] | 0x80)) + first.rtp[2:]
    timeline = aligned([*late, replace(first, rtp=marked), *on_time[1:]])
    heard = timeline.channels[1]
    assert [heard.find(frame(1, number)) for number in (0, 54)] == [120 * 8, 50 * 8 + 54 * FRAME]
    unmarked = aligned([*late, *on_time]).channels[1]
    assert unmarked.find(frame(1, 0)) == 50 * 8  # of a party: one clock, whatever the network adds


@pytest.mark.requirement("R-04")
def test_packets_lost_at_the_end_do_not_shorten_the_recording() -> None:
    items: list[Item] = [*sent(0, 40, delay_ms=0), End(ORIGIN + 1000 * MS)]
    timeline = aligned(items)
    assert timeline.n_samples == 8000
    assert timeline.gaps[0] == Gap(channel=1, start=40 * FRAME, length=10 * FRAME, cause="silence")
    longer: list[Item] = [*sent(0, 100, delay_ms=0), End(ORIGIN + 1000 * MS)]
    assert aligned(longer).n_samples == 100 * FRAME


def own(at_ms: int, leg: str, channel: int, kind: str = TAKEN) -> Note:
    return Note(kind, {"leg": leg, "channel": str(channel)}, ORIGIN + at_ms * MS)


@pytest.mark.requirement("R-01")
def test_further_channels_lie_on_the_same_clock_and_two_stay_what_they_were() -> None:
    two = sent(0, 100) + sent(1, 100, delay_ms=0)
    more: list[Item] = [
        own(0, "b", 3),
        own(0, "c", 4),
        *two,
        *sent(2, 60, delay_ms=200),
        End(ORIGIN + 2050 * MS),
    ]
    ended: list[Item] = [*two, End(ORIGIN + 2050 * MS)]
    timeline, before = aligned(more), aligned(ended)
    assert (timeline.n_channels, timeline.channels[:2]) == (4, before.channels)
    assert timeline.channels[2] == b"\xff" * 1600 + audio(2, 60) + b"\xff" * (16_400 - 1600 - 9600)
    assert timeline.channels[3] == b"\xff" * 16_400  # said nothing
    assert [gap for gap in timeline.gaps if gap.channel < 3] == list(before.gaps)
    assert {gap.cause for gap in timeline.gaps if gap.channel == 3} == {"silence"}
    assert timeline.turns == (Turn(3, "b", 0, 16_400), Turn(4, "c", 0, 16_400))


def test_what_is_missing_while_a_party_is_not_heard_is_no_loss() -> None:
    """It mutes itself for ten packets: their numbers are used up, and nobody may say that they were lost."""
    packets = sent(2, 60, delay_ms=0)
    muted = [own(390, "b", 3, LEFT), own(610, "b", 3)]
    ended = End(ORIGIN + 1200 * MS)
    heard: list[Item] = [own(-1, "b", 3), *packets[:20], *muted, *packets[30:], ended]
    timeline = aligned(heard)
    assert [gap for gap in timeline.gaps if gap.channel == 3] == [
        Gap(channel=3, start=3200, length=1600, cause="absent")
    ]
    assert timeline.channels[2][4800:] == audio(2, 60)[4800:]


def test_payload_types_are_those_of_whoever_has_the_channel() -> None:
    def l16(leg: str, number: int) -> Note:
        return Note(FORMAT, {"leg": leg, "payload_types": f"{number}=L16/16000"}, ORIGIN)

    def said(payload_type: int, first: int) -> list[Item]:
        at = ORIGIN + first * 20 * MS
        octets = (
            rtp(first + i, 320 * i, bytes(640), payload_type=payload_type, ssrc=first) for i in range(5)
        )
        return [Packet(2, at + i * 20 * MS, one) for i, one in enumerate(octets)]

    ours = [l16("l1", 100)]  # which means nothing of what others send
    third = [own(0, "b", 3), l16("b", 96), *said(96, 10), own(390, "b", 3, LEFT)]
    again = [own(400, "c", 3), l16("c", 97), *said(97, 20), *said(96, 30)]
    timeline = aligned([HEAD, *ours, *third, *again])
    assert [(one.channel, one.codecs) for one in timeline.clocks] == [(3, ("L16",)), (3, ("L16",))]
    assert timeline.encoding == "L16"


def test_a_stream_that_cannot_be_is_left_out() -> None:
    timeline = aligned([*sent(0, 5), *sent(MAX_CHANNELS - 1, 5), *sent(MAX_CHANNELS, 5)])
    assert timeline.n_channels == MAX_CHANNELS
    assert timeline.channels[MAX_CHANNELS - 1][400:] == audio(MAX_CHANNELS - 1, 5)
