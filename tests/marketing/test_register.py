"""What is known: stops are only added, later screenings win, calls count once, silence makes it stale."""

from datetime import timedelta

import pytest

from pbx.marketing.register import FRESH_S, KEPT, Changes, Contact, Register
from tests.marketing.known import TAG, TUESDAY, agreed, placed, screened

DAY = timedelta(days=1)


@pytest.mark.requirement("C-15")
def test_a_stop_is_news_once_and_stays() -> None:
    register = Register()
    assert not register.standing(TAG).is_stopped
    assert register.stop(TAG)
    assert not register.stop(TAG)
    register.take(Changes())
    assert register.standing(TAG).is_stopped
    assert not register.standing(b"other").is_stopped


def test_what_the_store_says_is_added_to_what_is_known() -> None:
    register = Register()
    register.stop(b"here")
    register.take(Changes(stops=(b"there",)))
    assert register.standing(b"here").is_stopped
    assert register.standing(b"there").is_stopped


def test_the_latest_screening_of_each_register_counts() -> None:
    register = Register()
    new, old = screened(at=TUESDAY, registered=True), screened(at=TUESDAY - DAY)
    register.take(Changes(screenings=(new, old, screened("ctps"))))
    assert set(register.standing(TAG).screenings) == {new, screened("ctps")}


def test_a_call_is_counted_once_however_often_it_is_heard_of() -> None:
    register = Register()
    register.contacted(placed(TUESDAY))
    register.take(Changes(contacts=(placed(TUESDAY), placed(TUESDAY + DAY))))
    assert len(register.standing(TAG).contacts) == 2


def test_calls_that_no_rule_looks_back_to_are_forgotten() -> None:
    register = Register()
    register.contacted(placed(TUESDAY))
    register.contacted(placed(TUESDAY + KEPT))
    assert len(register.standing(TAG).contacts) == 2
    register.contacted(Contact(contact="x", tag=TAG, what="placed", at=TUESDAY + KEPT + timedelta(seconds=1)))
    assert len(register.standing(TAG).contacts) == 2


def test_an_agreement_holds_until_its_end() -> None:
    register = Register()
    register.take(Changes(agreements=(agreed(at=TUESDAY, until=TUESDAY + DAY),)))
    standing = register.standing(TAG)
    moments = (TUESDAY - DAY / 1000, TUESDAY, TUESDAY + DAY - DAY / 1000, TUESDAY + DAY)
    assert [standing.has_agreed(at) for at in moments] == [False, True, True, False]
    register.take(Changes(agreements=(agreed(),)))
    assert register.standing(TAG).has_agreed(TUESDAY + 1000 * DAY)


@pytest.mark.requirement("C-15")
def test_without_its_store_it_is_not_trusted_for_longer_than_a_minute() -> None:
    register = Register(is_followed=True)
    assert register.is_stale(0.0)
    register.heard(100.0)
    assert not register.is_stale(100.0 + FRESH_S)
    assert register.is_stale(100.0 + FRESH_S + 0.001)
    assert not Register().is_stale(1e9)
