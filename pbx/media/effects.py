"""Orders to a media worker. Every order names a leg or a recording; answers are in `events`."""

from dataclasses import dataclass, field
from typing import Literal

from pbx.core.address import Address, Family
from pbx.core.audio import AudioFormat, DigitChoice, Direction, Treatment
from pbx.core.ids import CallId, LegId, RecordingId, Token
from pbx.core.origins import Origins
from pbx.core.secret import Secret
from pbx.core.srtp import Security
from pbx.media.fork_orders import ForkOrder
from pbx.media.sources import FileSource as FileSource  # parts of the contract, wherever they are written
from pbx.media.sources import MarkSource as MarkSource
from pbx.media.sources import NoiseSource as NoiseSource
from pbx.media.sources import SilenceSource as SilenceSource
from pbx.media.sources import Source as Source
from pbx.media.sources import ToneSource as ToneSource
from pbx.media.speech_orders import SpeechOrder

SeatRole = Literal["party", "listen", "whisper", "barge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLeg:
    """Bind an RTP port for a leg, of the family its peer hears; answered by LegOpened or LegFailed.

    `beside` is another call that this one may be joined with: legs are bridged within one worker only.
    """

    leg: LegId
    call: CallId
    beside: CallId | None = None
    family: Family = "ip4"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectLeg:
    """Set or change what the peer advertised; also re-INVITE (hold, codec)."""

    leg: LegId
    host: str
    port: int
    format: AudioFormat
    rtcp: Address | None = None  # None = beside RTP, or where it goes (`DtlsParameters.rtcp_mux`)
    security: Security | None = None  # None = plain RTP
    digits: DigitChoice = "auto"  # which kinds of digits count
    treatment: tuple[Treatment, ...] = ()  # of what others hear of the party
    origins: Origins | None = None  # where else its packets may come from; None = anywhere
    direction: Direction  # seen from us: sendonly = the peer holds us not; we send, it listens


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectImage:
    """Pass on datagrams (T.38 over UDPTL) as they come in the place of audio, until ConnectLeg comes.

    Only between bridged legs that both have it. A leg that was never connected, or is encrypted, fails.
    """

    leg: LegId
    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeLegs:
    """Relay both ways; each leg has at most one peer."""

    a: LegId
    b: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class UnbridgeLeg:
    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Play sources one after the other to a leg, in place of its peer; PlayEnded(token) always follows.

    With `more` the queue stays open for AppendSources: while it is empty the party hears silence. With
    `until_key` it ends with the first packet of a key, which is told when the key is let go.
    """

    leg: LegId
    token: Token
    sources: tuple[Source, ...]
    loop: bool = False
    more: bool = False
    until_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendSources:
    """Go on with these, without a gap, when what `token` plays has been played; without `more` they end it.

    A play that has ended, and has said so, takes no more.
    """

    leg: LegId
    token: Token
    sources: tuple[Source, ...]
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPlay:
    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEcho:
    leg: LegId
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Tell when the party of a leg begins and ends to talk, and which tones of machines it sends.

    `tones_of` is the country whose exchange may be heard, None = no tones are looked for. A leg that is not
    listened to costs nothing.
    """

    leg: LegId
    talk: bool = False
    tones_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRoom:
    """Seat a leg in a conference in place of its peer; the first one makes the room, at `sample_rate`.

    `listen` is heard by nobody, `whisper` by `target` only, `party` and `barge` by all. RoomRefused when it
    cannot be. All legs of a room live in one worker: see `OpenLeg.beside`.
    """

    leg: LegId
    room: str
    role: SeatRole = "party"
    target: LegId | None = None
    muted: bool = False
    deaf: bool = False
    sample_rate: Literal[8000, 16000] = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSeat:
    """Mute a party, let it hear nothing, or level what it says and hears, in dB; None = as it is."""

    leg: LegId
    muted: bool | None = None
    deaf: bool | None = None
    in_db: float | None = None
    out_db: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveRoom:
    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDigit:
    """Press a key for the party: as a telephone-event if it agreed to them, else as tones."""

    leg: LegId
    digit: Secret[str]
    duration_ms: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeDigit:
    """The party has pressed a key by SIP INFO: its peer, room or bot gets it, unless it has it already."""

    leg: LegId
    digit: Secret[str]
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Music:
    """A class of music: prepared files; a listener comes back to the clock, or to where it left."""

    sources: tuple[FileSource, ...]
    order: Literal["listed", "shuffled"] = "listed"
    resume: Literal["clock", "here"] = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMusic:
    """Play music to a leg in place of its peer, under every prompt; None = it fades out."""

    leg: LegId
    music: Music | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSecure:
    """While on, and 300 ms longer: nobody hears this leg's party, its digits are neither relayed nor kept."""

    leg: LegId
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGate:
    """Opens or closes the recording of what this leg's party says."""

    leg: LegId
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRecording:
    """Journal one leg: what its party says (its gate permitting) and what the party is sent
    (our prompts always, the bridged peer's voice as the peer's gate permits)."""

    recording: RecordingId
    leg: LegId
    tenant: str
    call: CallId
    kind: str  # "call" or "voicemail"
    recipients: tuple[str, ...]  # age X25519 recipients, age1...
    started_at: str  # ISO 8601, UTC
    max_silence_ms: int | None = None  # at the end; None = all. Its leg has to be listened to (`Listen`)
    policy: dict[str, str] = field(default_factory=dict)  # versions and hashes of what is in force, by name
    each_own: bool = False  # a channel for each further party of a room, for a single one too
    chapter: int = 1  # 2 and up: it goes on with a recording that another worker had to leave


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRecording:
    """Journal another leg of the call or room from now on, in the same recording: the first one leaves."""

    recording: RecordingId
    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class Beep:
    """A tone of `on_ms` each `every_ms`; the first is as long as `first_ms` says, if that is not 0."""

    hz: int
    on_ms: int
    every_ms: int
    first_ms: int = 0
    level_dbm0: float = -20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBeep:
    """Let the parties of a recording hear that it runs, None = no more; in a pause they do not."""

    recording: RecordingId
    beep: Beep | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteInRecording:
    """Put an event on the recording's timeline (consent granted, party changed); never a secret."""

    recording: RecordingId
    kind: str
    details: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRecording:
    recording: RecordingId


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStream:
    """Hand a leg's party to a bot behind a WebSocket, in place of its peer; StreamEnded always follows.

    `url` may hold a token, `secret` signs it. Without `plain`, ws:// leads to this machine only.
    """

    leg: LegId
    stream: str
    account: str
    url: Secret[str]
    parameters: dict[str, str] = field(default_factory=dict)
    secret: Secret[str] | None = None
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseStream:
    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseLeg:
    """Release port and bridge; LegClosed with the counters follows. Its recordings end, unless it `moves`."""

    leg: LegId
    moves: bool = False  # another worker goes on with the leg, and with what is recorded of it


MediaEffect = (
    OpenLeg
    | ConnectLeg
    | ConnectImage
    | BridgeLegs
    | UnbridgeLeg
    | Play
    | AppendSources
    | StopPlay
    | SetEcho
    | SetMusic
    | Listen
    | JoinRoom
    | ChangeSeat
    | LeaveRoom
    | SendDigit
    | TakeDigit
    | SetSecure
    | SetGate
    | StartRecording
    | MoveRecording
    | SetBeep
    | NoteInRecording
    | StopRecording
    | OpenStream
    | CloseStream
    | ForkOrder
    | SpeechOrder
    | CloseLeg
)
