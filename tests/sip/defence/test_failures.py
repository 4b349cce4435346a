"""Guessers are banned by source and user; nobody else is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.sip.defence.failures import MAX_SOURCES, PROVEN_S, AuthFailures, Ban, BanRules
from pbx.sip.events import GuesserBanned

RULES = BanRules()
ALICE, BOB = ("example.test", "alice"), ("example.test", "bob")
EVE, OTHER = "198.51.100.66", "198.51.100.67"


def guess(failures: AuthFailures, user: tuple[str, str], times: int, at: float = 0.0) -> list[GuesserBanned]:
    """Give `times` different wrong answers; return the bans that begin."""
    found = [failures.failed(EVE, user, f"{user}{at}{n}", at) for n in range(times)]
    return [ban for ban in found if ban is not None]


@pytest.mark.requirement("S-03")
def test_the_fifth_failure_bans_the_user_at_that_source_only() -> None:
    failures = AuthFailures(RULES)
    assert guess(failures, ALICE, 4) == []
    assert not failures.is_barred(EVE, ALICE, 0.0)
    ban = failures.failed(EVE, ALICE, "fifth", 1.0)
    assert ban == GuesserBanned(source=EVE, realm="example.test", user="alice", failures=5, ban_s=900.0)
    assert failures.is_barred(EVE, ALICE, 900.9)
    assert not failures.is_barred(EVE, ALICE, 901.0)
    assert not failures.is_barred(EVE, BOB, 1.0)
    assert not failures.is_barred(OTHER, ALICE, 1.0)


def test_failures_out_of_the_window_do_not_count() -> None:
    failures = AuthFailures(RULES)
    for n in range(20):
        assert guess(failures, ALICE, 1, at=n * 75.0) == []  # four within any five minutes


def test_a_right_answer_forgives() -> None:
    failures = AuthFailures(RULES)
    guess(failures, ALICE, 4)
    failures.proved(EVE, ALICE, 1.0)
    assert guess(failures, ALICE, 4, at=2.0) == []


def test_a_retransmission_is_no_second_guess() -> None:
    failures = AuthFailures(RULES)
    assert [failures.failed(EVE, ALICE, "same", 0.1 * n) for n in range(20)] == [None] * 20


@pytest.mark.requirement("S-02")
def test_fifty_failures_ban_the_source_but_not_who_proved_himself_there() -> None:
    failures = AuthFailures(RULES)
    failures.proved(EVE, BOB, 0.0)
    users = [("example.test", f"{n}") for n in range(50)]
    bans = [ban for user in users for ban in guess(failures, user, 1, at=1.0)]
    assert bans == [GuesserBanned(source=EVE, realm="example.test", user="", failures=50, ban_s=3600.0)]
    assert failures.is_barred(EVE, ALICE, 3600.9)
    assert not failures.is_barred(EVE, BOB, 2.0)
    assert not failures.is_barred(EVE, ALICE, 3601.0)


def test_an_old_proof_protects_no_longer() -> None:
    failures = AuthFailures(RULES)
    failures.proved(EVE, BOB, 0.0)
    late = PROVEN_S + 1.0
    for n in range(50):
        guess(failures, ("example.test", f"{n}"), 1, at=late)
    assert failures.is_barred(EVE, BOB, late)


def test_neighbours_in_an_ipv6_network_are_one_source() -> None:
    failures = AuthFailures(RULES)
    for n in range(5):
        failures.failed(f"2001:db8:1:2::{n}", ALICE, f"{n}", 0.0)
    assert failures.is_barred("2001:db8:1:2:ffff::1", ALICE, 0.0)
    assert not failures.is_barred("2001:db8:1:3::1", ALICE, 0.0)


def test_a_reload_lifts_every_ban_and_brings_its_rules() -> None:
    failures = AuthFailures(RULES)
    guess(failures, ALICE, 5)
    failures.lift(BanRules(user_failures=1))
    assert not failures.is_barred(EVE, ALICE, 0.0)
    assert len(guess(failures, ALICE, 1, at=9.0)) == 1


def test_the_table_of_sources_is_bounded() -> None:
    failures = AuthFailures(RULES)
    for n in range(MAX_SOURCES + 10):
        failures.failed(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", ALICE, "x", 0.0)
    assert len(failures) == 2 * MAX_SOURCES + 10


@pytest.mark.requirement("S-03")
@settings(max_examples=100)
@given(st.lists(st.floats(0.0, 400.0), min_size=1, max_size=60))
def test_never_more_than_five_evaluated_in_a_window(gaps: list[float]) -> None:
    failures, now, evaluated = AuthFailures(RULES), 0.0, list[float]()
    for n, gap in enumerate(gaps):
        now += gap
        if not failures.is_barred(EVE, ALICE, now):
            evaluated.append(now)
            failures.failed(EVE, ALICE, f"{n}", now)
        assert sum(now - at < RULES.user_window_s for at in evaluated) <= RULES.user_failures


@pytest.mark.requirement("FRD-05")
def test_an_admin_sees_who_why_and_until_when_and_lifts_one() -> None:
    failures = AuthFailures(RULES)
    failures.proved(EVE, BOB, 0.0)
    guess(failures, ALICE, 5, at=10.0)
    for n in range(45):
        guess(failures, ("example.test", f"{n}"), 1, at=20.0)
    of_user, of_source = failures.bans(21.0)
    assert of_user == Ban(source=EVE, realm="example.test", user="alice", failures=5, since=10.0, until=910.0)
    assert (of_source.user, of_source.failures, of_source.n_spared) == ("", 50, 1)
    assert (of_source.since, of_source.until) == (20.0, 3620.0)
    failures.pardon(of_source)
    assert failures.bans(21.0) == [of_user]
    assert failures.is_barred(EVE, ALICE, 21.0) and not failures.is_barred(EVE, ("example.test", "7"), 21.0)
    failures.pardon(of_user)
    failures.pardon(of_user)  # twice is once
    assert failures.bans(21.0) == []
    assert guess(failures, ALICE, 4, at=22.0) == [], "what was counted is forgotten"
    assert len(guess(failures, ALICE, 1, at=23.0)) == 1


def test_a_ban_that_is_over_is_none() -> None:
    failures = AuthFailures(RULES)
    guess(failures, ALICE, 5)
    assert len(failures.bans(899.9)) == 1
    assert failures.bans(900.0) == []
