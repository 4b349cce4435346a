"""What a stranger hears from the endpoint, by UDP: nothing, or no more than he sent."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.core.address import Remote
from pbx.sip.defence.buckets import Rate
from pbx.sip.defence.settings import DefenceSettings
from pbx.sip.digest import parse_challenge
from pbx.sip.events import PacketReceived, SendPacket
from pbx.sip.message import parse_message
from pbx.sip.settings import TrunkPeer
from tests.sip.conftest import PASSWORD, PBX, Network, pbx_settings
from tests.sip.defence.test_guessing import Guesser

EVE = Remote("udp", "198.51.100.66", 5060)
CAREFUL = DefenceSettings(sweep=Rate(per_s=0.2, burst=30), strangers="silence", fits=True)
METHODS = (
    "INVITE",
    "OPTIONS",
    "REGISTER",
    "SUBSCRIBE",
    "MESSAGE",
    "BYE",
    "CANCEL",
    "NOTIFY",
    "PUBLISH",
    "FOO",
)
SIPVICIOUS = "1.1.1.1"


def network(defence: DefenceSettings = CAREFUL) -> Network:
    return Network(replace(pbx_settings(), defence=defence))


def request(method: str, host: str, *lines: str, tag: str = "", claimed: str = SIPVICIOUS) -> bytes:
    return "\r\n".join(
        [
            f"{method} sip:100@{host} SIP/2.0",
            f"Via: SIP/2.0/UDP {EVE.host}:5060;branch=z9hG4bK-{method};rport",
            f'From: "x"<sip:100@{claimed}>;tag=36',
            f'To: "x"<sip:100@{claimed}>{tag}',
            "Call-ID: 42",
            f"CSeq: 1 {method}",
            "Max-Forwards: 70",
            *lines,
            "Content-Length: 0\r\n\r\n",
        ]
    ).encode()


def answers(network: Network, octets: bytes, source: Remote = EVE) -> list[bytes]:
    outputs = network.inject(PBX, PacketReceived(octets=octets, remote=source))
    return [one.octets for one in outputs if isinstance(one, SendPacket)]


@pytest.mark.requirement("S-01")
@pytest.mark.parametrize("method", [one for one in METHODS if one != "REGISTER"])
def test_a_carrier_told_by_its_user_alone_opens_the_door_to_invites_only(method: str) -> None:
    peer = TrunkPeer(name="blue", tenant="acme", user="alice")
    open_door = Network(replace(pbx_settings(), defence=CAREFUL, trunks=(peer,)))
    long = request(method, "203.0.113.1", "User-Agent: " + "x" * 200)
    heard = answers(open_door, long)
    assert bool(heard) == (method == "INVITE")
    assert not heard or heard[0].startswith(b"SIP/2.0 401 ")


@pytest.mark.requirement("S-01")
@pytest.mark.requirement("S-08")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("tag", ["", ";tag=guessed"])
def test_a_scanner_hears_nothing(method: str, tag: str) -> None:
    claimed = "elsewhere.example" if method == "REGISTER" else SIPVICIOUS
    for host in ("elsewhere.example", *([PBX.host] if method != "REGISTER" else [])):
        assert answers(network(), request(method, host, tag=tag, claimed=claimed)) == []


def test_a_telephone_may_know_us_by_our_address_only() -> None:
    octets = request("REGISTER", PBX.host, "User-Agent: " + "p" * 400, claimed=PBX.host)
    [answer] = answers(network(), octets)
    assert int(answer.split()[1]) == 401


@pytest.mark.requirement("S-01")
def test_nor_when_what_it_sends_is_malformed() -> None:
    scan = network()
    assert answers(scan, request("OPTIONS", PBX.host).replace(b"CSeq: 1", b"CSeq: 99999999999999")) == []
    assert answers(scan, request("OPTIONS", PBX.host, "X")) == []
    assert answers(scan, request("OPTIONS", "[:::]")) == []
    assert scan.endpoints[PBX].stopped == {"stranger": 3}


@pytest.mark.requirement("S-08")
@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("INVITE", 401),
        ("REGISTER", 401),
        ("SUBSCRIBE", 401),
        ("OPTIONS", 200),
        ("MESSAGE", 405),
        ("FOO", 405),
    ],
)
def test_who_names_our_domain_is_answered(method: str, status: int) -> None:
    padding = "User-Agent: " + "p" * 400
    octets = request(method, "example.test", padding, claimed="example.test")
    [answer] = answers(network(), octets)
    assert int(answer.split()[1]) == status
    assert len(answer) <= len(octets)


@pytest.mark.requirement("S-01")
def test_by_setting_strangers_are_challenged() -> None:
    open_door = network(replace(CAREFUL, strangers="challenge", fits=False))
    assert [int(one.split()[1]) for one in answers(open_door, request("INVITE", PBX.host))] == [401]


@pytest.mark.requirement("S-16")
@settings(max_examples=150)
@given(
    st.sampled_from(METHODS),
    st.sampled_from(["example.test", "elsewhere.example"]),
    st.integers(0, 800),
    st.booleans(),
)
def test_no_answer_is_larger_than_its_request(method: str, host: str, padding: int, breaks: bool) -> None:
    octets = request(method, host, "User-Agent: " + "p" * padding, claimed="example.test")
    if breaks:
        octets = octets.replace(b"Max-Forwards: 70", b"Max-Forwards: 999")
    for answer in answers(network(), octets):
        assert len(answer) <= len(octets)


@pytest.mark.requirement("S-16")
def test_a_telephone_of_few_words_can_register_and_then_hears_all() -> None:
    lines = ("Expires: 3600", "User-Agent: phone", "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS")
    octets = request(
        "REGISTER", "example.test", *lines, "Contact: <sip:100@198.51.100.66:5060>", claimed="example.test"
    )
    [answer] = answers(network(), octets)
    assert b"WWW-Authenticate" in answer
    assert len(answer) <= len(octets)


def short_register(*lines: str, contact: str = "192.168.1.20:5060") -> bytes:
    """The REGISTER of a softphone without name, User-Agent, Allow and Supported."""
    return "\r\n".join(
        [
            "REGISTER sip:example.test SIP/2.0",
            f"Via: SIP/2.0/UDP {contact};branch=z9hG4bK74bf9;rport",
            "Max-Forwards: 70",
            "From: <sip:100@example.test>;tag=9fxced76sl",
            "To: <sip:100@example.test>",
            "Call-ID: 9j9fpLxk3uxtm8tn",
            "CSeq: 1 REGISTER",
            f"Contact: <sip:100@{contact}>",
            *lines,
            "Content-Length: 0\r\n\r\n",
        ]
    ).encode()


@pytest.mark.requirement("S-16")
@pytest.mark.parametrize("host", ["198.51.100.6", "198.151.100.166"])
def test_the_smallest_telephone_is_challenged(host: str) -> None:
    far = Remote("udp", host, 65535)
    octets = short_register("Expires: 3600")
    [answer] = answers(network(), octets, far)
    assert len(octets) < 310
    assert len(answer) <= len(octets)
    assert parse_message(answer).headers.get_all("WWW-Authenticate")


@pytest.mark.requirement("S-16")
def test_at_the_limit_it_is_an_answer_and_one_octet_below_it_silence() -> None:
    [answer] = answers(network(), short_register("Expires: 3600"))
    least = len(answer) - len(short_register("U: "))
    for spare, n_answers in ((0, 1), (-1, 0)):
        octets = short_register("U: " + "x" * (least + spare))
        assert len(octets) == len(answer) + spare
        assert len(answers(network(), octets)) == n_answers


@pytest.mark.requirement("S-16")
def test_a_little_more_brings_the_better_algorithm() -> None:
    octets = short_register("Expires: 3600", "User-Agent: " + "x" * 100)
    [answer] = answers(network(), octets)
    values = parse_message(answer).headers.get_all("WWW-Authenticate")
    assert [parse_challenge(value).algorithm for value in values] == ["SHA-256", "MD5"]


@pytest.mark.requirement("S-02")
def test_a_sweep_over_users_hears_thirty_challenges() -> None:
    swept = network(replace(CAREFUL, fits=False))
    octets = [
        request("REGISTER", "example.test", claimed="example.test").replace(b"100@", b"%d@" % n)
        for n in range(200)
    ]
    assert sum(len(answers(swept, one)) for one in octets) == 30
    assert swept.endpoints[PBX].stopped == {"sweep": 170}


def test_a_proven_source_is_no_stranger() -> None:
    home = network(replace(CAREFUL, fits=False))
    assert Guesser(home, EVE).guess("alice", PASSWORD).status == 200
    assert len(answers(home, request("OPTIONS", PBX.host))) == 1
