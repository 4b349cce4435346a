"""Who decides on whose wish, and for how long that holds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pbx.lifecycle.approval import (
    GRANT,
    ONE_IS_ENOUGH,
    PENDING,
    AccessRequest,
    FourEyes,
    objection_to_decider,
)
from pbx.lifecycle.listening import Listener, Role

pytestmark = pytest.mark.requirement("D-11")
AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
WISH = AccessRequest(
    request="q1", recording="r1", tenant="acme", actor="ada", uid=1001, purpose="fraud", asked_at=AT
)
GRANTED = replace(WISH, decision="approved", decided_by="eve", decided_uid=1002, decided_at=AT)


def roles(role: Role, tenant: str = "acme") -> tuple[Listener, ...]:
    return (Listener(user="eve", tenant=tenant, role=role),)


def test_roles_and_purposes_for_which_it_takes_two() -> None:
    rule = FourEyes(roles=frozenset({"compliance"}), purposes=frozenset({"fraud"}))
    assert rule.asks("compliance", "anything") and rule.asks("listener", " Fraud ")
    assert not rule.asks("listener", "quality") and not rule.asks("operator", "quality")
    assert not ONE_IS_ENOUGH.asks("compliance", "fraud")


def test_a_grant_holds_for_an_hour() -> None:
    moment = timedelta(microseconds=1)
    assert GRANTED.valid_until == AT + GRANT == AT + timedelta(hours=1)
    assert GRANTED.state(AT + GRANT - moment) == "approved"
    assert GRANTED.state(AT + GRANT) == "over"
    assert replace(GRANTED, decision="broken_glass").state(AT) == "broken_glass"
    assert replace(GRANTED, decision="denied").state(AT + PENDING) == "denied"
    assert replace(GRANTED, decision="denied").valid_until is None
    assert (WISH.state(AT + PENDING - moment), WISH.state(AT + PENDING), WISH.valid_until) == (
        "open",
        "over",
        None,
    )


@pytest.mark.parametrize(
    ("role", "who", "why"),
    [
        ("admin", ("eve", 1002), ""),
        ("compliance", ("eve", 1002), ""),
        ("listener", ("eve", 1002), "your role decides nothing"),
        ("admin", ("ada", 1001), "nobody approves what he has asked for himself"),
        ("compliance", ("eve", 1001), "nobody approves what he has asked for himself"),
        ("compliance", ("ada", 1002), "nobody approves what he has asked for himself"),
    ],
)
def test_who_decides(role: Role, who: tuple[str, int], why: str) -> None:
    assert objection_to_decider(WISH, roles(role), who, AT).startswith(why)
    assert bool(objection_to_decider(WISH, roles(role), who, AT)) is bool(why)


def test_a_stranger_learns_nothing_of_it() -> None:
    for wish in (WISH, GRANTED):
        for found in ((), roles("admin", "other")):
            assert objection_to_decider(wish, found, ("eve", 1002), AT) == "there is no such request"


def test_what_is_decided_or_over_is_not_decided_again() -> None:
    eve = ("eve", 1002)
    assert objection_to_decider(GRANTED, roles("admin"), eve, AT) == "it is decided: approved"
    assert objection_to_decider(WISH, roles("admin"), eve, AT + PENDING) == "its time is over"


def test_what_is_told() -> None:
    fact = replace(GRANTED, reason="why").fact("access.approved")
    assert fact.details == {
        "recording": "r1",
        "actor": "ada",
        "request": "q1",
        "purpose": "fraud",
        "uid": 1001,
        "reason": "why",
        "decided_by": "eve",
    }
