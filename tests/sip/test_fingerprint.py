"""Fingerprints that count, and who begins the handshake."""

import pytest

from pbx.core.errors import PeerViolation
from pbx.core.srtp import Fingerprint
from pbx.sip.fingerprint import (
    MAX_FINGERPRINTS,
    fingerprints,
    format_fingerprint,
    role_to_answer,
    role_to_offer,
)
from pbx.sip.sdp import Media, Origin, SessionDescription

SHA1 = "sha-1 " + ":".join(["4A"] * 20)
SHA256 = "sha-256 " + ":".join(["AB"] * 32)
OTHER256 = "sha-256 " + ":".join(["AC"] * 32)
SHA512 = "SHA-512 " + ":".join(["cd"] * 64)


def described(
    name: str, in_media: tuple[str, ...], in_session: tuple[str, ...] = ()
) -> tuple[SessionDescription, Media]:
    media = Media(
        kind="audio",
        port=4000,
        protocol="UDP/TLS/RTP/SAVPF",
        formats=("0",),
        attributes=tuple((name, value) for value in in_media),
    )
    session = SessionDescription(
        origin=Origin(session_id=1, version=1, host="192.0.2.1"),
        attributes=tuple((name, value) for value in in_session),
        media=(media,),
    )
    return session, media


@pytest.mark.rfc("8122", "5")
def test_a_strong_fingerprint() -> None:
    (one,) = fingerprints(*described("fingerprint", (SHA256,)))
    assert one == Fingerprint(hash="sha-256", digest="ab" * 32)
    assert format_fingerprint(one) == SHA256


def test_weak_and_unknown_hashes_beside_strong_ones_are_passed_over() -> None:
    found = fingerprints(*described("fingerprint", (SHA1, "sha-999 AA", SHA512, SHA256, SHA256)))
    assert {one.hash for one in found} == {"sha-512", "sha-256"}


@pytest.mark.rfc("8122", "5")
def test_the_session_level_counts_when_the_section_says_nothing() -> None:
    assert len(fingerprints(*described("fingerprint", (), (SHA256,)))) == 1
    (one,) = fingerprints(*described("fingerprint", (SHA256,), (OTHER256,)))
    assert one.digest == "ab" * 32


def test_no_fingerprint_at_all_is_for_the_caller_to_judge() -> None:
    assert fingerprints(*described("fingerprint", ())) == ()


@pytest.mark.parametrize(
    "texts",
    [
        (SHA1,),
        ("md5 " + ":".join(["4A"] * 16),),
        (SHA256, OTHER256),
        (SHA256[:-3],),
        (SHA256 + ":AB",),
        ("sha-256",),
        ("",),
        ("sha-256 " + "AB" * 32,),
        (SHA256, "sha-256 xx"),
    ],
)
@pytest.mark.requirement("S-32")
def test_a_peer_that_cannot_be_told_apart_is_refused(texts: tuple[str, ...]) -> None:
    with pytest.raises(PeerViolation) as caught:
        fingerprints(*described("fingerprint", texts))
    assert caught.value.status == 488


def test_the_number_of_fingerprints_is_bounded() -> None:
    assert fingerprints(*described("fingerprint", (SHA256,) * MAX_FINGERPRINTS))
    with pytest.raises(PeerViolation):
        fingerprints(*described("fingerprint", (SHA256,) * (MAX_FINGERPRINTS + 1)))


@pytest.mark.parametrize(
    ("texts", "role"),
    [(("actpass",), "active"), (("active",), "passive"), (("passive",), "active"), ((), "passive")],
)
@pytest.mark.rfc("5763", "5")
def test_our_role_for_an_offer(texts: tuple[str, ...], role: str) -> None:
    assert role_to_offer(*described("setup", texts)) == role
    assert role_to_offer(*described("setup", (), texts)) == role


@pytest.mark.parametrize(
    ("texts", "role"), [(("active",), "passive"), (("passive",), "active"), ((), "active")]
)
@pytest.mark.rfc("4145", "4")
def test_our_role_after_an_answer(texts: tuple[str, ...], role: str) -> None:
    assert role_to_answer(*described("setup", texts)) == role


def test_nobody_begins() -> None:
    for read, text in ((role_to_offer, "holdconn"), (role_to_offer, "x"), (role_to_answer, "actpass")):
        with pytest.raises(PeerViolation) as caught:
            read(*described("setup", (text,)))
        assert caught.value.status == 488
