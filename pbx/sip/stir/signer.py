"""Signer: our own signature under calls that leave (RFC 8224 §6.1, RFC 8588, RFC 8946 §4)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from pbx.sip.stir import jws
from pbx.sip.stir.identity_header import IdentityHeader
from pbx.sip.stir.passport import Attestation, Claims, Kind, header_of, payload_of

Level = Literal["A", "B", "C", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationPolicy:
    """How sure we are of a number (ATIS-1000074 §5.2.3); numbers are canonical digits.

    A: we know the customer and gave him the number. B: we know the customer, not his right to the number.
    C: the call only passes through. `levels` decides for single numbers, `off` leaves a call unsigned.
    """

    own: frozenset[str] = frozenset()
    levels: Mapping[str, Level] = field(default_factory=dict)
    known: Level = "B"
    gateway: Level = "C"

    def level(self, number: str, *, is_ours: bool) -> Attestation:
        """Return the attestation for a call that shows `number`, "" = do not sign; `is_ours` = own device."""
        default: Level = "A" if number in self.own else self.known
        level = self.levels.get(number) or (default if is_ours else self.gateway)
        return "" if level == "off" else level


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """The key of one tenant, where its certificate is published, and whom signed calls are traced to."""

    key: EllipticCurvePrivateKey = field(repr=False)
    x5u: str
    origid: str
    policy: AttestationPolicy = AttestationPolicy()

    def shaken(self, orig: str, dest: str, attest: Attestation, at: datetime) -> str:
        """Return the Identity header value of a call that begins here."""
        iat = int(at.timestamp())
        claims = Claims(orig=orig, dest=(dest,), iat=iat, attest=attest, origid=self.origid)
        return self._identity("shaken", claims)

    def div(self, orig: str, dest: str, diverted: str, at: datetime) -> str:
        """Return the Identity header value of a call to `diverted` that we send on to `dest`."""
        return self._identity("div", Claims(orig=orig, dest=(dest,), iat=int(at.timestamp()), div=diverted))

    def _identity(self, kind: Kind, claims: Claims) -> str:
        header = jws.write_object(header_of(kind, self.x5u))
        signed = jws.signing_input(header, jws.write_object(payload_of(claims)))
        token = f"{signed.decode()}.{jws.encode(jws.sign(signed, self.key))}"
        return str(IdentityHeader(token=token, info=self.x5u, ppt=kind))


def origid_of(name: str) -> str:
    """Return the origination identifier of a tenant: always the same UUID, no name in it (RFC 8588 §5)."""
    digest = bytearray(hashlib.blake2b(name.encode(), digest_size=16).digest())
    digest[6] = digest[6] & 0x0F | 0x80  # RFC 9562 §5.8: version 8
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
