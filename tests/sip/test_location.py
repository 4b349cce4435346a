"""Bindings in memory."""

from pbx.core.address import Remote
from pbx.sip.events import Contact
from pbx.sip.location import Binding, LocationService

AOR = ("acme", "alice")
SOURCE = Remote("udp", "203.0.113.5", 40000)


def binding(uri: str, expires_at: float) -> Binding:
    return Binding(uri=uri, remote=SOURCE, call_id="c", cseq=1, expires_at=expires_at)


def test_bindings_expire_one_by_one_and_a_refresh_moves_the_deadline() -> None:
    location = LocationService()
    location.bind(AOR, binding("sip:a@x", 10.0))
    location.bind(AOR, binding("sip:b@x", 20.0))
    location.bind(AOR, binding("sip:a@x", 30.0))
    assert location.deadline == 20.0
    assert location.expire(10.0) == []
    assert location.expire(20.0) == [AOR]
    assert location.contacts(AOR) == (Contact(uri="sip:a@x", remote=SOURCE),)
    location.unbind(AOR, "sip:a@x")
    assert location.bindings(AOR) == ()
    assert location.expire(1e9) == []


def test_tenants_do_not_see_each_other() -> None:
    location = LocationService()
    location.bind(AOR, binding("sip:a@x", 10.0))
    assert location.contacts(("umbrella", "alice")) == ()


def test_one_aor_is_forgotten_and_the_others_stay() -> None:
    location = LocationService()
    other = ("umbrella", "bob")
    location.bind(AOR, binding("sip:a@x", 10.0))
    location.bind(AOR, binding("sip:b@x", 11.0))
    location.bind(other, binding("sip:c@x", 12.0))
    assert set(location.aors) == {AOR, other}
    location.forget(AOR)
    assert set(location.aors) == {other}
    assert location.deadline == 12.0


def test_a_datagram_peer_has_no_connection_to_lose() -> None:
    location = LocationService()
    location.bind(AOR, binding("sip:a@x", 10.0))
    assert location.drop_connection(SOURCE) == []
    assert len(location.bindings(AOR)) == 1


def test_how_many_bindings_each_tenant_has() -> None:
    location = LocationService()
    location.bind(AOR, binding("sip:a@x", 10.0))
    location.bind(AOR, binding("sip:b@x", 20.0))
    location.bind(("umbrella", "bob"), binding("sip:c@x", 20.0))
    assert location.n_bindings == {"acme": 2, "umbrella": 1}
    location.expire(10.0)
    assert location.n_bindings == {"acme": 1, "umbrella": 1}
    location.forget(("umbrella", "bob"))
    assert location.n_bindings == {"acme": 1}
