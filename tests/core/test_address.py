"""Addresses as people read them."""

import pytest

from pbx.core.address import Address, Remote, is_public, literal


@pytest.mark.parametrize(
    ("address", "text"),
    [(Address("127.0.0.2", 5070), "127.0.0.2:5070"), (Address("::1", 5060), "[::1]:5060")],
)
def test_address_as_text(address: Address, text: str) -> None:
    assert str(address) == text


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_a_literal_is_an_address(host: str) -> None:
    assert str(literal(host)) == host


@pytest.mark.parametrize("host", ["", "example.test", "192.0.2", "[::1]"])
def test_a_name_is_none(host: str) -> None:
    assert literal(host) is None


def test_tls_and_wss_are_encrypted() -> None:
    assert Remote("tls", "192.0.2.1", 5061).is_encrypted and Remote("wss", "192.0.2.1", 443).is_encrypted
    assert not any(Remote(one, "192.0.2.1", 5060).is_encrypted for one in ("udp", "tcp", "ws"))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.1.1", False),
        ("172.16.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.1.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("ff02::1", False),
        ("not an address", False),
    ],
)
def test_public_addresses(address: str, expected: bool) -> None:
    assert is_public(address) is expected
