"""The customer database of a rehearsal."""

from dataclasses import replace

import pytest

from pbx.call.effects import CheckCaller
from pbx.core.ids import CallId, Token
from pbx.core.secret import Secret
from pbx.rehearsal.people import checked
from pbx.rehearsal.scenario import Person
from tests.rehearsal.conftest import ADA, CALLER, Play

ASKED = CheckCaller(
    call=CallId("c"),
    token=Token(1),
    tenant="acme",
    number=ADA.number,
    date_of_birth=Secret("19800203"),
    trunk="trunk/carrier",
)


@pytest.mark.parametrize(
    ("born", "people", "reason"),
    [
        ("19800203", (ADA,), "matched"),
        ("19800204", (ADA,), "wrong"),
        ("19800203", (), "unknown"),
        ("19800203", (ADA, ADA), "ambiguous"),
        ("19800203", (Person(customer="t", number=ADA.number, is_company=True),), "company"),
        (None, (ADA,), "matched"),
        (None, (ADA, ADA), "ambiguous"),
        (None, (Person(customer="t", number=ADA.number, is_company=True),), "company"),
        (None, (), "unknown"),
    ],
)
def test_who_is_compared(born: str | None, people: tuple[Person, ...], reason: str) -> None:
    asked = replace(ASKED, date_of_birth=Secret(born) if born is not None else None)
    said = checked(asked, replace(CALLER, people=people))
    assert (said.reason, said.matched, said.failed) == (reason, reason == "matched", False)
    assert bool(said.customer) == said.matched


def test_an_account_number_is_compared_like_a_date() -> None:
    person = replace(ADA, date_of_birth=None, account_number=Secret("4711"))
    asked = replace(ASKED, date_of_birth=None, account_number=Secret("4711"))
    assert checked(asked, replace(CALLER, people=(person,))).matched
    assert not checked(asked, replace(CALLER, people=(ADA,))).matched


@pytest.mark.requirement("N-20")
def test_a_database_that_is_down_verifies_nobody(play: Play) -> None:
    came = play(has_database=False)
    assert came.verification == "V0"
    assert came.rings == ("1001", "1002")


@pytest.mark.requirement("F-40")
def test_servers_of_customers_that_are_away_are_stood_in_for_as_the_tenant_wants(play: Play) -> None:
    assert play(outage="cached").verification == "V2"
    assert play(outage="unverified").verification == "V0"
    said = checked(ASKED, replace(CALLER, outage="agent"))
    assert (said.matched, said.failed, said.away) == (False, True, True)


def test_what_a_real_call_was_told_is_told_again(play: Play) -> None:
    assert play(people=(), settled=True).verification == "V2"
    assert play(settled=False).verification == "V0"
