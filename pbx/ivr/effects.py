"""What a flow orders: dialogue on its leg, or a hand-off to another feature of the call."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pbx.core.secret import Secret
from pbx.ivr.name_search import By
from pbx.ivr.program_steps import ProgramStep
from pbx.ivr.queue_step import JoinQueue as JoinQueue
from pbx.ivr.timing import Timing
from pbx.media.dialogue import DialogueEffect, Say
from pbx.schedules.flip import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestConsent:
    """Answered by ConsentEnded. `parts_refused` = who refuses what the law demands goes another way."""

    purposes: tuple[str, ...]
    parts_refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestVerification:
    """Answered by VerificationEnded. `attempts` None = as many as the tenant allows.

    `parts_companies` = callers from a company's number go another way; `by_voice` = the answer may be spoken.
    """

    methods: tuple[str, ...]
    attempts: int | None
    parts_companies: bool = False
    by_voice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStepUp:
    """Answered by VerificationEnded, which is never `company`; a call-back goes on in `flow` at `step`."""

    ways: tuple[str, ...]
    purpose: str
    flow: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RingTarget:
    """Ring `extension/1001`, `group/support` or `number/01632 960999`.

    Answered by RingEnded unless somebody answers. `others` ring with it, each telephone once; `timings` = of
    those that do not ring at once up to the end.
    """

    target: str
    ring_s: float
    others: tuple[str, ...] = ()
    timings: Mapping[str, Timing] = field(default_factory=dict)

    @property
    def targets(self) -> tuple[str, ...]:
        """All that ring."""
        return (self.target, *self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinueIn:
    """The caller goes on in another flow, from its beginning; nothing answers."""

    flow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDirectory:
    """The caller looks for somebody by name; answered by PersonChosen."""

    by: By


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkCaller:
    """Let the caller wait in `slot`, "" = any that is free; `wait_s` None = as long as the lot says.

    `tell` = `group/shop`, whose telephones say which slot it is. Answered by ParkEnded unless somebody
    fetches him.
    """

    slot: str = ""
    wait_s: float | None = None
    tell: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageGroup:
    """Let telephones hear the caller for `most_s` at most, or only what is `said`; answered by PageEnded."""

    target: str
    most_s: float
    said: Say | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveVoicemail:
    """Greeting, beep and recording for a box; answered by VoicemailEnded.

    `said` is the greeting in the caller's language, None = as it is written.
    """

    box: str
    greeting: str
    max_s: float
    max_silence_s: float
    said: Say | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkToBot:
    """The caller is a voice bot's until it hangs up; answered by BotLeft."""

    url: Secret[str]
    parameters: dict[str, str]
    plain: bool
    entered: dict[str, Secret[str]] = field(default_factory=dict)  # in the open, by the names of the plan


@dataclass(frozen=True, slots=True, kw_only=True)
class AskProgram:
    """A program outside is asked what the step `of` says; answered by AnswerGiven.

    `entered` by the names of the plan, secrets only where the step may tell them; `step` is `flow.step`.
    """

    step: str
    of: ProgramStep
    entered: dict[str, Secret[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinConference:
    """The caller takes part in a conference; answered by ConferenceEnded.

    `parts_refused` = who does not come in, or may not stay, goes another way.
    """

    conference: str
    parts_refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceRecording:
    """Keep nothing but time from now on (`on`), or go on with the recording; nothing answers."""

    on: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecording:
    """Record from now on (`on`), or no more, if the rules leave that to the flow; nothing answers."""

    on: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportUnread:
    """A value of a step could not be put into words; nothing answers. `kind` is that of the value."""

    step: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoTest:
    """Send the caller his own audio until he hangs up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCall:
    """The flow is over, or the call cannot be taken: hang up; `cause` goes into the call record."""

    cause: str = "flow_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSwitch:
    """Open or close a schedule by hand; SwitchEnded follows."""

    schedule: str
    to: Wish


FlowEffect = (
    DialogueEffect
    | RequestConsent
    | RequestVerification
    | RequestStepUp
    | RingTarget
    | ContinueIn
    | RequestDirectory
    | ParkCaller
    | PageGroup
    | LeaveVoicemail
    | TalkToBot
    | AskProgram
    | JoinConference
    | JoinQueue
    | SilenceRecording
    | OrderRecording
    | OrderSwitch
    | ReportUnread
    | EchoTest
    | EndCall
)
