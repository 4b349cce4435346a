"""What is put on the record of verification (V-12): never a date or a number, and no party hears of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.verify.levels import Method, level_of
from pbx.verify.one_time_code import Way
from pbx.verify.throttles import FOREVER, Subject

Field = Literal["phone_number", "date_of_birth", "account_number", "one_time_code"]
# matched; unknown, company = nobody to verify has this number; wrong; ambiguous = two have the number and the
# date; locked, guess_wave, breaker = nothing was looked at (§4.4); unavailable = the store did not answer. Of
# a code: expired; spent = used, or tried three times; not_sent = there is none for this leg and purpose.
Reason = Literal[
    "matched",
    "unknown",
    "company",
    "wrong",
    "ambiguous",
    "locked",
    "guess_wave",
    "breaker",
    "unavailable",
    "expired",
    "spent",
    "not_sent",
]
# Why no code was sent. unknown, company, ambiguous = nobody, or not one, to send it to; young, moved = the
# number or address is not on file for long enough, or was ported or has another SIM; often = the limits of
# sends; no_way = nothing to send it by; failed = whoever should carry it did not take it.
Unsent = Literal["unknown", "company", "ambiguous", "young", "moved", "often", "no_way", "failed"]
# How a call-back ended. barred = not by the rules for calls to the network; no_trunk = none could take it;
# gone = who asked for it was still on the line, or the flow is not there any more; no_key = nobody pressed
# it; unspoken = there is no voice for the question; mistaken = the key was right, the date of birth was not.
CallBackOutcome = Literal[
    "confirmed",
    "busy",
    "no_answer",
    "declined",
    "hung_up",
    "no_key",
    "unspoken",
    "mistaken",
    "barred",
    "no_trunk",
    "crowded",
    "gone",
    "failed",
]
ATTEMPT = "verification.attempt"
LOCKED = "verification.locked"
GUESS_WAVE = "verification.guess_wave"
BREAKER = "verification.breaker"
FORGIVEN = "verification.forgiven"
CODE = "verification.code"
CALL_BACK = "verification.call_back"
NOTICE = "verification.notice"
_METHODS: dict[Field, tuple[Method, ...]] = {
    "phone_number": ("phone_number",),
    "date_of_birth": ("phone_number", "date_of_birth"),
    "account_number": ("phone_number", "account_number"),
    "one_time_code": ("one_time_code",),
}


def attempt(
    whose: tuple[str, CallId],
    field: Field,
    reason: Reason,
    locked: Iterable[Subject] = (),
    methods: tuple[Method, ...] = (),
) -> AuditFact:
    """One try of `whose` (tenant and call); `locked` = whose limits were reached when it was made.

    `methods` where they are not those that go with the field.
    """
    is_matched, shown = reason == "matched", methods or _METHODS[field]
    details: dict[str, str | int | bool | None] = {
        "outcome": "verified" if is_matched else "unverified",
        "reason": reason,
        "level": level_of(shown) if is_matched else "V0",
        "methods": " ".join(shown) if is_matched else "",
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


def code(whose: tuple[str, CallId], purpose: str, way: Way | None, unsent: Unsent | None = None) -> AuditFact:
    """A code was sent, or not; neither it nor where it went is said."""
    details: dict[str, str | int | bool | None] = {"purpose": purpose, "way": way or ""}
    details |= {"outcome": "unsent" if unsent else "sent", "reason": unsent or ""}
    return AuditFact(kind=CODE, call=whose[1], tenant=whose[0], details=details)


def call_back(
    whose: tuple[str, CallId],
    purpose: str,
    outcome: CallBackOutcome | Literal["planned", "unplanned", "closed"],
    **why: str,
) -> AuditFact:
    """Somebody is to be called at his number on file, or is not, or what came of it; never the number."""
    details: dict[str, str | int | bool | None] = {"purpose": purpose, "outcome": outcome, **why}
    return AuditFact(kind=CALL_BACK, call=whose[1], tenant=whose[0], details=details)


def notice(whose: tuple[str, CallId], customer: str, way: Way | None, unsent: Unsent | None) -> AuditFact:
    """A customer was told that somebody guesses at him, or not; never where it went."""
    details: dict[str, str | int | bool | None] = {"customer": customer, "way": way or ""}
    details |= {"outcome": "unsent" if unsent else "sent", "reason": unsent or ""}
    return AuditFact(kind=NOTICE, call=whose[1], tenant=whose[0], details=details)


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
