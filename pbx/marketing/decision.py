"""The decision on one marketing call: it passes, or the first reason why it does not.

    suppressed       the person wants no more of them; nothing goes before that, and nothing undoes it
    no_rule          nobody knows which law holds where the number is, or which time it is there
    stale_register   what others have wished meanwhile is not known
    no_consent       the law there asks for consent
    registered       the number is in a register of people who want no such calls
    stale_screening  nobody has looked it up there, or too long ago
    out_of_hours     it is too early or too late, in one of the time zones where the number may be
    too_often        it was called as often as it may be
    resting          the person refused, or met silence, not long ago
    no_number        what the person would be shown is no number of ours, or withheld

Consent given to this very controller goes before a register and its screening, and before nothing else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pbx.marketing.place import Place
from pbx.marketing.policy import MarketingPolicy
from pbx.marketing.register import Standing
from pbx.marketing.rules import CallingRule

Reason = Literal[
    "suppressed",
    "no_rule",
    "stale_register",
    "no_consent",
    "registered",
    "stale_screening",
    "out_of_hours",
    "too_often",
    "resting",
    "no_number",
    "no_gate",
]
TEXTS: dict[Reason, str] = {
    "suppressed": "This person wants no marketing calls",
    "no_rule": "No calling rule for this number",
    "stale_register": "Opt-outs are not up to date",
    "no_consent": "No consent to marketing calls",
    "registered": "Number is registered against marketing calls",
    "stale_screening": "Number has to be screened first",
    "out_of_hours": "Outside of the calling hours there",
    "too_often": "Called as often as the rules allow",
    "resting": "Called too short a time ago",
    "no_number": "No number of ours would be shown",
    "no_gate": "Marketing calls are not set up",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """`rules` are the regions whose rows allow it."""

    rules: tuple[str, ...]
    has_agreed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """`detail` says of which rule, register or time zone."""

    reason: Reason
    detail: str = ""


Verdict = Passed | Blocked


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One call as it is asked about; `place` None = nobody knows where its number is."""

    place: Place | None
    rules: tuple[CallingRule, ...]
    shown: tuple[str, ...]
    at: datetime
    is_stale: bool = False


def decide(question: Question, standing: Standing, policy: MarketingPolicy) -> Verdict:
    """Return whether the call may leave; the reasons stand in the order of the list above."""
    if standing.is_stopped:
        return Blocked(reason="suppressed")
    if question.place is None or not question.rules:
        return Blocked(reason="no_rule", detail=question.place.region if question.place else "")
    if question.is_stale:
        return Blocked(reason="stale_register")
    has_agreed = standing.has_agreed(question.at)
    blocked = (
        (None if has_agreed else _not_asked_for(question, standing))
        or _out_of_hours(question, question.place, policy)
        or _too_often(question, standing)
        or _resting(question, standing)
        or _unnamed(question, policy)
    )
    return blocked or Passed(rules=tuple(rule.region for rule in question.rules), has_agreed=has_agreed)


def _not_asked_for(question: Question, standing: Standing) -> Blocked | None:
    """What counts of who has not agreed."""
    at, rules = question.at, question.rules
    asking = next((rule for rule in rules if rule.needs_consent(at)), None)
    if asking is not None:
        return Blocked(reason="no_consent", detail=asking.region)
    found = {one.name: one for one in standing.screenings}
    ages = {name: age for rule in rules for name, age in rule.lists.items()}
    registered = next((name for name in ages if name in found and found[name].registered), None)
    if registered is not None:
        return Blocked(reason="registered", detail=registered)
    stale = next(
        (name for name, age in ages.items() if name not in found or at - found[name].screened_at > age), None
    )
    return None if stale is None else Blocked(reason="stale_screening", detail=stale)


def _out_of_hours(question: Question, place: Place, policy: MarketingPolicy) -> Blocked | None:
    weeks = [rule.week for rule in question.rules]
    weeks += [policy.hours[rule.region] for rule in question.rules if rule.region in policy.hours]
    for zone in place.zones:
        local = question.at.astimezone(zone)
        if not all(week.is_open(local) for week in weeks):
            return Blocked(reason="out_of_hours", detail=f"{local:%a %H:%M} {zone.key}")
    return None


def _too_often(question: Question, standing: Standing) -> Blocked | None:
    calls = [one.at for one in standing.contacts if one.what == "placed"]
    for rule in question.rules:
        for limit in rule.at_most:
            recent = [at for at in calls if question.at - at < limit.within]
            if len(recent) >= limit.calls:
                return Blocked(reason="too_often", detail=f"{rule.region}: {limit.calls} calls")
    return None


def _resting(question: Question, standing: Standing) -> Blocked | None:
    for rule in question.rules:
        for what, rest in rule.rests.items():
            if any(one.what == what and question.at - one.at < rest for one in standing.contacts):
                return Blocked(reason="resting", detail=f"{rule.region}: {what}")
    return None


def _unnamed(question: Question, policy: MarketingPolicy) -> Blocked | None:
    """Whichever trunk takes the call, a person can call back the number that it shows."""
    is_named = bool(question.shown) and all(number in policy.numbers for number in question.shown)
    return (
        None if is_named else Blocked(reason="no_number", detail="withheld" if "" in question.shown else "")
    )
