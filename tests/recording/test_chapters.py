"""Chapters on one timeline: the hole is as long as it was, and is listed with its cause."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pbx.core.secret import Secret
from pbx.recording.finalise import read_master
from pbx.recording.gaps import MOVED, Gap
from pbx.recording.journal import PARTED, End, Item, JournalEncoder, Note, Packet
from pbx.recording.manifest import Master
from pbx.recording.octets import HeldOctets
from pbx.recording.own_channels import TAKEN
from pbx.recording.parts import Part
from tests.recording.test_timeline import FRAME, HEAD, MS, ORIGIN, frame, rtp

KEYS = [Secret(bytes([n]) * 16) for n in range(1, 5)]


def said(stream: int, first: int, end: int, *, ssrc: int = 1, late_ms: int = 0) -> list[Packet]:
    """The packets of a stream by their numbers, each 20 ms; `late_ms` the last one came late."""
    found = [
        Packet(stream, ORIGIN + 20 * n * MS, rtp(n, FRAME * n, frame(stream, n), ssrc=ssrc))
        for n in range(first, end)
    ]
    return [*found[:-1], replace(found[-1], arrival_ns=found[-1].arrival_ns + late_ms * MS)]


def chapter(number: int, at_ms: int, *items: Item, leg: str = "l1") -> Part:
    head = replace(HEAD, chapter=number, origin_ns=ORIGIN + at_ms * MS, leg=leg)
    key = KEYS[number - 1]
    encoder = JournalEncoder(key)
    octets = b"".join(encoder.encode([item]) for item in (head, *items))
    return Part(HeldOctets(octets), 0, key, chapter=number)


def note(at_ms: int, kind: str, **details: str) -> Note:
    return Note(kind, details, ORIGIN + at_ms * MS)


def end(at_ms: int) -> End:
    return End(ORIGIN + at_ms * MS)


def merged(*streams: list[Packet]) -> list[Packet]:
    return sorted((one for stream in streams for one in stream), key=lambda one: one.arrival_ns)


def gaps(master: Master, channel: int) -> list[tuple[int, int, str]]:
    return [(gap.start, gap.length, gap.cause) for gap in master.timeline.gaps if gap.channel == channel]


def check(master: Master, channel: int, spoken: Sequence[range]) -> None:
    """These packets lie where their timestamps say, and all else is silence."""
    sound = bytearray(b"\xff" * master.timeline.n_samples)
    for numbers in spoken:
        for n in numbers:
            sound[FRAME * n : FRAME * (n + 1)] = frame(channel - 1, n)
    assert master.timeline.channels[channel - 1] == bytes(sound)


@pytest.mark.requirement("R-07")
@pytest.mark.requirement("R-09")
@pytest.mark.requirement("REC-02")
def test_the_hole_after_a_lost_worker_is_as_long_as_it_was() -> None:
    """The party goes on under its own clock; what we send has another SSRC, as another worker sends it."""
    master = read_master(
        [
            chapter(1, 0, *merged(said(0, 0, 50), said(1, 0, 50))),
            chapter(2, 1300, *merged(said(0, 70, 100), said(1, 66, 100, ssrc=9)), end(2000)),
        ]
    )
    check(master, 1, [range(50), range(70, 100)])
    check(master, 2, [range(50), range(66, 100)])
    assert gaps(master, 1) == [(50 * FRAME, 20 * FRAME, "worker_lost")]
    assert gaps(master, 2) == [(50 * FRAME, 16 * FRAME, "worker_lost")]
    assert (master.timeline.n_samples, master.recovered, master.is_over) == (16_000, True, True)


def test_several_deaths_in_a_row_leave_as_many_holes() -> None:
    master = read_master(
        [
            chapter(1, 0, *said(0, 0, 10)),
            chapter(2, 300, *said(0, 15, 25)),
            chapter(4, 900, *said(0, 45, 50), end(1000)),  # the third died before it had a file
        ]
    )
    check(master, 1, [range(10), range(15, 25), range(45, 50)])
    assert gaps(master, 1) == [
        (10 * FRAME, 5 * FRAME, "worker_lost"),
        (25 * FRAME, 20 * FRAME, "worker_lost"),
    ]


@pytest.mark.requirement("R-07")
def test_a_drained_worker_loses_no_word() -> None:
    """Both workers write for a while: each packet comes to one of them."""
    parted = note(520, PARTED, leg="l1")
    master = read_master(
        [
            chapter(1, 0, *said(0, 0, 26), parted, end(521)),
            chapter(2, 400, *said(0, 26, 50), end(1000)),
        ]
    )
    check(master, 1, [range(50)])
    assert (gaps(master, 1), master.recovered) == ([], False)


def test_what_a_drained_worker_could_not_hand_on_is_named() -> None:
    parted = note(200, PARTED, leg="l1")
    master = read_master(
        [chapter(1, 0, *said(0, 0, 10), parted, end(200)), chapter(2, 400, *said(0, 20, 30), end(600))]
    )
    assert gaps(master, 1) == [(10 * FRAME, 10 * FRAME, "worker_drained")]


@pytest.mark.requirement("R-18")
def test_orders_hold_until_the_joint_and_are_said_anew() -> None:
    """A pause lasts over the joint; a secret ends in it without a word."""
    paused = [note(at, "pause", on=on) for at, on in ((100, "true"), (340, "true"), (500, "false"))]
    master = read_master(
        [
            chapter(1, 0, *said(0, 0, 5), paused[0], note(110, "secure", leg="l1", on="true")),
            chapter(
                2, 300, note(300, "gate", leg="l1", open="true"), *paused[1:], *said(0, 30, 40), end(800)
            ),
        ]
    )
    check(master, 1, [range(5), range(30, 40)])
    assert gaps(master, 1) == [(5 * FRAME, 25 * FRAME, "pause")], "nobody would have been kept"
    assert [note.kind for note in master.notes].count("recording.continues") == 1


def test_channels_keep_their_parties() -> None:
    seats = [note(0, TAKEN, channel="3", leg="b"), note(0, TAKEN, channel="4", leg="c")]
    again = [note(300, TAKEN, channel="3", leg="c"), note(300, TAKEN, channel="4", leg="b")]
    now = [replace(one, stream=3) for one in said(2, 15, 25, ssrc=2)]  # b's
    other = [replace(one, stream=2) for one in said(3, 15, 25, ssrc=3)]  # c's
    master = read_master(
        [
            chapter(1, 0, *seats, *merged(said(2, 0, 10, ssrc=2), said(3, 0, 10, ssrc=3))),
            chapter(2, 300, *again, *merged(now, other), end(500)),
        ]
    )
    for channel in (3, 4):
        check(master, channel, [range(10), range(15, 25)])
        assert gaps(master, channel) == [(10 * FRAME, 5 * FRAME, "worker_lost")]
    assert {(turn.channel, turn.leg) for turn in master.timeline.turns} == {(3, "b"), (4, "c")}


def test_the_recording_may_have_moved_meanwhile() -> None:
    master = read_master([chapter(1, 0, *said(0, 0, 10)), chapter(2, 300, *said(0, 15, 25), leg="l2")])
    assert [(one.kind, one.details) for one in master.notes if one.kind == MOVED] == [
        (MOVED, {"from": "l1", "leg": "l2"})
    ]


def test_a_torn_tail_costs_what_was_in_it() -> None:
    first = chapter(1, 0, *said(0, 0, 10))
    octets = first.octets.read(0, first.octets.size - 5)
    master = read_master(
        [replace(first, octets=HeldOctets(octets)), chapter(2, 300, *said(0, 15, 25), end(500))]
    )
    check(master, 1, [range(9), range(15, 25)])
    assert master.damage is not None and master.damage.reason == "a torn record"
    assert master.timeline.gaps == (
        Gap(channel=1, start=9 * FRAME, length=6 * FRAME, cause="worker_lost"),
        *(gap for gap in master.timeline.gaps if gap.channel == 2),
    )
