"""The words between a running PBX and its operator: one request, one reply, each a line of JSON."""

from dataclasses import dataclass
from typing import Literal

from pbx.call.effects import EntryField
from pbx.call.live import LiveCall
from pbx.core.secret import Secret
from pbx.core.wire import Codec
from pbx.runner.queue_messages import QueueRequest, QueuesAre

MAX_REQUEST = 4096  # octets of a line; the longest request, with a reason in Chinese, has some 1,500
MAX_ACTOR = 128  # characters, as many as the vault takes
MAX_CALLS = 500  # told at once: more than anybody reads, and a reply stays under MAX_MESSAGE

MAX_BANS = 500
MAX_ERRORS = 200  # of a plan, in one reply: `pbx check` has the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCalls:
    """Which calls are in progress, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecording:
    """Pause the recording of a call, or go on with it (`on`); actor and reason are kept in the audit log."""

    call: str
    on: bool
    actor: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawConsent:
    """Keep nothing more of a party, for its lifetime of the call; `leg` "" = who is no telephone of ours."""

    call: str
    actor: str
    leg: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskBans:
    """Who is not listened to because he seems to guess passwords."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftBan:
    """Listen again to an address, or to one `user` (`name` or `name@domain`) there; kept in the audit log."""

    source: str
    actor: str
    user: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UseGrant:
    """Whether somebody may do something on the strength of a token, for the party of a leg of a call.

    `audience` is who shows it, as the grant names him: `extension/1001`. Each use is on the record.
    """

    token: str
    action: str
    tenant: str
    call: str
    leg: str
    audience: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeGrant:
    """Do not believe any more who the caller of a call is."""

    call: str
    actor: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BanIs:
    """A ban; times are ISO 8601, UTC. An empty `user` = all at the source, but for so many `spared`."""

    source: str
    user: str
    tenant: str
    cause: str
    since_at: str
    until_at: str
    spared: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BansAre:
    """Those in force, oldest first, or those that were lifted; at most `MAX_BANS`, so many more left out."""

    bans: tuple[BanIs, ...]
    omitted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEntry:
    """Let whom an extension talks with type unheard (`on`), or end that; the audit log has the actor."""

    call: str
    on: bool
    actor: str
    what: EntryField = "date_of_birth"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPerson:
    """Whether the caller of a call was born on the day that he tells an agent: DDMMYYYY, eight digits."""

    call: str
    date_of_birth: Secret[str]
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePlan:
    """Have another plan in force: the files, or the `frozen` one of that name, of which `digest` is known.

    `held` = a start takes it too, whatever the files are. `author` is who the kernel says has connected.
    """

    cause: Literal["apply", "reload", "rollback", "save"]
    comment: str = ""
    author: str = ""
    digest: str = ""
    frozen: str = ""
    restored: int | None = None
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanIs:
    """The plan in force is `version`, which was in force before unless it `is_new`.

    `waiting` = what of it only a start reads, "" = nothing.
    """

    version: int
    is_new: bool
    waiting: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRefused:
    """The plan is as it was, and why: at most `MAX_ERRORS` lines."""

    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsAre:
    """At most `MAX_CALLS`; so many more were left out."""

    calls: tuple[LiveCall, ...]
    omitted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallIs:
    """The call after an order was carried out."""

    call: LiveCall


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantIs:
    """Whether a token may be used so, "" = it may, else why not; the rest is known of a token of ours."""

    refusal: str
    grant: str = ""
    level: str = ""
    customer: str = ""
    minutes_left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonIs:
    """Whether a check was right; never why not."""

    matched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing was done; `reason` is one line for a person."""

    reason: str


GrantRequest = UseGrant | RevokeGrant | CheckPerson
QuickRequest = AskCalls | OrderRecording | WithdrawConsent | OrderEntry | AskBans | LiftBan | QueueRequest
ControlRequest = QuickRequest | GrantRequest | ChangePlan
ControlReply = PlanIs | PlanRefused | CallsAre | CallIs | GrantIs | PersonIs | BansAre | QueuesAre | Refused

REQUESTS: Codec[ControlRequest] = Codec(ControlRequest)
REPLIES: Codec[ControlReply] = Codec(ControlReply)
