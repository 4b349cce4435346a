"""Asking once for many, waiting no longer than a caller would, putting dead targets last."""

import pytest

from pbx.core.address import Remote
from pbx.sip.locate.locator import AVOID_S, LOCATE_S, MAX_WAITING
from pbx.sip.locate.rules import ServerName
from tests.sip.locate.conftest import Dns, Seeker, places


def test_what_is_known_is_told_at_once() -> None:
    dns = Dns()
    first = places(dns.find("carrier.example"))
    n_asked = len(dns.asked)
    assert places(dns.find("carrier.example")) == first
    assert len(dns.asked) == n_asked


def test_a_question_is_asked_once_for_all_who_wait() -> None:
    dns = Dns()
    dns.lost = True
    assert dns.find("plain.example", 5060) is None
    assert dns.find("plain.example", 5060) is None
    assert dns.asked == [("plain.example", "A")]


@pytest.mark.requirement("SIP-19")
def test_nobody_waits_longer_than_a_caller_would() -> None:
    dns = Dns()
    dns.lost = True
    seeker = Seeker()
    dns.locator.find(ServerName(host="plain.example", port=5060), seeker, 0.0)
    assert dns.locator.deadline == LOCATE_S
    dns.locator.tick(LOCATE_S)
    assert seeker.targets == ()
    assert dns.locator.deadline is None


@pytest.mark.requirement("SIP-19")
def test_silent_servers_leave_the_last_good_answer() -> None:
    dns = Dns()
    before = places(dns.find("carrier.example"))
    dns.now, dns.silent = 3600.0, True
    assert places(dns.find("carrier.example")) == before
    assert places(dns.find("nowhere.example")) == []


@pytest.mark.requirement("SIP-19")
def test_an_expired_answer_is_asked_for_again() -> None:
    dns = Dns()
    dns.find("plain.example", 5060)
    dns.now = 61.0
    dns.zone[("plain.example", "A")] = ()
    assert dns.find("plain.example", 5060) == ()


@pytest.mark.rfc("3263", "4.3")
def test_a_dead_target_comes_last_for_a_while() -> None:
    dns = Dns()
    dead = Remote("udp", "192.0.2.1", 5080)
    dns.locator.avoid(dead, 0.0)
    assert places(dns.find("carrier.example", transport="udp")) == [
        "udp 192.0.2.2:5080",
        "udp 192.0.2.1:5080",
    ]
    dns.now = AVOID_S
    assert places(dns.find("carrier.example", transport="udp"))[0] == "udp 192.0.2.1:5080"
    dns.locator.avoid(dead, dns.now)
    dns.locator.trust(dead)
    assert places(dns.find("carrier.example", transport="udp"))[0] == "udp 192.0.2.1:5080"


def test_who_does_not_want_to_know_any_more_is_told_nothing() -> None:
    dns = Dns()
    seeker = Seeker()
    dns.locator.find(ServerName(host="plain.example", port=5060), seeker, 0.0)
    dns.locator.cancel(seeker)
    dns.answer()
    dns.locator.tick(LOCATE_S)
    assert seeker.targets is None


def test_the_number_of_those_who_wait_is_limited() -> None:
    dns = Dns()
    dns.lost = True
    for _ in range(MAX_WAITING):
        assert dns.find("plain.example", 5060) is None
    assert dns.find("plain.example", 5060) == ()
