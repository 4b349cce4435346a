"""Orders of the call layer that go wrong, and those for legs that are gone."""

import pytest

from pbx.core.address import Remote
from pbx.core.errors import MisuseError
from pbx.core.ids import LegId, Token
from pbx.sip.effects import (
    AcceptReinvite,
    Answer,
    HangUp,
    LookUpAor,
    Progress,
    RefuseReinvite,
    Register,
    Reinvite,
    Reject,
    Ring,
    SipEffect,
)
from pbx.sip.events import AorFound, Contact, RegistrationChanged
from tests.sip.conftest import (
    ALICE,
    ANSWER,
    LEG,
    OFFER,
    PBX,
    PHONE,
    Network,
    open_settings,
    pbx_settings,
    place,
)

AOR = "sip:alice@example.test"
REMOTE = Remote("udp", PBX.host, PBX.port)


def registered() -> Network:
    network = Network(pbx_settings(), open_settings(PHONE))
    network.order(PHONE, Register(aor=AOR, remote=REMOTE, credentials=ALICE))
    network.run(0.2)
    assert network.take(PBX, RegistrationChanged).n_contacts == 1
    return network


@pytest.mark.parametrize(
    ("domain", "user", "n_contacts"),
    [
        ("example.test", "alice", 1),
        ("EXAMPLE.test", "alice", 1),
        ("example.test", "bob", 0),
        ("other.test", "alice", 0),  # another tenant's alice
        ("foreign.test", "alice", 0),
    ],
)
def test_a_look_up_stays_within_the_tenant_of_the_domain(domain: str, user: str, n_contacts: int) -> None:
    network = registered()
    network.order(PBX, LookUpAor(token=Token(9), domain=domain, user=user))
    found = network.take(PBX, AorFound)
    assert found.token == 9
    assert len(found.contacts) == n_contacts
    if n_contacts:
        remote = Remote("udp", PHONE.host, PHONE.port)
        assert found.contacts == (Contact(uri="sip:alice@10.0.0.2:5060", remote=remote),)


def test_a_leg_id_is_used_once() -> None:
    network = Network(open_settings(PHONE))
    network.order(PHONE, place())
    with pytest.raises(MisuseError):
        network.order(PHONE, place())
    assert len(network.sent(PHONE, "INVITE")) == 1


@pytest.mark.parametrize(
    "order",
    [
        Ring(leg=LEG),
        Progress(leg=LEG, answer=ANSWER),
        Answer(leg=LEG, answer=ANSWER),
        Reject(leg=LEG, status=486),
    ],
)
def test_a_leg_that_we_called_is_not_answered_by_us(order: SipEffect) -> None:
    network = Network(open_settings(PHONE))
    network.order(PHONE, place())
    with pytest.raises(MisuseError):
        network.order(PHONE, order)


@pytest.mark.parametrize(
    "order",
    [
        Ring(leg=LegId("gone")),
        Progress(leg=LegId("gone"), answer=ANSWER),
        Answer(leg=LegId("gone"), answer=ANSWER),
        Reject(leg=LegId("gone"), status=486),
        Reinvite(leg=LegId("gone"), offer=OFFER),
        AcceptReinvite(leg=LegId("gone"), answer=ANSWER),
        RefuseReinvite(leg=LegId("gone"), status=488),
        HangUp(leg=LegId("gone")),
    ],
)
def test_an_order_for_a_leg_that_is_gone_does_nothing(order: SipEffect) -> None:
    network = Network(open_settings(PHONE))
    network.order(PHONE, order)
    assert (network.log, network.events[PHONE]) == ([], [])


def test_an_aor_that_is_no_sip_uri_is_our_bug() -> None:
    network = Network(open_settings(PHONE))
    with pytest.raises(MisuseError):
        network.order(PHONE, Register(aor="alice", remote=REMOTE, credentials=ALICE))


def test_registering_again_is_the_same_registration_until_it_is_removed() -> None:
    network = registered()
    for expires_s in (3600, 0, 3600):
        network.order(PHONE, Register(aor=AOR, remote=REMOTE, credentials=ALICE, expires_s=expires_s))
        network.run(0.2)
    ids = [message.call_id for message in network.sent(PHONE, "REGISTER")]
    assert len(set(ids[:-2])) == 1
    assert ids[-1] != ids[0]
