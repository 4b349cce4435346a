"""People: the customer database of a rehearsal, without the counters that outlive a call."""

from pbx.call.effects import CheckCaller
from pbx.call.events import CallerChecked
from pbx.rehearsal.scenario import Person, Scenario
from pbx.verify.facts import Reason


def checked(asked: CheckCaller, scenario: Scenario) -> CallerChecked:
    """Return what the database says of a caller; one that is down says nothing, which is not a match."""
    if not scenario.has_database:
        return CallerChecked(call=asked.call, token=asked.token, matched=False, failed=True)
    if scenario.outage in ("unverified", "agent"):  # `cached` compares with what the servers said before
        is_away = scenario.outage == "agent"
        return CallerChecked(call=asked.call, token=asked.token, matched=False, failed=True, away=is_away)
    if scenario.settled is not None:
        reason: Reason = "matched" if scenario.settled else "wrong"
        return _answer(asked, reason, "as it was" if scenario.settled else "")
    found = [one for one in scenario.people if one.number == asked.wanted]
    people = [one for one in found if not one.is_company]
    if asked.date_of_birth is None and asked.account_number is None:
        if len(found) == 1 and people:
            return _answer(asked, "matched", people[0].customer)
        return _answer(asked, "ambiguous" if people else "company" if found else "unknown")
    matches = [one for one in people if _fits(one, asked)]
    if len(matches) == 1:
        return _answer(asked, "matched", matches[0].customer)
    if matches:
        return _answer(asked, "ambiguous")
    return _answer(asked, "wrong" if people else "company" if found else "unknown")


def _fits(person: Person, asked: CheckCaller) -> bool:
    pairs = (
        (asked.date_of_birth, person.date_of_birth),
        (asked.account_number, person.account_number),
    )
    return all(
        typed is None or (known is not None and typed.reveal() == known.reveal()) for typed, known in pairs
    )


def _answer(asked: CheckCaller, reason: Reason, customer: str = "") -> CallerChecked:
    return CallerChecked(
        call=asked.call, token=asked.token, matched=reason == "matched", customer=customer, reason=reason
    )
