"""Strict JWS: the example of RFC 8225 holds, and nothing that differs in one bit does."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from pbx.core.errors import ParseError
from pbx.sip.stir import jws

# RFC 8225 Appendix A.
HEADER = (
    "eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly9jZXJ0LmV4YW1wbGUub3JnL3Bhc3Nwb3J0LmNlciJ9"
)
PAYLOAD = (
    "eyJkZXN0Ijp7InVyaSI6WyJzaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdCI"
    "6IjE0NDMyMDgzNDUiLCJvcmlnIjp7InRuIjoiMTIxNTU1NTEyMTIifX0"
)
SIGNATURE = "rq3pjT1hoRwakEGjHCnWSwUnshd0-zJ6F1VOgFWSjHBr8Qjpjlk-cpFYpFYsojNCpTzO3QfPOlckGaS6hEck7w"
PUBLIC_KEY = b"""-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8HNbQd/TmvCKwPKHkMF9fScavGeH
78YTU8qLS8I5HLHSSmlATLcslQMhNC/OhlWBYC626nIlo7XeebYS7Sb37g==
-----END PUBLIC KEY-----
"""


def published_key() -> ec.EllipticCurvePublicKey:
    key = load_pem_public_key(PUBLIC_KEY)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


@pytest.mark.rfc("8225", "A")
def test_the_published_signature_holds() -> None:
    signed = f"{HEADER}.{PAYLOAD}".encode()
    assert jws.is_signed(signed, jws.decode(SIGNATURE), published_key())
    header = {"typ": "passport", "alg": "ES256", "x5u": "https://cert.example.org/passport.cer"}
    assert jws.encode(jws.write_object(header)) == HEADER


def test_one_other_bit_anywhere_breaks_it() -> None:
    key, signature = published_key(), jws.decode(SIGNATURE)
    signed = f"{HEADER}.{PAYLOAD}".encode()
    for place in range(0, len(signed), 7):
        bent = signed[:place] + bytes((signed[place] ^ 1,)) + signed[place + 1 :]
        assert not jws.is_signed(bent, signature, key)
    for place in range(len(signature)):
        bent = signature[:place] + bytes((signature[place] ^ 1,)) + signature[place + 1 :]
        assert not jws.is_signed(signed, bent, key)


def test_a_signature_is_64_octets_of_p256() -> None:
    key, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
    signature = jws.sign(b"call", key)
    assert len(signature) == 64
    assert jws.is_signed(b"call", signature, key.public_key())
    assert not jws.is_signed(b"call", signature + b"\0", key.public_key())
    assert not jws.is_signed(b"call", bytes(64), key.public_key())
    assert not jws.is_signed(b"call", signature, other.public_key())


@pytest.mark.rfc("8225", "9")
def test_canonical_json() -> None:
    value = {"orig": {"tn": "1"}, "dest": {"uri": ["sip:ü@x"], "tn": ["2"]}, "iat": 1}
    assert jws.write_object(value).decode() == (
        '{"dest":{"tn":["2"],"uri":["sip:ü@x"]},"iat":1,"orig":{"tn":"1"}}'
    )


@pytest.mark.parametrize("text", ["", "a", "ab=", "a+b/", "YR", "é", "a b", "abcde"])
def test_only_the_one_base64url_text_is_read(text: str) -> None:
    with pytest.raises(ParseError):
        jws.decode(text)


@pytest.mark.parametrize(
    "octets",
    [
        b"[]",
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b"{",
        b"\xff",
        b"[" * 4000,
        b'{"a":"' + b"x" * jws.MAX_JSON + b'"}',
    ],
)
def test_json_that_is_refused(octets: bytes) -> None:
    with pytest.raises(ParseError):
        jws.read_object(octets)
