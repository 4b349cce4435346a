"""What the gate before marketing calls orders."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId

How = Literal["key", "agent", "operator", "sms", "email"]
What = Literal["placed", "refused", "abandoned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepStop:
    """Somebody at an E.164 number wants no marketing calls of a controller any more, for good."""

    tenant: str
    controller: str
    number: str = field(repr=False)
    how: How
    call: str
    campaign: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepContact:
    """A marketing call, or what came of it, that later ones are counted by; `contact` names it once."""

    contact: str
    tenant: str
    controller: str
    number: str = field(repr=False)
    what: What
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The call goes no further; `text` is for whoever wanted it."""

    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """A fact of record."""

    fact: AuditFact


GateEffect = KeepStop | KeepContact | Block | Tell


def fact(kind: str, tenant: str, call: CallId | None, **details: str | int | bool | None) -> Tell:
    """Return a fact of a call."""
    return Tell(fact=AuditFact(kind=kind, call=call, tenant=tenant, details=details))
