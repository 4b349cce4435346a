"""Facts from a media worker."""

from dataclasses import dataclass
from typing import Literal

from pbx.core.audio import DigitKind, ToneName
from pbx.core.ids import LegId, RecordingId, Token
from pbx.core.secret import Secret
from pbx.media.speech_orders import Transcribed as Transcribed  # part of the contract


@dataclass(frozen=True, slots=True, kw_only=True)
class LegOpened:
    """A leg has its port; `worker` is where, counted from 0.

    `fingerprint` is the SHA-256 of the worker's DTLS certificate in hexadecimal, "" = it has none;
    `no_room` says why no recording could begin now, "" = it could.
    """

    leg: LegId
    host: str
    port: int
    worker: int = 0
    fingerprint: str = ""
    no_room: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFailed:
    """No port, or the worker refused; the call is answered 503."""

    leg: LegId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaStarted:
    """The first RTP packet from this leg's party."""

    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayEnded:
    """`completed` = every source was sent to its last sample."""

    leg: LegId
    token: Token
    played_ms: int
    total_ms: int
    completed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkReached:
    """All before a mark of a play was sent."""

    leg: LegId
    token: Token
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitReceived:
    leg: LegId
    digit: Secret[str]
    duration_ms: int
    kind: DigitKind = "rfc4733"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaTimedOut:
    leg: LegId
    silent_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkStarted:
    """The party talks again, after so much silence; the level is that of its first 0.1 s."""

    leg: LegId
    silent_ms: int
    level_dbm0: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkStopped:
    """The party has talked for `talked_ms`, and is silent for `silent_ms`; the level is that of its talk."""

    leg: LegId
    talked_ms: int
    silent_ms: int
    level_dbm0: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneHeard:
    """A machine is on the party's end of the line, or nobody is any more."""

    leg: LegId
    tone: ToneName
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveTalker:
    """Who talks in a room now, None = nobody; at most one change in 300 ms."""

    room: str
    talker: LegId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRefused:
    """The room is full, or the seat cannot be."""

    leg: LegId
    room: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamQuality:
    """One direction since the call began: `loss` is a ratio, `r` and `mos` are of the E-model (G.107).

    `round_trip_ms` is None while nobody's reports have told it.
    """

    loss: float
    jitter_ms: float
    round_trip_ms: float | None
    r: float
    mos: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """Every five seconds or sooner: what we hear of the party, and what it says that it hears, if it does."""

    leg: LegId
    heard: StreamQuality
    sent: StreamQuality | None


AudioFaultKind = Literal[
    "one_way_audio",
    "codec_mismatch",
    "ptime_mismatch",
    "dtmf_mismatch",
    "high_loss",
    "high_jitter",
    "nat_rebind",
    "no_beep",
    "second_stream",
    "strange_source",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFault:
    """Something is wrong, or was, with the audio of a call that goes on; once per occurrence."""

    leg: LegId
    kind: AudioFaultKind
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegStats:
    """Counters of one leg; `dropped_source` = packets from a foreign address, `refused` = not authentic.

    `dropped_stream` = of another stream from its own place while the party's went on;
    `capped` = from the party itself, but more than a voice needs; `rebinds` = its moves to another address
    that were believed. `heard_quality` is None when nothing was heard, `sent_quality` when the party never
    reported.
    """

    received: int = 0
    sent: int = 0
    lost: int = 0
    dropped_source: int = 0
    dropped_stream: int = 0
    malformed: int = 0
    refused: int = 0
    capped: int = 0
    rebinds: int = 0
    jitter_ms: float = 0.0
    heard_quality: StreamQuality | None = None
    sent_quality: StreamQuality | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegClosed:
    leg: LegId
    stats: LegStats


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted:
    recording: RecordingId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFailed:
    """The journal cannot be written (disk full, I/O error); the call goes on."""

    recording: RecordingId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStopped:
    recording: RecordingId
    duration_ms: int


StreamEnd = Literal[
    "bot_closed",  # properly, as a bot does that has finished
    "closed",  # by us, or with the leg
    "lost",  # the connection broke, or the bot failed
    "unreachable",
    "timed_out",  # while connecting
    "refused",  # by an HTTP status
    "certificate",
    "insecure",  # ws:// to another machine
    "stalled",  # the bot does not read
    "protocol",  # the bot sends what is no media stream
    "failed",  # we have, or the worker is gone
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStarted:
    """The bot was told of the call."""

    leg: LegId
    stream: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEnded:
    """`dropped_ms` of the party the bot did not take in time; `rubbish` = messages that were not read."""

    leg: LegId
    stream: str
    reason: StreamEnd
    dropped_ms: int = 0
    rubbish: int = 0


MediaEvent = (
    LegOpened
    | LegFailed
    | MediaStarted
    | PlayEnded
    | MarkReached
    | DigitReceived
    | MediaTimedOut
    | QualityReport
    | AudioFault
    | TalkStarted
    | TalkStopped
    | ToneHeard
    | Transcribed
    | ActiveTalker
    | RoomRefused
    | LegClosed
    | RecordingStarted
    | RecordingFailed
    | RecordingStopped
    | StreamStarted
    | StreamEnded
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDrains:
    """A worker was told to end: it takes no new calls, and keeps for a while those that it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegsMustMove:
    """The while is over: each leg that is left needs another worker, and this one keeps it until then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPace:
    """Once a second: half of what a worker had to do in it was done later than this."""

    late_ms: float


WorkerEvent = MediaEvent | WorkerDrains | LegsMustMove | WorkerPace
