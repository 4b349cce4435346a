"""A ban becomes a fact of record without an address or a full user name."""

import pytest

from pbx.call.bans import lifted
from pbx.call.effects import Audit
from pbx.sip.defence.failures import Ban
from pbx.sip.events import GuesserBanned, HelpHeard
from tests.call.conftest import Board

BANNED = GuesserBanned(
    source="198.51.100.66", realm="acme.example", user="+441632960123", failures=5, ban_s=900.0
)


@pytest.mark.requirement("SIP-37")
def test_a_ban_is_audited_with_its_tenant() -> None:
    [effect] = Board().send(BANNED)
    assert isinstance(effect, Audit)
    assert (effect.fact.kind, effect.fact.tenant, effect.fact.call) == ("defence.banned", "acme", None)
    assert effect.fact.details["source"] == "198.51.100.0/24"
    assert effect.fact.details["user"] == "+441*******23"
    assert (effect.fact.details["failures"], effect.fact.details["ban_s"]) == (5, 900)


def test_a_realm_of_nobody_has_no_tenant() -> None:
    other = GuesserBanned(source="2001:db8:1:2::/64", realm="elsewhere", user="", failures=50, ban_s=3600.0)
    [effect] = Board().send(other)
    assert isinstance(effect, Audit)
    assert effect.fact.tenant == ""
    assert effect.fact.details == {"source": "2001:db8:1::/48", "user": "", "failures": 50, "ban_s": 3600}


@pytest.mark.requirement("CF-42")
def test_help_that_was_heard_in_spite_of_a_ban_is_audited() -> None:
    [effect] = Board().send(HelpHeard(source="198.51.100.66", realm="acme.example", user="1001"))
    assert isinstance(effect, Audit)
    assert (effect.fact.kind, effect.fact.tenant) == ("defence.help_heard", "acme")
    assert effect.fact.details["source"] == "198.51.100.0/24"


@pytest.mark.requirement("FRD-05")
def test_a_ban_that_was_lifted_is_on_the_record_with_who_did_it() -> None:
    ban = Ban(source="198.51.100.66", realm="acme.example", user="1001", failures=5, since=0.0, until=900.0)
    fact = lifted(ban, "acme", "operator/root", "he has a new telephone")
    assert (fact.kind, fact.tenant, fact.call) == ("defence.ban_lifted", "acme", None)
    assert fact.details == {
        "source": "198.51.100.0/24",
        "user": "1001",
        "actor": "operator/root",
        "reason": "he has a new telephone",
    }
