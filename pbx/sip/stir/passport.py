"""Passport: a signed statement about who calls whom (RFC 8225): plain, shaken (RFC 8588), div (RFC 8946)."""

from dataclasses import dataclass, field
from typing import Any, Literal

from pbx.core.errors import ParseError
from pbx.sip.stir import jws
from pbx.sip.stir.telephone import is_canonical

MAX_DESTINATIONS = 16  # numbers and URIs one call may be for
MAX_TEXT = 256  # characters of one claim
MAX_IAT = 2**40

Kind = Literal["", "shaken", "div"]  # the ppt header parameter
Attestation = Literal["", "A", "B", "C"]

_KINDS: dict[str, Kind] = {"": "", "shaken": "shaken", "div": "div"}
_ATTESTATIONS: dict[str, Attestation] = {"A": "A", "B": "B", "C": "C"}
# RFC 8225 §6 and §8: what a verifier does not know in the header it must not sign off.
_HEADER = frozenset(("alg", "ppt", "typ", "x5u"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What is stated; numbers are canonical digits, `uris` stand where no number was used.

    `orig` and `div` are a number or a URI. `iat` is in seconds of Unix time.
    """

    orig: str
    dest: tuple[str, ...]
    iat: int
    attest: Attestation = ""
    origid: str = ""
    div: str = ""
    uris: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passport:
    """Claims with the signature; `signed` is the exact text that the signature covers."""

    kind: Kind
    x5u: str
    claims: Claims
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def header_of(kind: Kind, x5u: str) -> dict[str, Any]:
    """Return the JOSE header of a PASSporT of ours."""
    return {"alg": "ES256", "typ": "passport", "x5u": x5u} | ({"ppt": kind} if kind else {})


def payload_of(claims: Claims) -> dict[str, Any]:
    """Return the payload; numbers go to `tn`, everything else to `uri` (RFC 8225 §5.2)."""
    dest: dict[str, list[str]] = {}
    if claims.dest:
        dest["tn"] = list(claims.dest)
    if claims.uris:
        dest["uri"] = list(claims.uris)
    payload: dict[str, Any] = {"dest": dest, "iat": claims.iat, "orig": _party(claims.orig)}
    if claims.attest:
        payload |= {"attest": claims.attest, "origid": claims.origid}
    if claims.div:
        payload["div"] = _party(claims.div)
    return payload


def parse_passport(text: str) -> Passport:
    """Return a PASSporT in full form; ParseError 438 says what is wrong with it (RFC 8224 §6.2.2)."""
    parts = text.split(".")
    if len(parts) != 3:
        raise ParseError("a PASSporT has three parts", 438)
    try:
        header, payload = (jws.read_object(jws.decode(part)) for part in parts[:2])
        signature = jws.decode(parts[2])
    except ParseError as error:
        raise ParseError(f"PASSporT: {error}", 438) from None
    kind = _kind(header)
    return Passport(
        kind=kind,
        x5u=_text(header.get("x5u"), "x5u"),
        claims=_claims(payload, kind),
        signed=f"{parts[0]}.{parts[1]}".encode(),
        signature=signature,
    )


def rebuild_passport(signature: str, x5u: str, claims: Claims) -> Passport:
    """Return the PASSporT of a compact form: header and payload come from the request (RFC 8224 §4.1)."""
    try:
        octets = jws.decode(signature)
    except ParseError as error:
        raise ParseError(f"PASSporT: {error}", 438) from None
    header, payload = jws.write_object(header_of("", x5u)), jws.write_object(payload_of(claims))
    signed = jws.signing_input(header, payload)
    return Passport(kind="", x5u=x5u, claims=claims, signed=signed, signature=octets)


def _kind(header: dict[str, Any]) -> Kind:
    if header.get("typ") != "passport" or header.get("alg") != "ES256":
        raise ParseError("not a PASSporT with ES256", 438)
    if not header.keys() <= _HEADER:
        raise ParseError("a PASSporT header with unknown parameters", 438)
    kind = _KINDS.get(str(header.get("ppt", "")))
    if kind is None:
        raise ParseError("an unknown PASSporT extension", 438)
    return kind


def _claims(payload: dict[str, Any], kind: Kind) -> Claims:
    iat = payload.get("iat")
    if type(iat) is not int or not 0 <= iat < MAX_IAT:
        raise ParseError("iat is no time", 438)
    dest = payload.get("dest")
    if not isinstance(dest, dict):
        raise ParseError("dest is no object", 438)
    numbers, uris = _texts(dest.get("tn")), _texts(dest.get("uri"))
    if not numbers and not uris:
        raise ParseError("dest is empty", 438)
    if not all(map(is_canonical, numbers)):
        raise ParseError("dest is no telephone number", 438)
    attest = _ATTESTATIONS.get(str(payload.get("attest")), "") if kind == "shaken" else ""
    if kind == "shaken" and not attest:
        raise ParseError("attest is none of A, B, C", 438)  # RFC 8588 §4
    return Claims(
        orig=_identity(payload.get("orig"), "orig"),
        dest=numbers,
        uris=uris,
        iat=iat,
        attest=attest,
        origid=_text(payload.get("origid"), "origid") if kind == "shaken" else "",  # RFC 8588 §5
        div=_identity(payload.get("div"), "div") if kind == "div" else "",
    )


def _party(identity: str) -> dict[str, str]:
    return {"tn": identity} if is_canonical(identity) else {"uri": identity}


def _identity(value: object, what: str) -> str:
    """Return the one number or URI of orig or div (RFC 8225 §5.2.1)."""
    if not isinstance(value, dict):
        raise ParseError(f"{what} is no object", 438)
    if "tn" in value:
        number = _text(value["tn"], what)
        if not is_canonical(number):
            raise ParseError(f"{what} is no telephone number", 438)
        return number
    uri = _text(value.get("uri"), what)
    if is_canonical(uri):
        raise ParseError(f"{what} has a number where a URI belongs", 438)
    return uri


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or not value.isprintable():
        raise ParseError(f"{what} is no text of 1 to {MAX_TEXT} characters", 438)
    return value


def _texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    if len(values) > MAX_DESTINATIONS:
        raise ParseError(f"dest has more than {MAX_DESTINATIONS} elements", 438)
    return tuple(_text(one, "dest") for one in values)
