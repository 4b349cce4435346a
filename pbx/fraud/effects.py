"""What the guard orders."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pbx.core.audit import AuditFact
from pbx.core.ids import LegId

TENANT = "tenant"  # the account that is everybody's; extensions are digits
OUTBOUND = "outbound"  # what a suspended account may not have; else it is the name of a country


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """An account may not call to the network, or not to one country, until somebody releases it."""

    id: str
    tenant: str
    account: str
    what: str
    cause: str
    since_at: datetime
    released_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What a call that is over took from its account."""

    tenant: str
    account: str
    at: datetime
    seconds: float
    spend: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """The call goes no further; `reason` is the cause that a record shows."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndLegs:
    """These calls have to end now."""

    legs: tuple[LegId, ...]
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepHold:
    """Remember a hold, whatever happens to this process."""

    hold: Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepCharge:
    """Remember what was spent."""

    charge: Charge


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """A fact of record."""

    fact: AuditFact


FraudEffect = Refuse | EndLegs | KeepHold | KeepCharge | Tell
