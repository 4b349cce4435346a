"""Addresses as people read them."""

import pytest

from pbx.core.address import Address, Remote, literal


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
