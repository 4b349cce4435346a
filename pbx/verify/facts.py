"""What is put on the record of verification (V-12): never a date or a number, and no party hears of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.verify.throttles import FOREVER, Subject

Field = Literal["phone_number", "date_of_birth"]
# matched; unknown, company = nobody to verify has this number; wrong; ambiguous = two have the number and the
# date; locked, guess_wave, breaker = nothing was looked at (§4.4); unavailable = the store did not answer.
Reason = Literal[
    "matched", "unknown", "company", "wrong", "ambiguous", "locked", "guess_wave", "breaker", "unavailable"
]
ATTEMPT = "verification.attempt"
LOCKED = "verification.locked"
GUESS_WAVE = "verification.guess_wave"
BREAKER = "verification.breaker"
FORGIVEN = "verification.forgiven"
_LEVELS = {"phone_number": "V1", "date_of_birth": "V2"}
_METHODS = {"phone_number": "phone_number", "date_of_birth": "phone_number date_of_birth"}


def attempt(
    whose: tuple[str, CallId], field: Field, reason: Reason, locked: Iterable[Subject] = ()
) -> AuditFact:
    """One try of `whose` (tenant and call); `locked` = whose limits were reached when it was made."""
    is_matched = reason == "matched"
    details: dict[str, str | int | bool | None] = {
        "outcome": "verified" if is_matched else "unverified",
        "reason": reason,
        "level": _LEVELS[field] if is_matched else "V0",
        "methods": _METHODS[field] if is_matched else "",
        "field": field,
    }
    if named := " ".join(sorted(set(locked))):
        details["locked"] = named
    return AuditFact(kind=ATTEMPT, call=whose[1], tenant=whose[0], details=details)


def locked(whose: tuple[str, CallId], subject: Subject, until: datetime, customer: str = "") -> AuditFact:
    """A limit was reached by this call; the customer of a record is one to be told."""
    details: dict[str, str | int | bool | None] = {"subject": subject, "until": said(until)}
    if customer:
        details["customer"] = customer
    return AuditFact(kind=LOCKED, call=whose[1], tenant=whose[0], details=details)


def guess_wave(whose: tuple[str, CallId], trunk: str, numbers: int) -> AuditFact:
    """One date was tried for too many numbers."""
    details: dict[str, str | int | bool | None] = {"trunk": trunk, "numbers": numbers}
    return AuditFact(kind=GUESS_WAVE, call=whose[1], tenant=whose[0], details=details)


def breaker(tenant: str, state: Literal["open", "closed"], why: dict[str, str]) -> AuditFact:
    """The date of birth was switched off or on for a tenant."""
    return AuditFact(kind=BREAKER, tenant=tenant, details={"state": state, **why})


def forgiven(tenant: str, customer: str, failures: int, who: tuple[str, str]) -> AuditFact:
    """Somebody has taken the failures off a customer: `who` = his name, and why."""
    details: dict[str, str | int | bool | None] = {"customer": customer, "failures": failures}
    return AuditFact(kind=FORGIVEN, tenant=tenant, details={**details, "by": who[0], "reason": who[1]})


def said(until: datetime) -> str:
    """The end of a lock; "" = not by time: only a success, or somebody, ends it."""
    return "" if until == FOREVER else until.isoformat(timespec="seconds")
