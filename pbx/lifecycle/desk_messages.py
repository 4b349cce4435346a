"""The words between the listening desk and a user of the machine: one question for each connection."""

from dataclasses import dataclass
from typing import Literal

from pbx.core.wire import Codec
from pbx.lifecycle.link_messages import ApprovalRequest, LinkReply, LinkRequest, RequestsAre
from pbx.lifecycle.override_messages import OverrideRequest, OverridesAre

MAX_PURPOSE = 128  # characters, as many as the vault takes
MAX_LISTED = 1_000  # recordings in one answer: 150 kB
PIECE = 256 << 10  # octets of sound in one message, 16 s; base64 makes 1.4 of it


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRecordings:
    """The newest recordings that whoever asks may know of."""

    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSound:
    """A recording as a WAV file, or `length_ms` of it from `start_ms` on; a length of 0 is all that follows.

    `play`, `pipe` or `wav` says whether it is kept: nobody can check that, and it stands in the access log.
    """

    recording: str
    purpose: str
    form: Literal["play", "pipe", "wav"]
    start_ms: int = 0
    length_ms: int = 0


DeskRequest = AskRecordings | AskSound | LinkRequest | ApprovalRequest | OverrideRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One recording as the list shows it: no number and no name is in it."""

    recording: str
    started_at: str
    duration_ms: int
    tenant: str
    kind: str
    parties: tuple[str, ...]
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingsAre:
    recordings: tuple[Listed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A piece of the WAV file, in its order."""

    octets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundIsWhole:
    """Nothing is missing: without it the connection broke, or the recording is damaged."""

    n_octets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why not, in one line."""

    reason: str


DeskReply = RecordingsAre | Sound | SoundIsWhole | LinkReply | RequestsAre | OverridesAre | Refused

REQUESTS: Codec[DeskRequest] = Codec(DeskRequest)
REPLIES: Codec[DeskReply] = Codec(DeskReply)
