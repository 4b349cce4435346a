"""The agreed values cross the wire between our processes, and show no key."""

from dataclasses import dataclass

import pytest

from pbx.core.secret import Secret
from pbx.core.srtp import SUITES, DtlsParameters, Fingerprint, IceCredentials, SdesKeys, Suite
from pbx.core.wire import Codec

SDES = SdesKeys(
    suite="AEAD_AES_256_GCM", local=Secret("bG9jYWw="), remote=Secret("cmVtb3Rl"), remote_mki="0001"
)
ICE = IceCredentials(
    local_ufrag="abcd",
    local_password=Secret("p" * 22),
    remote_ufrag="efgh",
    remote_password=Secret("q" * 22),
)
DTLS = DtlsParameters(
    role="active",
    remote_fingerprints=(Fingerprint(hash="sha-256", digest="ab" * 32),),
    ice=ICE,
    rtcp_mux=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secured:
    """Like an order that names one of both."""

    security: SdesKeys | DtlsParameters | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """A union needs two members."""

    number: int


@pytest.mark.parametrize(
    "security", [None, SDES, DTLS, DtlsParameters(role="passive", remote_fingerprints=())]
)
def test_both_cross_the_wire(security: SdesKeys | DtlsParameters | None) -> None:
    codec = Codec[Secured | Other](Secured | Other)
    message = Secured(security=security)
    assert codec.decode(codec.encode(message)) == message


@pytest.mark.parametrize("value", [SDES, DTLS])
def test_no_key_is_shown(value: SdesKeys | DtlsParameters) -> None:
    shown = repr(value)
    assert "Secret(***)" in shown
    assert not any(word in shown for word in ("bG9j", "cmVt", "pppp", "qqqq"))


@pytest.mark.parametrize(
    ("suite", "n_bytes"),
    [
        ("AES_CM_128_HMAC_SHA1_80", 30),
        ("AES_CM_128_HMAC_SHA1_32", 30),
        ("AES_256_CM_HMAC_SHA1_80", 46),
        ("AES_256_CM_HMAC_SHA1_32", 46),
        ("AEAD_AES_128_GCM", 28),
        ("AEAD_AES_256_GCM", 44),
    ],
)
@pytest.mark.rfc("4568", "6.2")
def test_length_of_an_inline_key(suite: Suite, n_bytes: int) -> None:
    assert SUITES[suite].master_bytes == n_bytes


def test_rtcp_never_has_the_short_tag() -> None:
    assert {one.rtcp_tag_bytes for one in SUITES.values()} == {10, 16}
