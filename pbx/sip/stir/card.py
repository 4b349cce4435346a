"""A signed jCard: whom a caller may complain to whose call was rejected (RFC 8688 §3.2)."""

from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from pbx.sip.stir import jws


def signed_card(key: EllipticCurvePrivateKey, x5u: str, contact: dict[str, str], at: datetime) -> str:
    """Return the compact JWS of a jCard (RFC 7095); `contact` has `fn` and one of `tel`, `email`, `url`."""
    header = {"alg": "ES256", "typ": "vcard+json", "x5u": x5u}
    properties: list[list[Any]] = [["version", {}, "text", "4.0"], ["fn", {}, "text", contact["fn"]]]
    if tel := contact.get("tel"):
        properties.append(["tel", {"type": "voice"}, "uri", f"tel:{tel}"])
    if email := contact.get("email"):
        properties.append(["email", {}, "text", email])
    if url := contact.get("url"):
        properties.append(["url", {}, "uri", url])
    payload = {"iat": int(at.timestamp()), "jcard": ["vcard", properties]}
    signed = jws.signing_input(jws.write_object(header), jws.write_object(payload))
    return f"{signed.decode()}.{jws.encode(jws.sign(signed, key))}"
