"""What two ends agreed on to keep their media secret; shared by SDP and the media plane."""

from dataclasses import dataclass
from typing import Literal

from pbx.core.secret import Secret

Suite = Literal[
    "AES_CM_128_HMAC_SHA1_80",
    "AES_CM_128_HMAC_SHA1_32",
    "AES_256_CM_HMAC_SHA1_80",
    "AES_256_CM_HMAC_SHA1_32",
    "AEAD_AES_128_GCM",
    "AEAD_AES_256_GCM",
]
Cipher = Literal["AES_CM", "AES_GCM"]
SetupRole = Literal["active", "passive"]
Hash = Literal["sha-256", "sha-384", "sha-512"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteParameters:
    """Lengths in octets of a suite; `tag_bytes` is what a packet of RTP ends with, the other one of RTCP."""

    cipher: Cipher
    key_bytes: int
    salt_bytes: int
    tag_bytes: int
    rtcp_tag_bytes: int

    @property
    def master_bytes(self) -> int:
        """Length of key and salt together, as an inline key carries them."""
        return self.key_bytes + self.salt_bytes


def _counter_mode(key_bytes: int, tag_bytes: int) -> SuiteParameters:
    # RFC 4568 §6.2.2: a tag of 32 bits is for RTP only, RTCP keeps 80.
    return SuiteParameters(
        cipher="AES_CM", key_bytes=key_bytes, salt_bytes=14, tag_bytes=tag_bytes, rtcp_tag_bytes=10
    )


def _gcm(key_bytes: int) -> SuiteParameters:
    return SuiteParameters(
        cipher="AES_GCM", key_bytes=key_bytes, salt_bytes=12, tag_bytes=16, rtcp_tag_bytes=16
    )


DTLS_SUITES: tuple[Suite, ...] = (
    "AEAD_AES_128_GCM",
    "AEAD_AES_256_GCM",
    "AES_CM_128_HMAC_SHA1_80",
)
"""Those of DTLS-SRTP (RFC 7714 §14.2, RFC 5764 §4.1.2), best first; it has no AES-CM with 256 bits."""

SUITES: dict[Suite, SuiteParameters] = {
    "AES_CM_128_HMAC_SHA1_80": _counter_mode(16, 10),  # RFC 4568 §6.2
    "AES_CM_128_HMAC_SHA1_32": _counter_mode(16, 4),
    "AES_256_CM_HMAC_SHA1_80": _counter_mode(32, 10),  # RFC 6188 §3
    "AES_256_CM_HMAC_SHA1_32": _counter_mode(32, 4),
    "AEAD_AES_128_GCM": _gcm(16),  # RFC 7714 §12
    "AEAD_AES_256_GCM": _gcm(32),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SdesKeys:
    """Master keys that SDP carried (RFC 4568): base64 of key and salt; `local` protects what we send.

    `remote_mki` are the octets of the master key identifier in the peer's packets, in hexadecimal, "" = none.
    """

    suite: Suite
    local: Secret[str]
    remote: Secret[str]
    remote_mki: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """The hash of a certificate in lower-case hexadecimal without colons (RFC 8122 §5)."""

    hash: Hash
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IceCredentials:
    """User fragments and passwords of both ends (RFC 8839 §5.4), for connectivity checks."""

    local_ufrag: str
    local_password: Secret[str]
    remote_ufrag: str
    remote_password: Secret[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DtlsParameters:
    """What a DTLS association needs to know before its first datagram (RFC 5763 §5).

    `role` is ours. The peer's certificate must match every fingerprint. `ice` is None when the peer does not
    speak ICE: then only its advertised address may begin. `rtcp_mux`: RTCP comes on the same port. `suites` =
    the only ones, best first; those that DTLS has no name for do not count; () = all in our order.
    """

    role: SetupRole
    remote_fingerprints: tuple[Fingerprint, ...]
    ice: IceCredentials | None = None
    rtcp_mux: bool = False
    suites: tuple[Suite, ...] = ()


Security = SdesKeys | DtlsParameters
"""How a leg's audio is protected."""
