"""Registration through the front door, and the registrar's rules."""

from dataclasses import replace
from typing import Any

import pytest

from pbx.core.address import Address, Remote
from pbx.core.errors import MisuseError, PeerViolation
from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.sip.bindings.answer import contact_value
from pbx.sip.bindings.policy import DEFAULT_POLICY, MAX_CONTACTS, RegistrationPolicy, WhenFull
from pbx.sip.digest import ha1
from pbx.sip.effects import LookUpAor, Register
from pbx.sip.events import AorFound, Contact, RegistrationChanged, TransportFailed
from pbx.sip.location import LocationService
from pbx.sip.message import Headers, Request
from pbx.sip.registrar import Registrar
from pbx.sip.settings import nobody
from tests.sip.conftest import ALICE, PBX, PHONE, Network, open_settings, pbx_settings

AOR = ("acme", "alice")
SOURCE = Remote("udp", "203.0.113.5", 40000)


def register(*contacts: str, cseq: int = 1, expires: str | None = None, call_id: str = "c") -> Request:
    headers = Headers()
    fields = [
        ("Via", "SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKa"),
        ("From", "<sip:alice@example.test>;tag=1"),
        ("To", "<sip:alice@example.test>"),
        ("Call-ID", call_id),
        ("CSeq", f"{cseq} REGISTER"),
        *[("Contact", contact) for contact in contacts],
    ]
    for name, value in fields + ([("Expires", expires)] if expires is not None else []):
        headers.add(name, value)
    return Request("REGISTER", "sip:example.test", headers)


class Desk:
    """A registrar at second 100."""

    def __init__(self) -> None:
        self.location = LocationService()
        self.registrar = Registrar(self.location)

    def ask(
        self, request: Request, now: float = 100.0, policy: RegistrationPolicy = DEFAULT_POLICY
    ) -> list[str]:
        registered = self.registrar.register(AOR, request, SOURCE, now, policy=policy)
        return [contact_value(one, now) for one in registered.bindings]

    def status(self, request: Request, policy: RegistrationPolicy = DEFAULT_POLICY) -> int:
        before = self.location.bindings(AOR)
        with pytest.raises(PeerViolation) as caught:
            self.ask(request, policy=policy)
        assert self.location.bindings(AOR) == before
        return caught.value.status


@pytest.mark.rfc("3261", "10.3")
@pytest.mark.parametrize(
    ("contact", "expires", "granted"),
    [
        ("<sip:a@10.0.0.2>", None, 3600),
        ("<sip:a@10.0.0.2>", "60", 60),
        ("<sip:a@10.0.0.2>", "7201", 7200),
        ("<sip:a@10.0.0.2>;expires=90", "600", 90),
        ("<sip:a@10.0.0.2>;expires=junk", None, 3600),
    ],
)
def test_expiry_is_the_parameter_else_the_header_else_the_default(
    contact: str, expires: str | None, granted: int
) -> None:
    desk = Desk()
    assert desk.ask(register(contact, expires=expires)) == [f"<sip:a@10.0.0.2>;expires={granted}"]
    assert desk.location.deadline == 100 + granted
    assert desk.location.expire(100 + granted - 0.1) == []
    assert desk.location.expire(100 + granted) == [AOR]
    assert desk.location.contacts(AOR) == ()


def test_contacts_add_up_and_the_target_is_the_observed_source() -> None:
    desk = Desk()
    desk.ask(register("<sip:a@10.0.0.2>"))
    assert len(desk.ask(register("<sip:b@10.0.0.3>", call_id="d"))) == 2
    assert len(desk.ask(register(call_id="query"))) == 2
    assert desk.location.contacts(AOR)[0] == Contact(uri="sip:a@10.0.0.2", remote=SOURCE)
    assert desk.ask(register("<sip:a@10.0.0.2>;expires=0", cseq=2)) == ["<sip:b@10.0.0.3>;expires=3600"]
    assert desk.ask(register("*", cseq=3, expires="0")) == []
    assert desk.location.deadline is None


@pytest.mark.rfc("3261", "8.2")
@pytest.mark.rfc("3261", "10.3")
def test_refusals_change_nothing() -> None:
    desk = Desk()
    desk.ask(register("<sip:a@10.0.0.2>", cseq=5))
    assert desk.status(register("<sip:b@10.0.0.3>;expires=59", cseq=6)) == 423
    assert desk.status(register("*", cseq=6)) == 400
    assert desk.status(register("*", cseq=6, expires="60")) == 400
    assert desk.status(register("<sip:a@10.0.0.2>", cseq=5)) == 500
    assert desk.status(register("<sip:b@10.0.0.3>, <tel:+441632960001>", cseq=6)) == 400
    assert desk.ask(register(call_id="query")) == ["<sip:a@10.0.0.2>;expires=3600"]


def test_at_most_ten_contacts() -> None:
    desk = Desk()
    ten = [f"<sip:a@10.0.0.{n}>" for n in range(MAX_CONTACTS)]
    assert len(desk.ask(register(*ten))) == MAX_CONTACTS
    assert desk.status(register("<sip:a@10.0.1.1>", cseq=2)) == 403
    replaced = register("<sip:a@10.0.0.0>;expires=0", "<sip:a@10.0.1.1>", cseq=2)
    assert len(desk.ask(replaced)) == MAX_CONTACTS


@pytest.mark.rfc("3261", "10.2.1.2")
def test_contacts_are_asked_in_the_order_of_their_q() -> None:
    desk = Desk()
    asked = (
        "<sip:low@10.0.0.2>;q=0.25",
        "<sip:none@10.0.0.3>",
        "<sip:zero@10.0.0.4>;q=0",
        "<sip:top@10.0.0.5>;q=1.0",
    )
    assert [value.partition(";expires")[0] for value in desk.ask(register(*asked))] == [
        "<sip:low@10.0.0.2>;q=0.25",
        "<sip:none@10.0.0.3>",
        "<sip:zero@10.0.0.4>;q=0.0",
        "<sip:top@10.0.0.5>",
    ]
    uris = [contact.uri.partition("@")[0] for contact in desk.location.contacts(AOR)]
    assert uris == ["sip:none", "sip:top", "sip:low", "sip:zero"]
    assert desk.status(register("<sip:a@10.0.0.9>;q=1.5", call_id="q")) == 400


@pytest.mark.rfc("3261", "10.3")
def test_one_uri_in_other_words_is_one_binding() -> None:
    desk = Desk()
    desk.ask(register("<sip:a@HOST.test;ob>"))
    assert desk.ask(register("<sip:%61@host.test;ob>", cseq=2)) == ["<sip:%61@host.test;ob>;expires=3600"]
    assert desk.status(register("<sip:a@host.test;ob>", cseq=2)) == 500
    assert desk.ask(register("<sip:a@host.TEST;ob>;expires=0", cseq=3)) == []


@pytest.mark.rfc("3261", "10.3")
def test_a_star_removes_all_or_nothing() -> None:
    desk = Desk()
    desk.ask(register("<sip:a@10.0.0.2>", cseq=1, call_id="one"))
    desk.ask(register("<sip:b@10.0.0.3>", cseq=9, call_id="two"))
    assert desk.status(register("*", cseq=9, expires="0", call_id="two")) == 500
    assert desk.status(register("*", "<sip:c@10.0.0.4>", cseq=10, expires="0", call_id="two")) == 400
    assert desk.ask(register("*", cseq=10, expires="0", call_id="two")) == []


def test_what_the_admin_grants() -> None:
    desk = Desk()
    policy = RegistrationPolicy(min_expires_s=120, default_expires_s=300, max_expires_s=600)
    assert desk.ask(register("<sip:a@10.0.0.2>"), policy=policy) == ["<sip:a@10.0.0.2>;expires=300"]
    assert desk.ask(register("<sip:a@10.0.0.2>;expires=900", cseq=2), policy=policy)[0].endswith("=600")
    assert desk.status(register("<sip:a@10.0.0.2>;expires=119", cseq=3), policy=policy) == 423


def full(when_full: WhenFull) -> tuple[Desk, RegistrationPolicy]:
    desk = Desk()
    policy = RegistrationPolicy(max_contacts=2, when_full=when_full)
    desk.ask(register("<sip:a@10.0.0.2>", call_id="a"), 100.0, policy)
    desk.ask(register("<sip:b@10.0.0.3>", call_id="b"), 101.0, policy)
    desk.ask(register("<sip:a@10.0.0.2>", call_id="a", cseq=2), 102.0, policy)
    return desk, policy


def uris(desk: Desk) -> list[str]:
    return [binding.uri[4:5] for binding in desk.location.bindings(AOR)]


@pytest.mark.requirement("REG-02")
def test_a_full_extension_rejects() -> None:
    desk, policy = full("reject")
    assert desk.status(register("<sip:c@10.0.0.4>", call_id="c"), policy=policy) == 403
    assert uris(desk) == ["a", "b"]


@pytest.mark.requirement("REG-02")
def test_or_replaces_who_was_silent_for_longest() -> None:
    desk, policy = full("replace_oldest")
    desk.ask(register("<sip:c@10.0.0.4>", call_id="c"), 103.0, policy)
    assert uris(desk) == ["a", "c"]
    three = [f"<sip:{name}@10.0.0.9>" for name in "xyz"]
    assert desk.status(register(*three, call_id="d"), policy=policy) == 403


@pytest.mark.requirement("REG-02")
def test_or_removes_who_does_not_answer() -> None:
    desk, policy = full("remove_unreachable")
    assert desk.status(register("<sip:c@10.0.0.4>", call_id="c"), policy=policy) == 403
    desk.location.mark(AOR, "sip:a@10.0.0.2", is_reachable=False, rtt_s=None)
    desk.ask(register("<sip:c@10.0.0.4>", call_id="c"), 103.0, policy)
    assert uris(desk) == ["b", "c"]


def alice(expires_s: int = 3600) -> Register:
    return Register(
        aor="sip:alice@example.test",
        remote=Remote("udp", PBX.host, PBX.port),
        credentials=ALICE,
        expires_s=expires_s,
    )


def found(network: Network, domain: str = "example.test") -> tuple[Contact, ...]:
    network.order(PBX, LookUpAor(token=Token(1), domain=domain, user="alice"))
    return network.take(PBX, AorFound).contacts


@pytest.mark.rfc("3261", "10.2")
def test_a_phone_registers_by_digest_refreshes_and_leaves() -> None:
    network = Network(pbx_settings(), open_settings(PHONE))
    network.order(PHONE, alice())
    network.run(1)
    assert network.flow() == ["10.0.0.2: REGISTER", "10.0.0.1: 401", "10.0.0.2: REGISTER", "10.0.0.1: 200"]
    assert network.take(PHONE, RegistrationChanged).n_contacts == 1
    changed = network.take(PBX, RegistrationChanged)
    assert (changed.aor, changed.n_contacts) == ("sip:alice@example.test", 1)
    assert found(network) == (
        Contact(uri="sip:alice@10.0.0.2:5060", remote=Remote("udp", PHONE.host, PHONE.port)),
    )
    assert found(network, "other.test") == found(network, "unknown.test") == ()
    assert found(network, "EXAMPLE.test") == found(network)
    network.run(1801)
    assert len(network.sent(PHONE, "REGISTER")) == 4
    network.order(PHONE, alice(expires_s=0))
    network.run(1)
    assert found_after_leaving(network) == ()
    network.run(4000)
    assert network.endpoints[PHONE].deadline is None


def found_after_leaving(network: Network) -> tuple[Contact, ...]:
    assert network.take(PBX, RegistrationChanged).n_contacts == 0
    return found(network)


def test_a_binding_expires_by_itself() -> None:
    network = Network(pbx_settings(), open_settings(PHONE))
    network.order(PHONE, alice(expires_s=60))
    network.run(1)
    network.take(PBX, RegistrationChanged)
    network.lost = lambda message: True
    network.run(60)
    assert network.take(PBX, RegistrationChanged).n_contacts == 0


def test_a_closed_connection_takes_its_binding_along() -> None:
    location = LocationService()
    registrar = Registrar(location)
    source = Remote("tcp", "203.0.113.5", 40000, 7)
    registrar.register(AOR, register("<sip:a@10.0.0.2>"), source, 0.0)
    assert location.drop_connection(Remote("tcp", "203.0.113.5", 40000, 8)) == []
    assert location.drop_connection(source) == [AOR]


def test_wrong_credentials_and_silence_are_reported() -> None:
    network = Network(pbx_settings(), open_settings(PHONE))
    wrong = type(ALICE)(username="bob", password=ALICE.password, realm=ALICE.realm)
    order = alice()
    network.order(PHONE, Register(aor="sip:bob@example.test", remote=order.remote, credentials=wrong))
    network.run(40)
    assert network.take(PHONE, RegistrationChanged).status == 401
    network.order(PHONE, alice())
    network.inject(PHONE, TransportFailed(remote=order.remote))
    assert network.take(PHONE, RegistrationChanged).status == 503


def test_registering_somebody_else_is_403() -> None:
    network = Network(pbx_settings(), open_settings(PHONE))
    order = alice()
    network.order(PHONE, Register(aor="sip:bob@example.test", remote=order.remote, credentials=ALICE))
    network.run(1)
    assert network.take(PHONE, RegistrationChanged).status == 403
    assert not network.events[PBX]


def test_too_brief_is_asked_again_with_min_expires() -> None:
    network = Network(pbx_settings(), open_settings(Address("10.0.0.2", 5060)))
    network.order(PHONE, alice(expires_s=30))
    network.run(1)
    assert network.sent(PBX, "423")[0].headers.get("Min-Expires") == "60"
    assert network.take(PHONE, RegistrationChanged).status == 200


def registered() -> Network:
    network = Network(pbx_settings(), open_settings(PHONE))
    network.order(PHONE, alice())
    network.run(0.2)
    assert network.take(PBX, RegistrationChanged).n_contacts == 1
    return network


def other_password(realm: str, username: str, algorithm: str) -> str | None:
    return ha1(username, realm, Secret("another one"), algorithm)


@pytest.mark.parametrize(
    "change",
    [
        {"lookup_ha1": nobody},
        {"lookup_ha1": other_password},
        {"domains": {"renamed.test": "acme"}},
        {"domains": {}, "lookup_ha1": nobody},
    ],
    ids=["extension removed", "secret renewed", "domain renamed", "tenant removed"],
)
def test_who_is_no_longer_known_is_no_longer_reached(change: dict[str, Any]) -> None:
    network = registered()
    (gone,) = network.endpoints[PBX].swap(replace(pbx_settings(), **change))
    assert gone == RegistrationChanged(aor="sip:alice@example.test", n_contacts=0)
    assert network.endpoints[PBX].swap(pbx_settings()) == []
    assert found(network) == ()


def test_who_is_still_known_stays_registered() -> None:
    network = registered()
    more = replace(pbx_settings(), domains={**pbx_settings().domains, "third.test": "third"})
    assert network.endpoints[PBX].swap(more) == []
    assert len(found(network)) == 1


def test_a_user_who_left_cannot_register_again() -> None:
    network = registered()
    network.endpoints[PBX].swap(replace(pbx_settings(), lookup_ha1=nobody))
    network.order(PHONE, alice())
    network.run(0.2)
    network.events[PHONE].pop(0)  # of the first registration
    assert network.take(PHONE, RegistrationChanged).status == 401


def test_an_endpoint_does_not_move() -> None:
    with pytest.raises(MisuseError):
        registered().endpoints[PBX].swap(replace(pbx_settings(), listen=PHONE))
