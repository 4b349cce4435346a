"""Whose call a request is: by address, port, header, Request-URI, certificate, line."""

import pytest

from pbx.core.address import Remote
from pbx.sip.message import Headers, Request
from pbx.sip.trunk.identification import Identification
from pbx.sip.trunk.peer import TrunkPeer
from pbx.sip.uri import parse_uri

SOURCE = Remote("udp", "192.0.2.9", 5070)
NET = ("192.0.2.0/24",)


def peer(name: str, **more: object) -> TrunkPeer:
    return TrunkPeer(name=name, tenant="acme", **more)  # type: ignore[arg-type]


def names(
    *peers: TrunkPeer,
    uri: str = "sip:200@acme.example",
    source: Remote = SOURCE,
    header: tuple[str, str] = ("X-Carrier", "blue"),
    certified: tuple[str, ...] = (),
) -> list[str]:
    headers = Headers()
    headers.add(*header)
    request = Request("INVITE", uri, headers)
    found = Identification(peers).candidates(request, parse_uri(uri), source, certified)
    return [one.name for one in found]


@pytest.mark.requirement("SIP-22")
@pytest.mark.parametrize(
    ("conditions", "uri", "found"),
    [
        ({"networks": NET}, "sip:200@acme.example", True),
        ({"networks": ("198.51.100.0/24",)}, "sip:200@acme.example", False),
        ({"networks": ("2001:db8::/32",)}, "sip:200@acme.example", False),
        ({"networks": NET, "port": 5070}, "sip:200@acme.example", True),
        ({"networks": NET, "port": 5060}, "sip:200@acme.example", False),
        ({"header": ("x-carrier", "blue")}, "sip:200@acme.example", True),
        ({"header": ("X-Carrier", "Blue")}, "sip:200@acme.example", False),
        ({"header": ("X-Other", "blue")}, "sip:200@acme.example", False),
        ({"domain": "acme.example"}, "sip:200@ACME.example", True),
        ({"domain": "acme.example"}, "sip:200@other.example", False),
        ({"number": "200"}, "sip:200@acme.example", True),
        ({"number": "200"}, "sip:2000@acme.example", False),
        ({"line": "t0ken"}, "sip:acct@10.0.0.1;line=t0ken", True),
        ({"line": "t0ken"}, "sip:t0ken@10.0.0.1", True),
        ({"line": "t0ken"}, "sip:acct@10.0.0.1;line=other", False),
        ({"line": "t0ken"}, "sip:acct@10.0.0.1", False),
        ({"certificate": "sbc.example"}, "sip:200@acme.example", False),
        ({}, "sip:200@acme.example", False),  # a trunk for calls out takes none in
    ],
)
def test_every_condition_has_to_hold(conditions: dict[str, object], uri: str, found: bool) -> None:
    assert names(peer("carrier", **conditions), uri=uri) == (["carrier"] if found else [])


def test_a_certificate_proves_a_name() -> None:
    assert names(peer("c", certificate="SBC.example"), certified=("x.example", "sbc.example")) == ["c"]


def test_the_trunk_with_more_conditions_is_meant() -> None:
    broad, narrow = peer("broad", networks=NET), peer("narrow", networks=NET, domain="acme.example")
    assert names(broad, narrow) == ["narrow"]
    assert names(narrow, broad, uri="sip:200@other.example") == ["broad"]


def test_a_proof_goes_before_addresses() -> None:
    line, broad = peer("line", line="t0ken"), peer("broad", networks=NET, domain="10.0.0.1")
    assert names(line, broad, uri="sip:acct@10.0.0.1;line=t0ken") == ["line"]
    assert names(line, broad, uri="sip:acct@10.0.0.1") == ["broad"]


def test_what_fits_two_trunks_alike_fits_none() -> None:
    assert names(peer("a", networks=NET), peer("b", networks=NET)) == []
    assert names(peer("a", networks=NET), peer("b", networks=NET, user="b")) == []


def test_digest_users_of_one_address_are_told_apart_later() -> None:
    assert names(peer("a", networks=NET, user="a"), peer("b", networks=NET, user="b")) == ["a", "b"]
    assert names(peer("a", user="a"), source=Remote("udp", "203.0.113.1", 9)) == ["a"]


def test_a_source_that_is_no_address_is_nobodys() -> None:
    assert names(peer("a", networks=NET), source=Remote("udp", "carrier.example", 5060)) == []
