"""Requests outside a dialog: who may come in, and what the others hear."""

from dataclasses import replace

import pytest

from pbx.core.address import Remote
from pbx.core.errors import ConfigError
from pbx.sip.capabilities import ALLOW
from pbx.sip.digest import answer_challenge, parse_challenge
from pbx.sip.effects import Register
from pbx.sip.events import (
    CallOffered,
    DeviceOrigin,
    LegRejected,
    PacketReceived,
    RegistrationChanged,
    SendPacket,
    TrunkOrigin,
)
from pbx.sip.message import Response, parse_message
from pbx.sip.settings import EndpointSettings, TrunkPeer
from tests.sip.conftest import (
    ALICE,
    CARRIER,
    PBX,
    PHONE,
    Network,
    endpoint,
    open_settings,
    pbx_settings,
    place,
)

STRANGER = Remote("udp", "198.51.100.66", 4321)


def ask(
    network: Network,
    method: str = "INVITE",
    *lines: str,
    uri: str = "sip:200@example.test",
    branch: str = "z9hG4bKa",
    source: Remote = STRANGER,
    user: str = "alice",
    hops: int = 70,
    body: bytes = b"",
) -> list[Response]:
    """Send a request by hand; return the responses."""
    text = "\r\n".join(
        [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP 10.1.1.1:5060;rport;branch={branch}",
            f"From: <sip:{user}@example.test>;tag=f",
            f"To: <sip:{user}@example.test>",
            "Call-ID: by-hand",
            f"CSeq: 1 {method}",
            f"Max-Forwards: {hops}",
            "Contact: <sip:alice@10.1.1.1:5060>",
            *lines,
            f"Content-Length: {len(body)}",
            "\r\n",
        ]
    )
    outputs = network.inject(PBX, PacketReceived(octets=text.encode() + body, remote=source))
    messages = [parse_message(one.octets) for one in outputs if isinstance(one, SendPacket)]
    assert all(one.remote == source for one in outputs if isinstance(one, SendPacket))
    return [message for message in messages if isinstance(message, Response)]


def engine() -> Network:
    return Network(pbx_settings())


TRUNK = Remote("udp", CARRIER.host, CARRIER.port)


@pytest.mark.rfc("3581", "4")
def test_a_stranger_is_challenged_without_memory() -> None:
    network = engine()
    first, second = ask(network)[0], ask(network)[0]
    assert first.status == 401
    assert len(first.headers.get_all("WWW-Authenticate")) == 2
    assert 'realm="example.test"' in (first.headers.get("WWW-Authenticate") or "")
    assert (first.top_via.received, first.top_via.rport) == ("198.51.100.66", "4321")
    assert first.to.tag == second.to.tag
    assert network.endpoints[PBX].n_transactions == 0
    assert not network.events[PBX]


@pytest.mark.rfc("8760", "2.3")
@pytest.mark.parametrize(
    ("algorithms", "answered_with", "status"),
    [
        (("MD5",), "MD5", 200),
        (("MD5",), "SHA-256", 401),
        (("SHA-256",), "MD5", 401),
        (("SHA-256", "MD5"), "MD5", 200),
    ],
)
def test_a_realm_asks_for_its_own_algorithms_and_takes_no_others(
    algorithms: tuple[str, ...], answered_with: str, status: int
) -> None:
    network = Network(replace(pbx_settings(), algorithms={"example.test": algorithms}))
    challenged = ask(network, "REGISTER", uri="sip:example.test")[0]
    offered = challenged.headers.get_all("WWW-Authenticate")
    assert [parse_challenge(value).algorithm for value in offered] == list(algorithms)

    asked = offered[0].replace(f"algorithm={algorithms[0]}", f"algorithm={answered_with}")
    proof = answer_challenge([asked], "REGISTER", "sip:example.test", ALICE, cnonce="c")
    answered = ask(network, "REGISTER", f"Authorization: {proof}", uri="sip:example.test", branch="z9hG4bKb")[
        0
    ]
    assert answered.status == status


def test_an_unknown_user_hears_the_same() -> None:
    known, unknown = ask(engine(), user="alice")[0], ask(engine(), user="mallory")[0]
    assert known.status == unknown.status == 401
    text = bytes(known).replace(b"alice", b"mallory")
    assert len(text) == len(bytes(unknown))
    assert [name for name, _ in known.headers] == [name for name, _ in unknown.headers]


@pytest.mark.rfc("3261", "9.2")
@pytest.mark.rfc("3261", "8.2.7")
@pytest.mark.rfc("3261", "8.2.1")
@pytest.mark.rfc("3261", "8.2.3")
@pytest.mark.rfc("3261", "18.2.2")
@pytest.mark.parametrize(
    ("method", "more", "status"),
    [
        ("OPTIONS", {}, 200),
        ("SUBSCRIBE", {}, 401),
        ("MESSAGE", {}, 405),
        ("INFO", {}, 405),
        ("BYE", {}, 405),
        ("CANCEL", {}, 481),
        ("INVITE", {"hops": 0}, 483),
        ("INVITE", {"uri": "sips:200@example.test"}, 416),
        ("INVITE", {"uri": "http://example.test"}, 416),
        ("INVITE", {"body": b"hello"}, 415),
        ("REGISTER", {"uri": "sip:example.test"}, 401),
    ],
)
def test_what_is_not_a_call_is_answered_at_the_door(
    method: str, more: dict[str, str | int | bytes], status: int
) -> None:
    network = engine()
    fields = {"uri": "sip:200@example.test", "hops": 70, "body": b"", **more}
    responses = ask(
        network,
        method,
        *(["Content-Type: text/plain"] if fields["body"] else []),
        uri=str(fields["uri"]),
        hops=int(fields["hops"]),
        body=bytes(str(fields["body"]), "ascii") if fields["body"] else b"",
    )
    assert [one.status for one in responses] == [status]
    assert network.endpoints[PBX].n_transactions == 0


def test_options_says_what_we_can_do() -> None:
    response = ask(engine(), "OPTIONS")[0]
    assert response.headers.get("Allow") == ALLOW
    assert "application/sdp" in (response.headers.get("Accept") or "")
    assert "Supported" in response.headers


@pytest.mark.rfc("3261", "8.2.2.3")
def test_a_required_extension_is_420() -> None:
    response = ask(engine(), "INVITE", "Require: 100rel, x-timer", source=TRUNK)[0]
    assert (response.status, response.headers.get("Unsupported")) == (420, "x-timer")


def test_a_trunk_is_known_by_its_address() -> None:
    network = engine()
    lines = ('P-Asserted-Identity: "A" <sip:+441632960001@x>', "Privacy: id")
    assert [one.status for one in ask(network, "INVITE", *lines, source=TRUNK)] == [100]
    offered = network.take(PBX, CallOffered)
    assert offered.origin == TrunkOrigin(trunk="carrier", tenant="acme")
    assert (offered.asserted_user, offered.private) == ("+441632960001", True)
    assert (offered.called, offered.called_domain) == ("200", "example.test")
    assert (offered.offer, offered.max_forwards, offered.source) == (None, 70, TRUNK)


@pytest.mark.rfc("3261", "8.2.2.2")
def test_a_copy_by_another_way_is_482_and_a_retransmission_gets_100_again() -> None:
    network = engine()
    ask(network, source=TRUNK)
    assert [one.status for one in ask(network, source=TRUNK)] == [100]
    assert [one.status for one in ask(network, source=TRUNK, branch="z9hG4bKb")] == [482]
    network.take(PBX, CallOffered)
    assert not network.events[PBX]


def test_the_authenticated_user_must_be_the_caller() -> None:
    network = Network(pbx_settings(), open_settings(PHONE))
    network.order(PHONE, place(credentials=ALICE, from_uri="sip:bob@example.test"))
    network.run(0.2)
    assert network.flow()[-2:] == ["10.0.0.1: 403", "10.0.0.2: ACK"]
    assert not network.events[PBX]


def test_a_device_is_known_by_digest_and_cannot_assert_an_identity() -> None:
    network = Network(pbx_settings(), open_settings(PHONE))
    network.order(PHONE, place(credentials=ALICE, asserted_uri="sip:boss@example.test"))
    network.run(0.2)
    offered = network.take(PBX, CallOffered)
    assert offered.origin == DeviceOrigin(tenant="acme", extension="alice")
    assert offered.asserted_user == ""


def test_replayed_credentials_are_challenged_as_stale() -> None:
    network = Network(pbx_settings(), open_settings(PHONE))
    network.order(PHONE, place(credentials=ALICE))
    network.run(0.2)
    octets = bytes(network.sent(PHONE, "INVITE")[1]).replace(b"branch=z9hG4bK", b"branch=z9hG4bKz")
    octets = octets.replace(b"Call-ID: ", b"Call-ID: z")
    source = Remote("udp", PHONE.host, PHONE.port)
    (output,) = network.inject(PBX, PacketReceived(octets=octets, remote=source))
    assert isinstance(output, SendPacket)
    assert output.octets.startswith(b"SIP/2.0 401 ") and b"stale=true" in output.octets


def test_after_a_swap_another_address_is_the_trunk() -> None:
    network = engine()
    moved = TrunkPeer(name="carrier", tenant="acme", networks=("198.51.100.0/24",))
    outputs = network.endpoints[PBX].swap(replace(pbx_settings(), trunks=(moved,)))
    assert outputs == []
    assert [one.status for one in ask(network, source=TRUNK)] == [401]
    assert [one.status for one in ask(network, source=STRANGER, branch="z9hG4bKb")] == [100]


def test_nonces_stay_used_over_a_swap() -> None:
    network = Network(pbx_settings(), open_settings(PHONE))
    network.order(PHONE, place(credentials=ALICE))
    network.run(0.2)
    network.endpoints[PBX].swap(pbx_settings())
    octets = bytes(network.sent(PHONE, "INVITE")[1]).replace(b"branch=z9hG4bK", b"branch=z9hG4bKz")
    octets = octets.replace(b"Call-ID: ", b"Call-ID: z")
    (output,) = network.inject(
        PBX, PacketReceived(octets=octets, remote=Remote("udp", PHONE.host, PHONE.port))
    )
    assert isinstance(output, SendPacket)
    assert b"stale=true" in output.octets


def test_a_wrong_network_in_a_swap_changes_nothing() -> None:
    network = engine()
    wrong = TrunkPeer(name="x", tenant="t", networks=("192.0.2.0/33",))
    with pytest.raises(ConfigError):
        network.endpoints[PBX].swap(replace(pbx_settings(), trunks=(wrong,), domains={}))
    assert [one.status for one in ask(network, source=TRUNK)] == [100]


def test_a_trunk_network_that_is_none_is_a_config_error() -> None:
    peer = TrunkPeer(name="x", tenant="t", networks=("192.0.2.0/33",))
    with pytest.raises(ConfigError):
        endpoint(EndpointSettings(listen=PBX, trunks=(peer,)))


@pytest.mark.requirement("SIP-22")
def test_a_carrier_that_proves_itself_calls_under_any_name() -> None:
    peer = TrunkPeer(name="blue", tenant="acme", user="alice", trusted=True)
    network = Network(replace(pbx_settings(), trunks=(peer,)), open_settings(PHONE))
    network.order(PHONE, place(credentials=ALICE, from_uri="sip:+441632960999@blue.test"))
    network.run(0.2)
    offered = network.take(PBX, CallOffered)
    assert (offered.origin, offered.from_user) == (TrunkOrigin(trunk="blue", tenant="acme"), "+441632960999")


@pytest.mark.requirement("SIP-22")
def test_a_carrier_with_user_and_address_needs_both() -> None:
    peer = TrunkPeer(name="blue", tenant="acme", user="alice", networks=("192.0.2.0/24",))
    network = Network(replace(pbx_settings(), trunks=(peer,)), open_settings(PHONE))
    assert [one.status for one in ask(network, source=TRUNK)] == [401]
    network.order(PHONE, place(credentials=ALICE))
    network.run(0.2)
    assert network.take(PHONE, LegRejected).status == 403


def test_a_carrier_does_not_register_even_with_credentials() -> None:
    peer = TrunkPeer(name="blue", tenant="acme", user="alice")
    network = Network(replace(pbx_settings(), trunks=(peer,)), open_settings(PHONE))
    remote = Remote("udp", PBX.host, PBX.port)
    network.order(PHONE, Register(aor="sip:alice@example.test", remote=remote, credentials=ALICE))
    network.run(0.2)
    assert network.take(PHONE, RegistrationChanged).status == 403


@pytest.mark.rfc("3261", "22.3")
@pytest.mark.parametrize("user", ["", "blue"])
def test_a_telephone_behind_the_address_of_a_trunk_registers_in_its_own_realm(user: str) -> None:
    peer = TrunkPeer(name="blue", tenant="umbrella", networks=(f"{STRANGER.host}/32",), user=user)
    network = Network(replace(pbx_settings(), trunks=(peer,)))
    (response,) = ask(network, "REGISTER", uri="sip:example.test")
    assert 'realm="example.test"' in (response.headers.get("WWW-Authenticate") or "")
