"""What is recorded of a leg: received and sent RTP packets, as gates and secure entry permit.

Stream 0 is what the party says, stream 1 what the party is sent. What it says may have a stream in recordings
of others too, who hear it in a room: see own_channels.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic_ns
from typing import NamedTuple, Protocol

from pbx.core.errors import StorageError
from pbx.core.ids import LegId, RecordingId
from pbx.media.effects import Beep, StartRecording
from pbx.media.io.straight import HEARD as HEARD
from pbx.media.io.straight import SENT as SENT
from pbx.media.io.straight import Octets as Octets
from pbx.media.rtp import HEADER_BYTES, PLAIN

try:
    from pbx.media.io._straight import Taps
except ImportError:  # not compiled: the same in Python
    from pbx.media.io.straight import Taps

FORMAT = "format"  # kind of the note that says what payload types mean from now on
PAUSE = "pause"  # kind of the note that silences one recording, and of the one that ends this
MAX_RECORDINGS = 4  # of one leg at the same time: a call, and a voicemail within it
MAX_HELD = 1500  # packets and notes: half a minute of silence at 20 ms; what is more is kept as it is


class JournalSink(Protocol):
    """Where packets and notes of one recording go; StorageError = it cannot be written any more."""

    def packet(self, stream: int, arrival_ns: int, rtp: Octets) -> None:
        """Append a full RTP packet of a stream; `arrival_ns` is monotonic. A view's octets change later."""
        ...

    def note(self, kind: str, details: dict[str, str], at_ns: int) -> None:
        """Append an event to the timeline."""
        ...

    def close(self, ended_ns: int = 0) -> None:
        """Write what is left; it ended at that monotonic time, 0 = now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearer:
    """What a sink tells, later and in the loop: `opened` once its file is there, `failed` at most once."""

    opened: Callable[[], None]
    failed: Callable[[str], None]


SinkFactory = Callable[[StartRecording, Hearer], JournalSink]
"""Begins the journal of an order and returns at once; StorageError when there can be none."""


class _Held(NamedTuple):
    """A packet or a note that is not written yet."""

    at_ns: int
    write: Callable[[], None]
    is_note: bool


class Recording:
    """One running recording and since when (monotonic ns); `fail` ends it with a reason.

    `keep` is what is done with a packet now: appended, held back while the party is silent, or left out.
    """

    __slots__ = (
        "_held",
        "_holds",
        "_is_paused",
        "_max_silence_ms",
        "beep",
        "began_ns",
        "each_own",
        "fail",
        "has_failed",
        "is_open",
        "keep",
        "leg",
        "recording",
        "sink",
    )

    def __init__(self, order: StartRecording, sink: JournalSink, fail: Callable[[str], None]) -> None:
        self.recording: RecordingId = order.recording
        self.leg: LegId = order.leg
        self.each_own = order.each_own
        self.sink, self.fail = sink, fail
        self.has_failed = False
        self.began_ns = monotonic_ns()
        self.is_open = False  # packets are kept before its file is there
        self.keep = sink.packet
        self.beep: Beep | None = None  # that its parties hear
        self._max_silence_ms = order.max_silence_ms
        self._holds = self._is_paused = False
        self._held: list[_Held] = []

    @property
    def is_paused(self) -> bool:
        return self._is_paused

    @is_paused.setter
    def is_paused(self, is_paused: bool) -> None:
        self._is_paused = is_paused
        self._choose()

    def _choose(self) -> None:
        if self._is_paused:
            self.keep = _leave_out
        else:
            self.keep = self._hold_back if self._holds else self.sink.packet

    def _hold_back(self, stream: int, arrival_ns: int, rtp: Octets) -> None:
        """The silence that the packet is of may be the end."""
        if len(self._held) >= MAX_HELD:
            self._release()
        write = partial(self.sink.packet, stream, arrival_ns, bytes(rtp))
        self._held.append(_Held(arrival_ns, write, is_note=False))

    def note(self, kind: str, details: dict[str, str], at_ns: int) -> None:
        """Append to the timeline, behind what is held back: it says how what follows is to be read."""
        if self._held:
            self._held.append(_Held(at_ns, partial(self.sink.note, kind, details, at_ns), is_note=True))
        else:
            self.sink.note(kind, details, at_ns)

    def tell(self, kind: str, details: dict[str, str]) -> None:
        """Note what happens now; a sink that does not take it ends the recording."""
        try:
            self.note(kind, details, monotonic_ns())
        except StorageError as error:
            self.has_failed = True
            self.fail(str(error))

    def silent(self, silent_ms: int) -> None:
        """The party has not talked for so long."""
        if self._max_silence_ms is not None:
            self._holds = silent_ms >= self._max_silence_ms
            self._choose()
            if not self._holds:
                self._release()

    def close(self) -> int:
        """End where the silence that was held back began; return the length in milliseconds."""
        held, self._held = self._held, []
        ended_ns = held[0].at_ns if held else monotonic_ns()
        for one in held:
            if one.is_note:
                one.write()
        self.sink.close(ended_ns)
        return (ended_ns - self.began_ns) // 1_000_000

    def _release(self) -> None:
        held, self._held = self._held, []
        for one in held:
            one.write()


def _leave_out(stream: int, arrival_ns: int, rtp: Octets) -> None:
    """The recording pauses."""


Keeper = tuple[Recording, int]
"""A recording, and the number of its stream."""


class Tap(Taps):
    """The recordings of one leg, and the two switches that decide what they get.

    `may_record` = the gate is open and no secret is being entered. It is read by the leg's peer too: what
    this party says reaches the peer's journal as "sent" only while it is true.
    """

    __slots__ = ("_gate_open", "_secure")
    recordings: tuple[Recording, ...]
    keepers: tuple[Keeper, ...]  # of what the party says: these, and those of others
    _sent: tuple[Keeper, ...]

    def __init__(self) -> None:
        super().__init__()
        self._gate_open = False  # nobody is recorded before consent opened the gate
        self._secure = False

    def add(self, recording: Recording, stream: int = HEARD) -> None:
        """Give a recording what the party says; one that has it as HEARD is its own, and has all else."""
        self.keepers += ((recording, stream),)
        if stream == HEARD:
            self.recordings += (recording,)
            self._sent += ((recording, SENT),)

    def drop(self, recording: Recording) -> None:
        """A recording gets nothing more of this party."""
        self.keepers = tuple(one for one in self.keepers if one[0] is not recording)
        self.recordings = tuple(one for one in self.recordings if one is not recording)
        self._sent = tuple(one for one in self._sent if one[0] is not recording)

    @property
    def gate_open(self) -> bool:
        return self._gate_open

    @gate_open.setter
    def gate_open(self, is_open: bool) -> None:
        self._gate_open = is_open
        self.may_record = is_open and not self._secure

    @property
    def secure(self) -> bool:
        return self._secure

    @secure.setter
    def secure(self, is_secure: bool) -> None:
        self._secure = is_secure
        self.may_record = self._gate_open and not is_secure

    def silent(self, silent_ms: int) -> None:
        """Tell every recording how long the party has not talked."""
        for recording in self.recordings:
            try:
                recording.silent(silent_ms)
            except StorageError as error:
                recording.fail(str(error))

    def skipped(self, stream: int, header: bytes | memoryview) -> None:
        """Append the bare RTP header of a packet that is no speech or not heard, so that it is no loss.

        Never its payload: that of a telephone-event is a digit.
        """
        if self.keepers:
            self.packet(stream, bytes((PLAIN, *header[1:HEADER_BYTES])))

    def note(self, kind: str, details: dict[str, str]) -> None:
        """Put an event on the timeline of every recording of this party."""
        for recording in self.recordings:
            recording.tell(kind, details)

    def note_format(self, details: dict[str, str]) -> None:
        """Say what payload types mean wherever the party is kept."""
        for recording, _ in self.keepers:
            recording.tell(FORMAT, details)
