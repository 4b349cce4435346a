"""Via, name-addr and CSeq values."""

import pytest

from pbx.core.errors import MisuseError, ParseError
from pbx.sip.headers import MAX_CSEQ, CSeq, NameAddr, Via, parse_cseq, parse_name_addr, parse_via


@pytest.mark.rfc("3261", "20.42")
def test_via_of_the_rfc() -> None:
    via = parse_via(
        "SIP / 2.0 / UDP first.example.com: 4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1"
    )
    assert (via.transport, via.host, via.port) == ("UDP", "first.example.com", 4000)
    assert via.branch == "z9hG4bKa7c6a8dlze.1"
    assert via.rport is None
    assert str(via) == (
        "SIP/2.0/UDP first.example.com:4000;ttl=16;maddr=224.2.0.1;branch=z9hG4bKa7c6a8dlze.1"
    )


@pytest.mark.rfc("3581", "4")
def test_via_filled_in_by_the_server() -> None:
    via = parse_via("sip/2.0/tcp 10.0.0.1;rport;branch=z9hG4bK1")
    assert via.transport == "TCP"
    assert via.port is None
    assert via.rport == ""
    filled = via.with_param("rport", "4711").with_param("received", "192.0.2.1")
    assert str(filled) == "SIP/2.0/TCP 10.0.0.1;rport=4711;branch=z9hG4bK1;received=192.0.2.1"
    assert (filled.rport, filled.received) == ("4711", "192.0.2.1")


@pytest.mark.rfc("5118", "4.5")
def test_via_with_ipv6() -> None:
    via = parse_via("SIP/2.0/UDP [2001:db8::9:1]:6060;received=[2001:db8::9:255];branch=z9hG4bKas3-111")
    assert (via.host, via.port, via.received) == ("2001:db8::9:1", 6060, "2001:db8::9:255")
    assert str(via).startswith("SIP/2.0/UDP [2001:db8::9:1]:6060;")
    assert parse_via("SIP/2.0/UDP h;received=2001:db8::1").received == "2001:db8::1"


@pytest.mark.rfc("4475", "3.1.2.1")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "SIP/2.0/UDP",
        "SIP/3.0/UDP host",
        "SIP/2.0/UDP 192.0.2.15;;,;,,",
        "SIP/2.0/UDP host:0",
        "SIP/2.0/UDP host:99999",
        "SIP/2.0/UDP host:x",
        "SIP/2.0/UDP ho st",
        "SIP/2.0/UDP [::1",
        "SIP/2.0/UDP host;branch=a;branch=b",
    ],
)
def test_malformed_via(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_via(text)
    assert caught.value.status == 400


@pytest.mark.rfc("3261", "20.10")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '"Mr. Watson" <sip:watson@example.com>;q=0.7; expires=3600',
            NameAddr("Mr. Watson", "sip:watson@example.com", (("q", "0.7"), ("expires", "3600"))),
        ),
        ("sip:a@example.com;tag=1", NameAddr("", "sip:a@example.com", (("tag", "1"),))),
        ("<sip:a@example.com;lr>", NameAddr("", "sip:a@example.com;lr")),
        (
            "Anonymous <sip:c8o@a.invalid> ; tag = h",
            NameAddr("Anonymous", "sip:c8o@a.invalid", (("tag", "h"),)),
        ),
        ('"J \\\\\\"" <sip:j@h>', NameAddr('J \\"', "sip:j@h")),
        ("Ünal B. <sip:u@h>", NameAddr("Ünal B.", "sip:u@h")),
        ("tel:+442079460000", NameAddr("", "tel:+442079460000")),
        ("sip:[2001:db8::1]:5070;tag=x", NameAddr("", "sip:[2001:db8::1]:5070", (("tag", "x"),))),
        ('"<sip:x@h>" <sip:y@h>', NameAddr("<sip:x@h>", "sip:y@h")),
    ],
)
def test_name_addr(text: str, expected: NameAddr) -> None:
    address = parse_name_addr(text)
    assert address == expected
    assert parse_name_addr(str(address)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "<>",
        "bob",
        '"Bob <sip:a@h>',
        "<sip:a@h",
        "sip:a@h>",
        "sip:a@h?x=y",
        "<sip:a@h> trailing",
        "sip:a <sip:b@h>",
        "<sip:a b@h>",
        "<sip:ü@h>",
        "<sip:a@h>;tag=1;tag=2",
        "a, b <sip:c@h>",
    ],
)
def test_malformed_name_addr(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_name_addr(text)
    assert caught.value.status == 400


def test_name_addr_parameters() -> None:
    address = parse_name_addr('<sip:a@h>;TAG=x;note="a b"')
    assert address.tag == "x"
    assert address.param("Note") == "a b"
    assert address.param("none") is None
    assert str(NameAddr("", "sip:a@h").with_param("tag", "y")) == "<sip:a@h>;tag=y"


def test_a_display_name_cannot_break_out_of_its_quotes() -> None:
    evil = 'x" <sip:evil@h>, "y\\'
    assert parse_name_addr(str(NameAddr(evil, "sip:a@h"))) == NameAddr(evil, "sip:a@h")


@pytest.mark.parametrize("uri", ["sip:a@h>;tag=1", "sip:a@h\r\nX: y", "sip:a b@h", 'sip:"@h'])
def test_an_unescaped_uri_is_our_bug(uri: str) -> None:
    with pytest.raises(MisuseError):
        str(NameAddr("", uri))


@pytest.mark.rfc("3261", "8.1.1.5")
def test_cseq_limits() -> None:
    assert parse_cseq(f"{MAX_CSEQ} INVITE") == CSeq(2**31 - 1, "INVITE")
    assert parse_cseq("0009\t \tACK") == CSeq(9, "ACK")
    assert str(CSeq(9, "ACK")) == "9 ACK"


@pytest.mark.parametrize("text", ["", "1", f"{2**31} A", "-1 A", "1 A B", "A 1", "1 A@", "١ A", "1\u2003A"])
def test_malformed_cseq(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_cseq(text)
    assert caught.value.status == 400


def test_via_is_a_value() -> None:
    assert Via("UDP", "h") == parse_via("SIP/2.0/UDP h")
    assert hash(Via("UDP", "h")) == hash(parse_via("SIP/2.0/UDP h"))
