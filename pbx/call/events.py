"""What a call hears beyond SIP and media."""

from dataclasses import dataclass

from pbx.call.effects import EntryField, PlanCallBack
from pbx.core.ids import CallId, LegId, Token
from pbx.core.secret import Secret
from pbx.ivr.events import SwitchEnded
from pbx.ivr.program_steps import ProgramAnswer
from pbx.media.effects import Source
from pbx.media.events import ActiveTalker, MediaEvent
from pbx.services.agent import Wish
from pbx.services.queue_effects import QueueEmptied, RingAgents
from pbx.sip.events import (
    BindingsKept,
    GuesserBanned,
    HelpHeard,
    MessagesAsked,
    RegistrationChanged,
    SipEvent,
)
from pbx.sip.stir.verdict import StirVerdict
from pbx.sip.trunk.events import TrunkChanged
from pbx.verify.facts import Reason, Unsent


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptsReady:
    call: CallId
    token: Token
    sources: tuple[Source, ...]
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptsMissing:
    """No recording and no engine for a sentence; `reason` names it."""

    call: CallId
    token: Token
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerChecked:
    """What the customer store says; `reason` is for the record and for counts, and no party hears of it."""

    call: CallId
    token: Token
    matched: bool
    customer: str = ""
    failed: bool = False
    reason: Reason = "unavailable"
    away: bool = False
    by_pin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeHandled:
    """What became of a SendCode, None = it was sent; for counts alone, no call and no party hears of it."""

    call: CallId
    reason: Unsent | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackPlanned:
    """What became of a PlanCallBack: "" as `call_back` = nobody is called. No party hears which.

    `asks_date` = the customer has a date of birth that may be asked for.
    """

    asked: PlanCallBack
    call_back: str = ""
    customer: str = ""
    asks_date: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFailed:
    """Our own fault: an exception in a task or machine of this call.

    Or a limit: `reason`, a SIP cause and text, is what the parties hear of it.
    """

    call: CallId
    cause: str
    reason: tuple[int, str] = (0, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LegLost:
    """The media worker of a leg died; the leg's port is gone, its dialog is not."""

    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class PassportVerified:
    """The verdict on a calling number; the call may have gone on without it."""

    token: Token
    verdict: StirVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ReputationTold:
    """What a server says of a calling number, 0 to 100; None = nothing, or not in time."""

    token: Token
    score: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsReleased:
    """An admin lets accounts call the network again; `holds` by id."""

    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingOrdered:
    """Somebody outside of the call pauses its recording, or goes on with it (`on`); on the record."""

    call: CallId
    on: bool
    actor: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalOrdered:
    """Somebody outside of the call says that a party takes back its consent; on the record.

    `leg` "" = whoever in the call is no telephone of ours.
    """

    call: CallId
    leg: str
    actor: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecureEntryOrdered:
    """Somebody outside of the call lets one of two who talk type a secret (`on`), or ends that."""

    call: CallId
    on: bool
    what: EntryField
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDelivered:
    """The tenant's receiver of typed digits has them, or not; `failed` says why, without a digit."""

    call: CallId
    token: Token
    failed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramAnswered:
    """What a program says that was consulted."""

    call: CallId
    token: Token
    answer: ProgramAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationOrdered:
    """Somebody outside of the call does not believe any more who its caller is; on the record."""

    call: CallId
    actor: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAsked:
    """Somebody asks whether the caller was born on a day, YYYYMMDD; AnswerCheck(ticket) follows."""

    call: CallId
    ticket: Token
    date_of_birth: Secret[str]
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOrdered:
    """An agent of the tenant's queues logs in or out, pauses or is back."""

    tenant: str
    extension: str
    wish: Wish
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityOrdered:
    """Somebody outside of the call gives its caller, who waits in a queue, another priority."""

    call: CallId
    priority: int
    actor: str


QueueOrdered = AgentOrdered | PriorityOrdered
CallerOrder = RevocationOrdered | PersonAsked | RingAgents | QueueEmptied
CallOnlyEvent = (
    PromptsReady
    | PromptsMissing
    | CallerChecked
    | CodeHandled
    | CallBackPlanned
    | PassportVerified
    | ReputationTold
    | CallFailed
    | LegLost
    | HoldsReleased
    | QueueOrdered
    | RecordingOrdered
    | WithdrawalOrdered
    | SecureEntryOrdered
    | EntryDelivered
    | ProgramAnswered
    | CallerOrder
    | SwitchEnded
)
CallEvent = CallOnlyEvent | SipEvent | MediaEvent
# What belongs to no call.
OfNobody = (
    RegistrationChanged
    | MessagesAsked
    | GuesserBanned
    | HelpHeard
    | PassportVerified
    | ReputationTold
    | CodeHandled
    | CallBackPlanned
    | BindingsKept
    | TrunkChanged
    | HoldsReleased
    | QueueOrdered
    | ActiveTalker
)
