"""Recordings that start, fail and stop without harm to the leg."""

import time
from dataclasses import dataclass, field

import pytest

from pbx.core.errors import StorageError
from pbx.core.ids import CallId, LegId, RecordingId
from pbx.media.effects import MoveRecording, NoteInRecording, StartRecording
from pbx.media.events import MediaEvent, RecordingFailed, RecordingStarted, RecordingStopped
from pbx.media.io.recordings import Recordings, Tapped
from pbx.media.io.tap import HEARD, MAX_HELD, MAX_RECORDINGS, Hearer, JournalSink, Octets, Tap


class Sink:
    """Keeps what it gets in memory; `full` refuses like a full disk."""

    def __init__(self) -> None:
        self.packets: list[tuple[int, bytes]] = []
        self.notes: list[tuple[str, dict[str, str]]] = []
        self.full = self.closed = False
        self.ended_ns = 0

    def packet(self, stream: int, arrival_ns: int, rtp: Octets) -> None:
        self._refuse()
        self.packets.append((stream, bytes(rtp)))

    def note(self, kind: str, details: dict[str, str], at_ns: int) -> None:
        self._refuse()
        self.notes.append((kind, details))

    def close(self, ended_ns: int = 0) -> None:
        self.closed, self.ended_ns = True, ended_ns
        self._refuse()

    def _refuse(self) -> None:
        if self.full:
            raise StorageError("disk full", retryable=False)


@dataclass
class Leg:
    """As much of a leg as a recording sees."""

    leg: LegId = LegId("a")
    tap: Tap = field(default_factory=Tap)
    company: tuple[Tapped, ...] = ()
    room: str = ""
    voices: tuple[Tapped, ...] = ()
    payload_types: str = ""
    n_beeps: int = 0

    def beeps(self) -> None:
        self.n_beeps += 1

    def drain(self, now: float) -> None:
        """Nothing waits for it."""


class Bench:
    """Recordings of one leg."""

    def __init__(self) -> None:
        self.events: list[MediaEvent] = []
        self.sinks: list[Sink] = []
        self.leg = Leg()
        self.recordings = Recordings(self._open, self.events.append)
        self.hearers: list[Hearer] = []

    def start(self, name: str = "r") -> None:
        """Order a recording, and let its file be there."""
        n_before = len(self.hearers)
        self.order(name)
        for hearer in self.hearers[n_before:]:
            hearer.opened()

    def order(self, name: str = "r", max_silence_ms: int | None = None) -> None:
        order = StartRecording(
            recording=RecordingId(name),
            leg=LegId("a"),
            tenant="t",
            call=CallId("c"),
            kind="call",
            recipients=(),
            started_at="",
            max_silence_ms=max_silence_ms,
        )
        self.recordings.start(order, self.leg)

    def _open(self, order: StartRecording, hearer: Hearer) -> JournalSink:
        self.hearers.append(hearer)
        self.sinks.append(Sink())
        return self.sinks[-1]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def kinds(bench: Bench) -> list[type]:
    return [type(event) for event in bench.events]


def test_a_tap_is_shut_until_the_gate_opens_and_while_secure() -> None:
    tap = Tap()
    assert not tap.may_record
    tap.gate_open = True
    assert tap.may_record
    tap.secure = True
    assert not tap.may_record


def test_start_note_stop(bench: Bench) -> None:
    bench.start()
    bench.leg.tap.packet(HEARD, b"rtp")
    bench.recordings.note(NoteInRecording(recording=RecordingId("r"), kind="k", details={"a": "b"}))
    bench.recordings.stop(RecordingId("r"))
    bench.recordings.stop(RecordingId("r"))
    (sink,) = bench.sinks
    assert sink.packets == [(HEARD, b"rtp")]
    assert sink.notes == [("gate", {"leg": "a", "open": "false"}), ("k", {"a": "b"})]
    assert sink.closed
    assert kinds(bench) == [RecordingStarted, RecordingStopped]
    assert bench.leg.tap.recordings == ()


@pytest.mark.rfc("3550", "5.1")
def test_of_a_packet_that_is_no_speech_only_a_plain_header_is_kept(bench: Bench) -> None:
    bench.leg.tap.skipped(HEARD, bytes(12))
    bench.start()
    bench.leg.tap.skipped(HEARD, b"\xb3" + bytes(range(1, 12)) + b"a digit")
    assert bench.sinks[0].packets == [(HEARD, b"\x80" + bytes(range(1, 12)))]


@pytest.mark.parametrize("way", ["packet", "note", "close"])
def test_a_disk_that_fills_later_fails_the_recording_once(bench: Bench, way: str) -> None:
    bench.start()
    bench.sinks[0].full = True
    if way == "packet":
        bench.leg.tap.packet(HEARD, b"1")
        bench.leg.tap.packet(HEARD, b"2")
    elif way == "note":
        bench.recordings.note(NoteInRecording(recording=RecordingId("r"), kind="k", details={}))
    bench.recordings.stop(RecordingId("r"))
    assert bench.events[1:] == [RecordingFailed(recording=RecordingId("r"), reason="disk full")]
    assert bench.leg.tap.recordings == ()


@pytest.mark.requirement("R-26")
def test_what_comes_before_the_file_is_there_is_kept(bench: Bench) -> None:
    bench.order()
    bench.leg.tap.packet(HEARD, b"1")
    assert bench.events == [], "it has not started"
    bench.hearers[0].opened()
    assert kinds(bench) == [RecordingStarted]
    assert bench.sinks[0].packets == [(HEARD, b"1")]


def test_a_recording_that_is_over_before_its_file_is_there_tells_its_end_then(bench: Bench) -> None:
    bench.order()
    bench.recordings.stop(RecordingId("r"))
    assert bench.events == [] and bench.sinks[0].closed
    bench.order()
    bench.hearers[0].opened()
    assert kinds(bench) == [RecordingFailed, RecordingStarted, RecordingStopped]


def test_a_file_that_cannot_be_opened_fails_a_recording_that_is_over(bench: Bench) -> None:
    bench.order()
    bench.recordings.stop(RecordingId("r"))
    bench.hearers[0].failed("no room")
    bench.hearers[0].failed("no room")
    assert bench.events == [RecordingFailed(recording=RecordingId("r"), reason="no room")]


def test_a_recording_that_failed_does_not_start(bench: Bench) -> None:
    bench.order()
    bench.hearers[0].failed("no room")
    bench.hearers[0].opened()
    assert bench.events == [RecordingFailed(recording=RecordingId("r"), reason="no room")]
    assert bench.leg.tap.recordings == ()


def test_closing_the_leg_stops_every_recording(bench: Bench) -> None:
    bench.start("r1")
    bench.start("r2")
    bench.recordings.stop_leg(bench.leg)
    assert kinds(bench)[2:] == [RecordingStopped] * 2


@pytest.mark.requirement("R-07")
def test_a_leg_that_goes_on_elsewhere_parts_with_its_recordings(bench: Bench) -> None:
    bench.start("r1")
    bench.recordings.part(bench.leg)
    bench.recordings.stop_leg(bench.leg)
    assert bench.sinks[0].notes[-1] == ("recording.parted", {"leg": "a"})
    assert kinds(bench) == [RecordingStarted, RecordingStopped]


def test_refused_starts(bench: Bench) -> None:
    for n in range(MAX_RECORDINGS + 1):
        bench.start(str(n))
    bench.start("0")
    assert kinds(bench) == [RecordingStarted] * MAX_RECORDINGS + [RecordingFailed] * 2


def move(bench: Bench, leg: Leg | None) -> None:
    order = MoveRecording(recording=RecordingId("r"), leg=LegId("b"))
    bench.recordings.move(order, leg)


@pytest.mark.requirement("REC-02")
def test_one_recording_goes_on_with_another_leg(bench: Bench) -> None:
    bench.start()
    bench.leg.tap.packet(HEARD, b"1")
    peer = Leg(leg=LegId("c"))
    other = Leg(leg=LegId("b"), company=(peer,), room="acme/team")
    other.tap.gate_open = peer.tap.secure = True
    move(bench, other)
    bench.leg.tap.packet(HEARD, b"2")
    other.tap.packet(HEARD, b"3")
    bench.recordings.stop_leg(bench.leg)
    (sink,) = bench.sinks
    assert sink.packets == [(HEARD, b"1"), (HEARD, b"3")]
    assert sink.notes[1:] == [
        ("recording.moved", {"from": "a", "leg": "b"}),
        ("gate", {"leg": "b", "open": "true"}),
        ("room.joined", {"leg": "b", "room": "acme/team"}),
        ("gate", {"leg": "c", "open": "false"}),
        ("secure", {"leg": "c", "on": "true"}),
    ]
    assert kinds(bench) == [RecordingStarted]
    bench.recordings.stop_leg(other)
    assert kinds(bench) == [RecordingStarted, RecordingStopped]


def test_a_recording_cannot_go_on_with_a_leg_that_is_gone(bench: Bench) -> None:
    bench.start()
    move(bench, None)
    assert bench.events[1:] == [RecordingFailed(recording=RecordingId("r"), reason="unknown leg")]
    move(bench, Leg(leg=LegId("b")))
    assert len(bench.events) == 2, "it has ended and said so"


def test_a_move_to_where_it_is_changes_nothing(bench: Bench) -> None:
    bench.start()
    move(bench, bench.leg)
    assert len(bench.leg.tap.recordings) == 1
    assert len(bench.sinks[0].notes) == 1


@pytest.mark.requirement("R-19")
def test_a_paused_recording_hears_nothing_and_another_of_the_same_leg_does(bench: Bench) -> None:
    bench.start("r")
    bench.start("other")
    bench.leg.tap.packet(HEARD, b"before")
    pause = NoteInRecording(recording=RecordingId("r"), kind="pause", details={"on": "true"})
    bench.recordings.note(pause)
    bench.leg.tap.packet(HEARD, b"secret")
    bench.recordings.note(NoteInRecording(recording=RecordingId("r"), kind="pause", details={"on": "false"}))
    bench.leg.tap.packet(HEARD, b"after")
    first, other = bench.sinks
    assert first.packets == [(HEARD, b"before"), (HEARD, b"after")]
    assert [details for kind, details in first.notes if kind == "pause"] == [{"on": "true"}, {"on": "false"}]
    assert [octets for _, octets in other.packets] == [b"before", b"secret", b"after"]


def test_a_recording_that_moves_stays_paused(bench: Bench) -> None:
    bench.start("r")
    bench.recordings.note(NoteInRecording(recording=RecordingId("r"), kind="pause", details={"on": "true"}))
    stays = Leg(leg=LegId("b"))
    bench.recordings.move(MoveRecording(recording=RecordingId("r"), leg=LegId("b")), stays)
    stays.tap.packet(HEARD, b"secret")
    assert bench.sinks[0].packets == []
    assert bench.sinks[0].notes[-1] == ("pause", {"on": "true"})


def test_the_silent_end_of_a_message_is_not_kept(bench: Bench) -> None:
    bench.order(max_silence_ms=1000)
    tap, (sink,) = bench.leg.tap, bench.sinks
    tap.packet(HEARD, b"1")
    tap.silent(980)
    tap.packet(HEARD, b"2")
    tap.silent(1000)
    before_ns = time.monotonic_ns()
    tap.packet(HEARD, b"3")
    tap.note("gate", {"leg": "a", "open": "false"})
    tap.packet(HEARD, b"4")
    assert len(sink.packets) == 2
    bench.recordings.stop(RecordingId("r"))
    assert sink.packets == [(HEARD, b"1"), (HEARD, b"2")]
    assert sink.notes[-1] == ("gate", {"leg": "a", "open": "false"})
    assert before_ns <= sink.ended_ns < time.monotonic_ns()


def test_the_silence_before_more_talk_is_kept(bench: Bench) -> None:
    bench.order(max_silence_ms=1000)
    tap, (sink,) = bench.leg.tap, bench.sinks
    tap.silent(5000)
    tap.packet(HEARD, b"1")
    tap.note("k", {})
    assert (sink.packets, sink.notes[1:]) == ([], [])
    tap.silent(20)
    tap.packet(HEARD, b"2")
    assert sink.packets == [(HEARD, b"1"), (HEARD, b"2")]
    assert sink.notes[1:] == [("k", {})]


def test_what_is_said_in_a_pause_is_not_held_back_either(bench: Bench) -> None:
    bench.order(max_silence_ms=1000)
    tap, (sink,) = bench.leg.tap, bench.sinks
    tap.silent(5000)
    tap.packet(HEARD, b"1")
    tap.recordings[0].is_paused = True
    tap.silent(5020)
    tap.packet(HEARD, b"secret")
    tap.recordings[0].is_paused = False
    tap.packet(HEARD, b"2")
    assert sink.packets == []
    tap.silent(20)
    assert sink.packets == [(HEARD, b"1"), (HEARD, b"2")]


def test_a_gate_and_a_secret_each_shut_a_tap_whichever_comes_last() -> None:
    for order in (("gate_open", "secure"), ("secure", "gate_open")):
        tap = Tap()
        for name in order:
            setattr(tap, name, True)
        assert not tap.may_record
        tap.secure = False
        assert tap.may_record
        tap.gate_open = False
        assert not tap.may_record


def test_no_more_than_so_much_silence_is_held_back(bench: Bench) -> None:
    bench.order(max_silence_ms=0)
    tap, (sink,) = bench.leg.tap, bench.sinks
    tap.silent(20)
    for _ in range(MAX_HELD):
        tap.packet(HEARD, b"")
    assert sink.packets == []
    tap.packet(HEARD, b"")
    assert len(sink.packets) == MAX_HELD


def test_what_is_held_back_is_as_it_came_though_its_buffer_serves_the_next_packet(bench: Bench) -> None:
    bench.order(max_silence_ms=0)
    tap, (sink,), buffer = bench.leg.tap, bench.sinks, bytearray(b"1")
    tap.silent(20)
    tap.packet(HEARD, memoryview(buffer))
    buffer[:] = b"2"
    tap.packet(HEARD, memoryview(buffer))
    for _ in range(MAX_HELD):
        tap.packet(HEARD, b"")
    assert sink.packets[:2] == [(HEARD, b"1"), (HEARD, b"2")]


def test_other_recordings_keep_all_silence(bench: Bench) -> None:
    bench.start()
    bench.leg.tap.silent(60_000)
    bench.leg.tap.packet(HEARD, b"1")
    assert bench.sinks[0].packets == [(HEARD, b"1")]


def test_a_disk_that_is_full_when_silence_ends(bench: Bench) -> None:
    bench.order(max_silence_ms=20)
    tap = bench.leg.tap
    tap.silent(20)
    tap.packet(HEARD, b"1")
    bench.sinks[0].full = True
    bench.hearers[0].opened()
    tap.silent(10)
    failed = RecordingFailed(recording=RecordingId("r"), reason="disk full")
    assert bench.events == [RecordingStarted(recording=RecordingId("r")), failed]
