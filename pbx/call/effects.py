"""What a call orders beyond SIP and media."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pbx.call.context import LockRule
from pbx.call.record import CallRecord, ConsentRecord, Message
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId, Token
from pbx.core.secret import Secret
from pbx.fraud.effects import KeepCharge, KeepHold
from pbx.ivr.program_steps import ProgramStep
from pbx.marketing.effects import KeepContact, KeepStop
from pbx.media.dialogue import Prompt
from pbx.media.effects import MediaEffect
from pbx.schedules.switches import Switched
from pbx.sip.effects import SipEffect
from pbx.sip.stir.signed_call import SignedCall
from pbx.verify.facts import CallBackOutcome
from pbx.verify.grant import Grant, Why

EntryField = Literal["date_of_birth", "digits"]  # what a party types while it talks


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparePrompts:
    """Find or speak prompts; PromptsReady or PromptsMissing follows."""

    call: CallId
    token: Token
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCaller:
    """Ask the customer store; CallerChecked follows. `trunk` is the source of the claim.

    `number` is E.164, None = withheld; without `date_of_birth` (YYYYMMDD) and `account_number` the number
    alone is looked at. Who has `typed_number`, E.164, is compared; `number` is where the try comes from.
    `pin` is as in CheckIdentity.
    """

    call: CallId
    token: Token
    tenant: str
    number: str | None
    date_of_birth: Secret[str] | None
    trunk: str
    lock: LockRule = LockRule()
    account_number: Secret[str] | None = None
    pin: Secret[str] | None = None
    typed_number: Secret[str] | None = None

    @property
    def wanted(self) -> str | None:
        """Whose customers are compared."""
        return self.number if self.typed_number is None else self.typed_number.reveal()


@dataclass(frozen=True, slots=True, kw_only=True)
class SendCode:
    """Send a one-time code to whoever has `number`, E.164; nothing answers, whatever comes of it.

    `customer` = who it is, as far as he has proved it; "" = whoever is the only one with that number.
    """

    call: CallId
    leg: LegId
    tenant: str
    purpose: str
    number: str | None = field(repr=False)
    customer: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCode:
    """Compare with the code that was sent last for this leg and purpose; CallerChecked follows."""

    call: CallId
    leg: LegId
    token: Token
    tenant: str
    purpose: str
    code: Secret[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCallBack:
    """Have whoever has `number`, E.164, called back; CallBackPlanned follows, also when the call is over.

    Who is meant is as in SendCode. Whoever is called goes on in `flow` at `step`.
    """

    call: CallId
    leg: LegId
    tenant: str
    purpose: str
    number: str | None = field(repr=False)
    customer: str
    flow: str
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepCallBack:
    """What came of a call-back, which has an id of its own."""

    call_back: str
    outcome: CallBackOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchCustomers:
    """Ask the tenant's own servers who has this E.164 number; CheckCaller waits for what they say."""

    call: CallId
    tenant: str
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSchedule:
    """Keep how a schedule is switched, None = by its hours, so that it `opens`; SwitchEnded follows."""

    call: CallId
    tenant: str
    schedule: str
    switched: Switched | None
    by: str
    opens: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverEntry:
    """Hand digits that a party has typed to the tenant's receiver; EntryDelivered follows."""

    call: CallId
    token: Token
    tenant: str
    digits: Secret[str]
    actor: str  # who has asked for them


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultProgram:
    """Ask a program outside what the step `of` says; ProgramAnswered follows. `step` is `flow.step`.

    `values` are what it may be told: of the call, and entered ones, by name.
    """

    call: CallId
    token: Token
    tenant: str
    step: str
    of: ProgramStep
    values: Mapping[str, Secret[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveCall:
    record: CallRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveConsent:
    record: ConsentRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepRefusal:
    """Remember, or forget, that somebody at an E.164 number does not want to be recorded."""

    tenant: str
    number: str = field(repr=False)
    call: CallId
    consent: str  # the record that says so
    refuses: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepGrant:
    """Sign a grant and keep it: from now on it can be looked up, and ended."""

    grant: Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class EndGrant:
    """A grant is good for nothing any more."""

    jti: str
    at: datetime
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCheck:
    """What somebody outside of the call hears who asked whether the caller is whom he says (PersonAsked)."""

    ticket: Token
    matched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveMessage:
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class CountMessages:
    """Count a box, once the recording `after` is stored ("" = now); SetMessages tells the endpoint."""

    tenant: str
    box: str
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    fact: AuditFact


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFinished:
    """The last effect of a call: every leg has ended and released its port."""

    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyPassport:
    """Verify the signatures of a call that is not one yet; PassportVerified(token) follows."""

    token: Token
    call: SignedCall


@dataclass(frozen=True, slots=True, kw_only=True)
class AskReputation:
    """Ask a tenant's server for the score of a calling number; ReputationTold(token) follows."""

    token: Token
    tenant: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAgent:
    """Remember what an agent has said of himself; `pause` is the reason of a pause, None = he has none."""

    tenant: str
    extension: str
    is_in: bool
    pause: str | None


Kept = (
    KeepAgent
    | KeepRefusal
    | KeepGrant
    | EndGrant
    | KeepHold
    | KeepCharge
    | KeepStop
    | KeepContact
    | KeepCallBack
)
CallOnlyEffect = (
    PreparePrompts
    | CheckCaller
    | SendCode
    | CheckCode
    | PlanCallBack
    | FetchCustomers
    | DeliverEntry
    | ConsultProgram
    | SetSchedule
    | VerifyPassport
    | AskReputation
    | SaveCall
    | SaveConsent
    | Kept
    | AnswerCheck
    | SaveMessage
    | CountMessages
    | Audit
    | CallFinished
)
CallEffect = CallOnlyEffect | SipEffect | MediaEffect
