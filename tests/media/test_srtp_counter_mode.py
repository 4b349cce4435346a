"""Counter mode against the vectors of the RFCs, and against libsrtp."""

import pylibsrtp
import pytest

from pbx.core.srtp import Suite
from pbx.media.rtp import RtpPacket, build
from pbx.media.srtp_counter_mode import MAX_PACKET, MAX_RTCP_INDEX, CounterMode, derive
from pbx.media.srtp_refusal import Reason, Refused
from tests.damage import flipped

MASTER = bytes.fromhex("e1f97a0d3e018be0d64fa32c06de4139" + "0ec675ad498afeebb6960b3aabe6")
MASTER_256 = bytes.fromhex(
    "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6" + "3b04803de51ee7c96423ab5b78d2"
)
RTCP = bytes.fromhex("80c90001deadbeef") + bytes(range(24))
PROFILES: dict[Suite, int] = {
    "AES_CM_128_HMAC_SHA1_80": pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
}
SUITES: tuple[Suite, ...] = (*PROFILES, "AES_256_CM_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_32")


def packet(index: int, payload: bytes = b"v" * 160) -> bytes:
    return build(RtpPacket(0, False, index & 0xFFFF, index * 160 & 0xFFFFFFFF, 0xDEADBEEF, 0, 0), payload)


def master(suite: Suite) -> bytes:
    return MASTER_256 if "256" in suite else MASTER


@pytest.mark.rfc("3711", "B.3")
def test_keys_of_128_bits() -> None:
    keyed = MASTER, 16
    assert derive(keyed, 0, 16).hex() == "c61e7a93744f39ee10734afe3ff7a087"
    assert derive(keyed, 2, 14).hex() == "30cbbc08863d8c85d49db34a9ae1"
    assert derive(keyed, 1, 94).hex() == (
        "cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbcee049646c43d9327ad175578ef72270986371c10c9a369ac2"
        "f94a8c5fbcdddc256d6e919a48b610ef17c2041e474035766b68642c59bbfc2f34db60dbdfb2"
    )


@pytest.mark.rfc("6188", "7.2")
def test_keys_of_256_bits() -> None:
    keyed = MASTER_256, 32
    assert derive(keyed, 0, 32).hex() == "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4"
    assert derive(keyed, 2, 14).hex() == "fa31791685ca444a9e07c6c64e93"
    assert derive(keyed, 1, 20).hex() == "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"


@pytest.mark.parametrize("suite", SUITES)
def test_there_and_back(suite: Suite) -> None:
    ours, theirs = CounterMode(suite, master(suite)), CounterMode(suite, master(suite))
    for index in (0, 1, 5, 4):
        secret = ours.protect(packet(index))
        assert secret[12:-10] not in packet(index)
        assert theirs.unprotect(secret) == packet(index)
    assert theirs.unprotect_rtcp(ours.protect_rtcp(RTCP)) == RTCP


@pytest.mark.parametrize("suite", PROFILES)
def test_libsrtp_makes_the_same_octets(suite: Suite) -> None:
    ours = CounterMode(suite, MASTER)
    policy = pylibsrtp.Policy(
        key=MASTER, ssrc_type=pylibsrtp.Policy.SSRC_ANY_OUTBOUND, srtp_profile=PROFILES[suite]
    )
    theirs = pylibsrtp.Session(policy)
    for index in (*range(65_500, 65_700), *range(80_000, 300_000, 20_000)):
        assert ours.protect(packet(index)) == theirs.protect(packet(index))
    for _ in range(3):
        assert ours.protect_rtcp(RTCP) == theirs.protect_rtcp(RTCP)


def test_header_extension_and_sources_stay_readable() -> None:
    header = bytes.fromhex("92000001000000a0deadbeef0000000100000002bede0001aabbccdd")
    ours, theirs = (CounterMode("AES_256_CM_HMAC_SHA1_80", MASTER_256) for _ in range(2))
    secret = ours.protect(header + b"voice")
    assert secret.startswith(header) and b"voice" not in secret
    assert theirs.unprotect(secret) == header + b"voice"


@pytest.mark.rfc("3711", "3.3.1")
def test_the_rollover_counter_is_part_of_what_is_authentic() -> None:
    ours, theirs, late = (CounterMode("AES_256_CM_HMAC_SHA1_32", MASTER_256) for _ in range(3))
    for index in range(0, 400_000, 16_000):  # over six wraps, with gaps
        secret = ours.protect(packet(index))
        assert theirs.unprotect(secret) == packet(index)
    with pytest.raises(Refused) as caught:
        late.unprotect(secret)  # joined later, and knows nothing of the wraps
    assert caught.value.reason is Reason.BAD_TAG


def refusal(opened: CounterMode, octets: bytes) -> Reason:
    with pytest.raises(Refused) as caught:
        opened.unprotect(octets)
    assert caught.value.status == 0
    return caught.value.reason


@pytest.mark.requirement("S-30")
def test_what_is_refused() -> None:
    ours, theirs = (CounterMode("AES_256_CM_HMAC_SHA1_80", MASTER_256) for _ in range(2))
    first, last = ours.protect(packet(0)), ours.protect(packet(200))
    assert theirs.unprotect(last)
    assert refusal(theirs, last) is Reason.REPLAYED
    assert refusal(theirs, first) is Reason.REPLAYED  # too old to know
    for place in range(1, len(last)):
        if place not in (2, 3):  # another sequence number may be a replay
            damaged = bytearray(ours.protect(packet(300 + place)))
            damaged[place] ^= 1
            assert refusal(theirs, bytes(damaged)) in (Reason.BAD_TAG, Reason.MALFORMED)
    assert refusal(theirs, b"") is Reason.MALFORMED
    assert refusal(theirs, last[:21]) is Reason.MALFORMED
    assert refusal(theirs, b"\x1f" + last[1:]) is Reason.MALFORMED
    assert refusal(theirs, b"\x9f" + last[1:30]) is Reason.MALFORMED
    assert refusal(theirs, b"\x90" + last[1:22]) is Reason.MALFORMED


def test_one_index_is_sent_once() -> None:
    ours = CounterMode("AES_256_CM_HMAC_SHA1_80", MASTER_256)
    ours.protect(packet(7))
    with pytest.raises(Refused):
        ours.protect(packet(7, b"another text"))


def test_the_longest_packet() -> None:
    ours = CounterMode("AES_256_CM_HMAC_SHA1_80", MASTER_256)
    assert len(ours.protect(packet(0, bytes(MAX_PACKET - 12)))) == MAX_PACKET + 10
    with pytest.raises(Refused):
        ours.protect(packet(1, bytes(MAX_PACKET - 11)))


def test_rtcp_is_refused_when_replayed_damaged_or_open() -> None:
    ours, theirs = (CounterMode("AES_256_CM_HMAC_SHA1_80", MASTER_256) for _ in range(2))
    secret = ours.protect_rtcp(RTCP)
    assert theirs.unprotect_rtcp(secret) == RTCP
    cases = ((secret, Reason.REPLAYED), (flipped(secret), Reason.BAD_TAG), (secret[:21], Reason.MALFORMED))
    for octets, reason in cases:
        with pytest.raises(Refused) as caught:
            theirs.unprotect_rtcp(octets)
        assert caught.value.reason is reason


def test_an_unencrypted_report_is_refused_even_with_a_right_tag() -> None:
    ours, theirs = (CounterMode("AES_256_CM_HMAC_SHA1_80", MASTER_256) for _ in range(2))
    octets = RTCP + (1).to_bytes(4, "big")
    with pytest.raises(Refused) as caught:
        theirs.unprotect_rtcp(octets + ours._rtcp.tag(octets))
    assert caught.value.reason is Reason.MALFORMED


def test_reports_end_before_their_index_wraps() -> None:
    ours = CounterMode("AES_256_CM_HMAC_SHA1_80", MASTER_256)
    ours._rtcp_index[0xDEADBEEF] = MAX_RTCP_INDEX - 1
    assert ours.protect_rtcp(RTCP)
    with pytest.raises(Refused):
        ours.protect_rtcp(RTCP)
