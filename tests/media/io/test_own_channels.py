"""Who has a channel of his own in a recording, and which."""

from dataclasses import dataclass, field, replace

import pytest

from pbx.core.audio import MAX_CHANNELS
from pbx.core.errors import StorageError
from pbx.core.ids import CallId, LegId, RecordingId
from pbx.media.effects import StartRecording
from pbx.media.io.own_channels import FULL, LEFT, TAKEN, OwnChannels
from pbx.media.io.tap import HEARD, SENT, Octets, Recording, Tap

ORDER = StartRecording(
    recording=RecordingId("r"),
    leg=LegId("a"),
    tenant="t",
    call=CallId("c"),
    kind="call",
    recipients=(),
    started_at="",
)


class Sink:
    """Keeps what it gets; `full` refuses like a full disk."""

    def __init__(self) -> None:
        self.packets: list[tuple[int, bytes]] = []
        self.notes: list[tuple[str, ...]] = []
        self.full = False

    def packet(self, stream: int, arrival_ns: int, rtp: Octets) -> None:
        self.packets.append((stream, bytes(rtp)))

    def note(self, kind: str, details: dict[str, str], at_ns: int) -> None:
        if self.full:
            raise StorageError("disk full", retryable=False)
        self.notes.append((kind, *details.values()))

    def close(self, ended_ns: int = 0) -> None:
        """Nothing is held back."""


def open_tap() -> Tap:
    """The gate of somebody who agreed."""
    tap = Tap()
    tap.gate_open = True
    return tap


@dataclass
class Fellow:
    """Somebody in the room."""

    leg: LegId
    payload_types: str = ""
    tap: Tap = field(default_factory=open_tap)

    def says(self, rtp: bytes) -> None:
        self.tap.packet(HEARD, rtp)


class Room:
    """A recording of A, and the others."""

    def __init__(self) -> None:
        self.sink, self.failures = Sink(), list[str]()
        self.recording = Recording(ORDER, self.sink, self.failures.append)
        self.own = OwnChannels(self.recording)

    def take_notes(self) -> list[tuple[str, ...]]:
        notes, self.sink.notes = self.sink.notes, []
        return notes


@pytest.fixture
def room() -> Room:
    return Room()


B, C, D = (Fellow(LegId(name)) for name in "bcd")


@pytest.fixture(autouse=True)
def others() -> None:
    """Nobody has been in a room before."""
    for one in (B, C, D):
        one.tap = open_tap()


def test_one_voice_alone_is_what_the_party_is_sent(room: Room) -> None:
    room.own.hear([B])
    assert room.take_notes() == [] and B.tap.keepers == ()


@pytest.mark.requirement("R-07")
def test_of_several_each_has_a_stream_until_it_is_heard_no_more(room: Room) -> None:
    room.own.hear([B, C])
    assert room.take_notes() == [(TAKEN, "b", "3"), (TAKEN, "c", "4")]
    B.says(b"1")
    C.says(b"2")
    room.own.hear([B])
    C.says(b"not heard")
    B.says(b"3")
    assert room.sink.packets == [(2, b"1"), (3, b"2"), (2, b"3")]
    assert room.take_notes() == [(LEFT, "c", "4")]
    room.own.hear([])
    assert room.take_notes() == [(LEFT, "b", "3")]
    room.own.hear([D])
    assert room.take_notes() == [], "it is alone again"


@pytest.mark.requirement("R-08")
def test_who_was_told_nothing_has_none_until_his_gate_opens_and_the_other_is_kept_apart(room: Room) -> None:
    C.tap.gate_open = False
    room.own.hear([B, C])
    assert room.take_notes() == [(TAKEN, "b", "3")]
    C.tap.gate_open = True
    room.own.hear([B, C])
    C.tap.gate_open = False
    room.own.hear([B, C])
    assert room.take_notes() == [(TAKEN, "c", "4")], "what is kept of it later is a gap by its gate"


def test_who_comes_back_has_its_own_again_and_somebody_new_another(room: Room) -> None:
    room.own.hear([B, C])
    room.own.hear([B])
    room.own.hear([B, D])
    room.own.hear([B, C, D])
    assert room.take_notes()[2:] == [(LEFT, "c", "4"), (TAKEN, "d", "5"), (TAKEN, "c", "4")]


def test_when_all_are_taken_the_next_is_in_the_mix_only_and_gets_the_first_that_is_left(room: Room) -> None:
    many = [Fellow(LegId(f"x{n}")) for n in range(MAX_CHANNELS - 2)]
    room.own.hear(many)
    assert [note[2] for note in room.take_notes()] == [str(n) for n in range(3, MAX_CHANNELS + 1)]
    room.own.hear([*many, B])
    room.own.hear([*many, B])
    assert room.take_notes() == [(FULL, "b")]
    room.own.hear([*many[:4], *many[5:], B])
    assert room.take_notes() == [(LEFT, "x4", "7"), (TAKEN, "b", "7")]


def test_payload_types_are_told_with_the_channel_and_when_they_change(room: Room) -> None:
    one = Fellow(LegId("b"), payload_types="96=opus/48000")
    room.own.hear([one, C])
    assert room.take_notes()[:2] == [(TAKEN, "b", "3"), ("format", "b", "96=opus/48000")]
    one.tap.note_format({"leg": "b", "payload_types": "9=G722/8000"})
    C.tap.note("gate", {"leg": "c", "open": "true"})  # of its own recordings only
    assert room.take_notes() == [("format", "b", "9=G722/8000")]


@pytest.mark.requirement("R-19")
def test_a_pause_is_one_of_every_channel(room: Room) -> None:
    room.own.hear([B, C])
    room.recording.is_paused = True
    B.says(b"1")
    assert room.sink.packets == []


def test_a_voice_of_another_is_not_what_its_own_party_is_sent(room: Room) -> None:
    room.own.hear([B, C])
    B.tap.packet(SENT, b"to b")
    assert room.sink.packets == [] and B.tap.recordings == ()


def test_an_end_takes_it_out_of_everybodys_tap(room: Room) -> None:
    room.own.hear([B, C])
    room.own.end()
    assert B.tap.keepers == C.tap.keepers == ()


def test_a_disk_that_refuses_the_note_gets_no_packets_either(room: Room) -> None:
    room.sink.full = True
    room.own.hear([B, C])
    assert set(room.failures) == {"disk full"}
    assert B.tap.keepers == C.tap.keepers == ()


def test_a_disk_that_refuses_while_all_leave_ends_it_once(room: Room) -> None:
    room.recording.fail = lambda _reason: room.own.end()
    room.own.hear([B, C, D])
    room.sink.full = True
    room.own.hear([])
    assert B.tap.keepers == C.tap.keepers == D.tap.keepers == ()


@pytest.mark.requirement("R-07")
def test_in_the_recording_of_a_room_a_single_voice_has_its_own_channel() -> None:
    sink = Sink()
    recording = Recording(replace(ORDER, each_own=True), sink, lambda reason: None)
    own = OwnChannels(recording)
    own.hear([Fellow(LegId("b"))])
    assert sink.notes == [(TAKEN, "b", "3")]
    own.hear([])
    assert sink.notes[1:] == [(LEFT, "b", "3")]
