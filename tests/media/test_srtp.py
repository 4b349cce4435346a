"""Both directions of a leg under SRTP, whichever library does it."""

import base64
from random import Random

import pytest

from pbx.core.errors import MisuseError
from pbx.core.secret import Secret
from pbx.core.srtp import SUITES, SdesKeys, Suite
from pbx.media.rtp import RtpPacket, build
from pbx.media.srtp import MAX_SOURCES, SrtpSession
from pbx.media.srtp_refusal import Reason, Refused
from tests.damage import flipped

RTCP = bytes.fromhex("80c90001deadbeef") + bytes(range(24))
ATTACKS = 100_000


def packet(index: int, ssrc: int = 0xDEADBEEF) -> bytes:
    header = RtpPacket(0, False, index & 0xFFFF, index * 160 & 0xFFFFFFFF, ssrc, 0, 0)
    return build(header, b"v" * 160)


def masters(suite: Suite) -> tuple[bytes, bytes]:
    n_bytes = SUITES[suite].master_bytes
    return bytes(range(n_bytes)), bytes(range(100, 100 + n_bytes))


def pair(suite: Suite) -> tuple[SrtpSession, SrtpSession]:
    a, b = masters(suite)
    return SrtpSession(suite, a, b), SrtpSession(suite, b, a)


def sdes(suite: Suite, local: int, remote: int, mki: str = "") -> SdesKeys:
    n_bytes = SUITES[suite].master_bytes
    local_key, remote_key = (Secret(base64.b64encode(bytes([n] * n_bytes)).decode()) for n in (local, remote))
    return SdesKeys(suite=suite, local=local_key, remote=remote_key, remote_mki=mki)


def refusal(session: SrtpSession, octets: bytes) -> Reason:
    with pytest.raises(Refused) as caught:
        session.unprotect(octets)
    return caught.value.reason


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.requirement("MED-07")
def test_both_directions(suite: Suite) -> None:
    a, b = pair(suite)
    for index in range(3):
        secret = a.protect(packet(index))
        assert len(secret) == len(packet(index)) + SUITES[suite].tag_bytes
        assert b.unprotect(secret) == packet(index)
        assert a.unprotect(b.protect(packet(index))) == packet(index)
    assert b.unprotect_rtcp(a.protect_rtcp(RTCP)) == RTCP
    assert a.unprotect_rtcp(b.protect_rtcp(RTCP)) == RTCP


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.requirement("S-30")
def test_replays_and_forgeries_are_counted(suite: Suite) -> None:
    a, b = pair(suite)
    secret = a.protect(packet(1))
    assert b.unprotect(secret)
    assert refusal(b, secret) is Reason.REPLAYED
    assert refusal(b, flipped(a.protect(packet(2)))) in (Reason.BAD_TAG, Reason.MALFORMED)
    assert refusal(b, packet(3)) is Reason.BAD_TAG  # in the clear
    assert refusal(b, b"\x80") is Reason.MALFORMED
    assert refusal(b, b"") is Reason.MALFORMED
    assert refusal(b, b"\0" * 60) is Reason.MALFORMED
    assert b.refused[Reason.REPLAYED] == 1 and sum(b.refused.values()) == 6
    assert b.unprotect(a.protect(packet(4))) == packet(4)


@pytest.mark.parametrize("suite", SUITES)
def test_reports_are_judged_likewise(suite: Suite) -> None:
    a, b = pair(suite)
    secret = a.protect_rtcp(RTCP)
    assert b.unprotect_rtcp(secret) == RTCP
    for octets, reason in ((secret, Reason.REPLAYED), (RTCP, Reason.BAD_TAG), (b"\x80", Reason.MALFORMED)):
        with pytest.raises(Refused) as caught:
            b.unprotect_rtcp(octets)
        assert caught.value.reason in (reason, Reason.MALFORMED)
    assert sum(b.refused.values()) == 3


@pytest.mark.parametrize("suite", ["AES_CM_128_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_80", "AEAD_AES_128_GCM"])
@pytest.mark.requirement("S-30")
def test_a_hundred_thousand_wrong_tags_change_nothing(suite: Suite) -> None:
    a, b = pair(suite)
    random = Random(1)
    assert b.unprotect(a.protect(packet(0)))
    forged = bytearray(a.protect(packet(1)))
    for _ in range(ATTACKS):
        forged[2:12] = random.randbytes(10)  # any sequence number and any SSRC, so no state is made either
        with pytest.raises(Refused):
            b.unprotect(bytes(forged))
    assert sum(b.refused.values()) == ATTACKS
    assert b.unprotect(a.protect(packet(2))) == packet(2)


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.rfc("3711", "3.3.1")
def test_rollover_with_loss_and_reordering(suite: Suite) -> None:
    a, b = pair(suite)
    for index in range(0, 300_000, 9_000):
        early, late = a.protect(packet(index)), a.protect(packet(index + 1))
        assert b.unprotect(late) == packet(index + 1)
        assert b.unprotect(early) == packet(index)


@pytest.mark.requirement("MED-07")
def test_a_key_that_stays_keeps_its_rollover_counter() -> None:
    suite: Suite = "AES_CM_128_HMAC_SHA1_80"
    a, b = SrtpSession.of(sdes(suite, 1, 2)), SrtpSession.of(sdes(suite, 2, 1))
    for index in range(0, 140_000, 20_000):
        old = a.protect(packet(index))
        b.unprotect(old)
    a, b = a.renewed(sdes(suite, 1, 3)), b.renewed(sdes(suite, 3, 1))
    assert b.unprotect(a.protect(packet(140_000))) == packet(140_000)
    assert refusal(b, old) is Reason.REPLAYED
    assert a.unprotect(b.protect(packet(5))) == packet(5)  # the other direction has a new key


def test_a_new_key_ends_the_old_one() -> None:
    suite: Suite = "AEAD_AES_256_GCM"
    a, b = SrtpSession.of(sdes(suite, 1, 2)), SrtpSession.of(sdes(suite, 2, 1))
    renewed = b.renewed(sdes(suite, 2, 4))
    assert refusal(renewed, a.protect(packet(1))) is Reason.BAD_TAG
    assert renewed.unprotect(a.renewed(sdes(suite, 4, 2)).protect(packet(1))) == packet(1)
    assert renewed.refused[Reason.BAD_TAG] == b.refused[Reason.BAD_TAG] == 1


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.rfc("3711", "3.1")
def test_the_key_identifier_is_taken_off(suite: Suite) -> None:
    a, b = SrtpSession.of(sdes(suite, 1, 2)), SrtpSession.of(sdes(suite, 2, 1, "0001"))
    for protect, unprotect, octets in (
        (a.protect, b.unprotect, packet(1)),
        (a.protect_rtcp, b.unprotect_rtcp, RTCP),
    ):
        secret = protect(octets)
        parameters = SUITES[suite]
        tag_bytes = parameters.tag_bytes if octets is not RTCP else parameters.rtcp_tag_bytes
        end = len(secret) if parameters.cipher == "AES_GCM" else len(secret) - tag_bytes
        for mki, is_right in ((b"\0\2", False), (b"\0\1", True)):
            marked = secret[:end] + mki + secret[end:]
            if is_right:
                assert unprotect(marked) == octets
            else:
                with pytest.raises(Refused):
                    unprotect(marked)


def test_the_number_of_sources_is_bounded() -> None:
    a, b = pair("AES_CM_128_HMAC_SHA1_80")
    for ssrc in range(MAX_SOURCES):
        assert b.unprotect(a.protect(packet(1, ssrc)))
    assert refusal(b, a.protect(packet(1, MAX_SOURCES))) is Reason.TOO_MANY
    assert b.unprotect(a.protect(packet(2, 0))) == packet(2, 0)


@pytest.mark.parametrize("suite", SUITES)
def test_what_cannot_be_sent_is_refused(suite: Suite) -> None:
    a, _ = pair(suite)
    assert a.protect(packet(1))
    for octets in (packet(1), b"\x80", bytes(5000)):
        with pytest.raises(Refused):
            a.protect(octets)
    for octets in (b"\x80", bytes(5000)):
        with pytest.raises(Refused):
            a.protect_rtcp(octets)


def test_a_key_of_another_length_is_our_own_mistake() -> None:
    with pytest.raises(MisuseError):
        SrtpSession("AEAD_AES_128_GCM", bytes(30), bytes(28))


def test_no_key_is_shown() -> None:
    assert repr(SrtpSession.of(sdes("AEAD_AES_128_GCM", 65, 66))) == "SrtpSession(AEAD_AES_128_GCM)"
