"""Who may lower which rule of recording, how far, and for how long (C-10)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pbx.consent.io.shipped import shipped_rules
from pbx.lifecycle.approval import PENDING
from pbx.lifecycle.listening import Listener
from pbx.lifecycle.override import (
    LONGEST,
    Override,
    objection_to_decider,
    objection_to_party,
    objection_to_wish,
)

pytestmark = pytest.mark.requirement("C-10")
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WISH = Override(
    override="o1",
    tenant="acme",
    region="DE",
    mode="notify",
    reason="all callers have signed",
    actor="ada",
    uid=1001,
    asked_at=AT,
    expires_at=AT + timedelta(days=30),
)
HELD = replace(WISH, decision="approved", decided_by="eve", decided_uid=1002, decided_at=AT)
EVE = ("eve", 1002)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"region": "TH"}, "no rule of its own for TH"),
        ({"region": "US-TX"}, "no rule of its own for US-TX"),  # that of US would be lowered with it
        ({"region": "unknown"}, "no rule of its own"),
        ({"mode": "optin_all"}, "not laxer than optin_all"),
        ({"mode": "never"}, "not laxer than optin_all"),
        ({"mode": "none"}, "no rule there is laxer than notify"),
        ({"region": "GB", "mode": "notify"}, ""),  # of what is asked for `quality` there
        ({"region": "GB", "mode": "none"}, "no rule there is laxer than notify"),
        ({"region": "SE", "mode": "none"}, ""),  # of confidence M
        ({"reason": "because.."[:9]}, "10 to 500 characters"),
        ({"reason": "x" * 10}, ""),
        ({"reason": "x" * 501}, "10 to 500 characters"),
        ({"expires_at": AT}, "within 366 days"),
        ({"expires_at": AT + LONGEST}, ""),
        ({"expires_at": AT + LONGEST + timedelta(seconds=1)}, "within 366 days"),
    ],
)
def test_what_may_be_wished(changed: dict[str, Any], why: str) -> None:
    wish = replace(WISH, **changed)
    found = objection_to_wish(wish, shipped_rules().row(wish.region), AT)
    assert why in found and bool(why) == bool(found)


@pytest.mark.parametrize(
    ("role", "user", "uid", "why"),
    [
        ("admin", "eve", 1002, ""),
        ("compliance", "eve", 1002, ""),
        ("listener", "eve", 1002, "your role decides nothing"),
        ("admin", "ada", 1002, "himself"),
        ("admin", "eve", 1001, "himself"),
        (None, "eve", 1002, "no such tenant"),
    ],
)
def test_who_may_decide(role: Any, user: str, uid: int, why: str) -> None:
    roles = (Listener(user=user, tenant="acme", role=role),) if role else ()
    other = Listener(user=user, tenant="other", role="admin")
    found = objection_to_decider(WISH, (*roles, other), (user, uid), AT)
    assert why in found and bool(why) == bool(found)
    assert bool(objection_to_party("acme", (*roles, other))) == (role in (None, "listener"))


@pytest.mark.parametrize(
    ("one", "after", "state"),
    [
        (WISH, timedelta(0), "open"),
        (WISH, PENDING - timedelta(seconds=1), "open"),
        (WISH, PENDING, "over"),
        (replace(WISH, expires_at=AT + timedelta(hours=1)), timedelta(hours=1), "over"),
        (replace(WISH, decision="denied"), PENDING, "denied"),
        (HELD, timedelta(days=30) - timedelta(seconds=1), "approved"),
        (HELD, timedelta(days=30), "ended"),
        (replace(HELD, ended_at=AT + timedelta(days=1)), timedelta(days=2), "ended"),
    ],
)
def test_states(one: Override, after: timedelta, state: str) -> None:
    assert one.state(AT + after) == state
    roles = (Listener(user="eve", tenant="acme", role="admin"),)
    assert bool(objection_to_decider(one, roles, EVE, AT + after)) == (state != "open")


def test_its_fact_names_both() -> None:
    fact = HELD.fact("consent.override_approved")
    assert fact.tenant == "acme"
    assert (fact.details["actor"], fact.details["decided_by"], fact.details["mode"]) == (
        "ada",
        "eve",
        "notify",
    )
    assert fact.details["until"] == "2026-02-01T03:04:05+00:00"
    assert "decided_by" not in WISH.fact("consent.override_asked").details
