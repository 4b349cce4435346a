"""What the gate hears of calls to the network; of emergency calls nothing."""

from dataclasses import dataclass, field

from pbx.core.ids import CallId, LegId
from pbx.marketing.effects import How


@dataclass(frozen=True, slots=True, kw_only=True)
class DialAsked:
    """A marketing call to `number` (E.164); `shown` is what each trunk would present, "" = withheld."""

    call: CallId
    tenant: str
    account: str
    number: str = field(repr=False)
    shown: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DialTried:
    """A call that was let pass has a leg: the first, or one by the next trunk."""

    leg: LegId
    asked: DialAsked


@dataclass(frozen=True, slots=True, kw_only=True)
class DialPlaced:
    """A call that was let pass goes out, by this leg first."""

    leg: LegId
    asked: DialAsked


@dataclass(frozen=True, slots=True, kw_only=True)
class DialAnswered:
    """Somebody has answered."""

    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class DialClosed:
    """Its port is closed: one that nobody has answered is over, any other gets another port, or its end."""

    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class DialEnded:
    """It is over; `by_peer` = the person hung up."""

    leg: LegId
    by_peer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StopWished:
    """Somebody at `number` wants no more marketing calls; `actor` is who says so."""

    call: CallId
    tenant: str
    number: str = field(repr=False)
    how: How
    actor: str


GateEvent = DialAsked | DialTried | DialPlaced | DialAnswered | DialClosed | DialEnded | StopWished
