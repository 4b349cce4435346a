"""Addresses as people read them."""

import pytest

from pbx.core.address import Address


@pytest.mark.parametrize(
    ("address", "text"),
    [(Address("127.0.0.2", 5070), "127.0.0.2:5070"), (Address("::1", 5060), "[::1]:5060")],
)
def test_address_as_text(address: Address, text: str) -> None:
    assert str(address) == text
