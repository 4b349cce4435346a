"""The card of whom to complain to is signed, and says how."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from pbx.sip.stir import jws
from pbx.sip.stir.card import signed_card
from tests.sip.stir.conftest import AT, X5U

KEY = generate_private_key(SECP256R1())


@pytest.mark.requirement("FRD-03")
@pytest.mark.rfc("8688", "3.2")
def test_a_signed_card() -> None:
    contact = {
        "fn": "Acme",
        "tel": "+441632960100",
        "email": "spam@acme.example",
        "url": "https://acme.example",
    }
    header, payload, signature = signed_card(KEY, X5U, contact, AT).split(".")
    assert jws.is_signed(f"{header}.{payload}".encode(), jws.decode(signature), KEY.public_key())
    assert jws.read_object(jws.decode(header)) == {"alg": "ES256", "typ": "vcard+json", "x5u": X5U}
    assert jws.read_object(jws.decode(payload)) == {
        "iat": int(AT.timestamp()),
        "jcard": [
            "vcard",
            [
                ["version", {}, "text", "4.0"],
                ["fn", {}, "text", "Acme"],
                ["tel", {"type": "voice"}, "uri", "tel:+441632960100"],
                ["email", {}, "text", "spam@acme.example"],
                ["url", {}, "uri", "https://acme.example"],
            ],
        ],
    }
