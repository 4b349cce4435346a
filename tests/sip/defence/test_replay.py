"""Stolen and bent credentials: what was right once is right for nothing else (S-06, RFC 7616 §5)."""

from itertools import count

import pytest

from pbx.core.address import Remote
from pbx.sip.digest import answer_challenge
from pbx.sip.events import PacketReceived, SendPacket
from pbx.sip.message import Response, parse_message
from tests.sip.conftest import ALICE, PBX, Network, pbx_settings

HOME = Remote("udp", "10.0.0.2", 5060)
URI = "sip:example.test"
SERIAL = count(1)


def send(
    network: Network, *lines: str, method: str = "REGISTER", uri: str = URI, source: Remote = HOME
) -> Response:
    """Return the last answer to a request with these header lines."""
    serial = next(SERIAL)
    octets = "\r\n".join(
        [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {source.host};rport;branch=z9hG4bKr{serial}",
            "From: <sip:alice@example.test>;tag=f",
            "To: <sip:alice@example.test>",
            f"Call-ID: r{serial}",
            f"CSeq: 1 {method}",
            "Max-Forwards: 70",
            "Contact: <sip:alice@10.0.0.2>",
            *lines,
            "Content-Length: 0\r\n\r\n",
        ]
    ).encode()
    outputs = network.inject(PBX, PacketReceived(octets=octets, remote=source))
    answer = parse_message([one.octets for one in outputs if isinstance(one, SendPacket)][-1])
    assert isinstance(answer, Response)
    return answer


def credentials(network: Network, nc: int = 1, challenges: list[str] | None = None) -> str:
    """Return a right Authorization line for a REGISTER from home."""
    offered = challenges or send(network).headers.get_all("WWW-Authenticate")
    return f"Authorization: {answer_challenge(offered, 'REGISTER', URI, ALICE, cnonce='c', nc=nc)}"


@pytest.fixture
def home() -> Network:
    return Network(pbx_settings())


def is_stale(answer: Response) -> bool:
    return answer.status == 401 and "stale=true" in (answer.headers.get("WWW-Authenticate") or "")


@pytest.mark.requirement("S-06")
def test_a_replay_is_stale(home: Network) -> None:
    line = credentials(home)
    assert send(home, line).status == 200
    assert is_stale(send(home, line))


@pytest.mark.requirement("S-06")
def test_a_count_that_goes_back_is_stale(home: Network) -> None:
    challenges = send(home).headers.get_all("WWW-Authenticate")
    assert send(home, credentials(home, 7, challenges)).status == 200
    assert is_stale(send(home, credentials(home, 6, challenges)))
    assert send(home, credentials(home, 8, challenges)).status == 200


@pytest.mark.requirement("S-06")
def test_another_method_or_uri_is_not_what_was_signed(home: Network) -> None:
    line = credentials(home)
    assert send(home, line, method="SUBSCRIBE").status == 401
    assert send(home, line, uri="sip:elsewhere.test").status == 400
    assert send(home, line.replace('uri="sip:example.test"', 'uri="sip:x"'), uri="sip:x").status == 401


@pytest.mark.requirement("S-06")
def test_a_nonce_is_no_good_at_another_source(home: Network) -> None:
    line = credentials(home)
    assert send(home, line, source=Remote("udp", "198.51.100.66", 5060)).status == 401
    assert send(home, line).status == 200


@pytest.mark.requirement("S-06")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (", qop=auth", ""),
        ("qop=auth", "qop=auth-int"),
        ("algorithm=SHA-256", "algorithm=MD5"),
        ("algorithm=SHA-256", "algorithm=SHA-256-sess"),
        ('realm="example.test"', 'realm="other.test"'),
        ('username="alice"', 'username="bob"'),
        ("nc=00000001", "nc=00000002"),
        ("nc=00000001", "nc=1"),
    ],
)
def test_bent_credentials_prove_nothing(home: Network, old: str, new: str) -> None:
    line = credentials(home)
    assert old in line
    assert send(home, line.replace(old, new)).status == 401
    assert not home.events[PBX]


@pytest.mark.requirement("S-08")
@pytest.mark.parametrize(
    "method", ["MESSAGE", "NOTIFY", "INFO", "UPDATE", "PRACK", "REFER", "BYE", "NEWTHING"]
)
def test_no_method_is_served_without_a_dialog_or_a_password(home: Network, method: str) -> None:
    assert send(home, method=method).status in (401, 403, 405, 481, 489)
    assert home.endpoints[PBX].n_transactions == 0
    assert not home.events[PBX]


@pytest.mark.requirement("S-11")
def test_nobody_calls_without_a_password(home: Network) -> None:
    for uri in ("sip:900442012345678@example.test", "sip:999@example.test", "sip:1001@example.test"):
        assert send(home, method="INVITE", uri=uri).status == 401
    assert not home.events[PBX]
