"""What a flow hears."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pbx.conditions.circumstances import UNKNOWN, Circumstances
from pbx.core.ids import CallId
from pbx.ivr.program_steps import ProgramAnswer
from pbx.media.dialogue import DialogueEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStarted:
    """The caller is on the line and audio flows; `call` is what conditions may ask of him.

    `at` is the same moment by the wall clock, None = nobody tells the time.
    """

    call: Circumstances = UNKNOWN
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEnded:
    """The caller waits no more, and nobody has answered; the flow goes the way of that name."""

    outcome: Literal["timeout", "full", "no_agents", "exit", "callback"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEnded:
    outcome: Literal["granted", "declined", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationEnded:
    """`level` is how sure it is who calls, whatever came of this one."""

    outcome: Literal["verified", "unverified", "company"]
    level: str = "V0"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchEnded:
    """A schedule is switched, and so it is now; `failed` = nobody could keep that, and it is as it was."""

    call: CallId
    outcome: Literal["open", "closed", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerGiven:
    """The program that was asked has answered, or will not."""

    answer: ProgramAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChosen:
    """The caller has looked for somebody; `extension` "" = he has chosen nobody."""

    extension: str = ""
    outcome: Literal["none"] = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkEnded:
    """`back` = nobody has fetched the caller in time; `full` = there was no slot for him."""

    outcome: Literal["back", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEnded:
    """`next` = the caller was heard; `none` = nobody was there."""

    outcome: Literal["next", "none"]


FlowEvent = (
    FlowStarted
    | QueueEnded
    | ConsentEnded
    | VerificationEnded
    | SwitchEnded
    | RingEnded
    | VoicemailEnded
    | BotLeft
    | ConferenceEnded
    | AnswerGiven
    | PersonChosen
    | ParkEnded
    | PageEnded
    | DialogueEvent
)
