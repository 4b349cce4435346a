"""What a flow hears."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pbx.media.dialogue import DialogueEvent
from pbx.sip.stir.verdict import StirVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStarted:
    """The caller is on the line and audio flows; `verdict` is that on his number, None = nobody looked.

    `at` is the same moment by the wall clock, None = nobody tells the time.
    """

    verdict: StirVerdict | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEnded:
    outcome: Literal["granted", "declined", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationEnded:
    outcome: Literal["verified", "unverified", "company"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RingEnded:
    outcome: Literal["no_answer", "busy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailEnded:
    """The message is recorded; the caller is still there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotLeft:
    """`next` = it hung up as one who has finished; `failed` = it was never there, or broke off."""

    outcome: Literal["next", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceEnded:
    """`next` = the caller has left the room by a key; `refused` = he did not get in, or it was shut."""

    outcome: Literal["next", "refused"]


FlowEvent = (
    FlowStarted
    | ConsentEnded
    | VerificationEnded
    | RingEnded
    | VoicemailEnded
    | BotLeft
    | ConferenceEnded
    | DialogueEvent
)
