"""a=crypto: lines that are taken, refused and answered."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.errors import ParseError, PeerViolation
from pbx.core.ids import SeededIds
from pbx.core.srtp import SUITES, Suite
from pbx.sip.crypto_attribute import (
    MAX_LIFETIME,
    MAX_LINE,
    MAX_LINES,
    MIN_LIFETIME,
    accepted_crypto,
    choose_crypto,
    new_crypto,
    offer_crypto,
    offered_crypto,
    parse_crypto,
    sdes_keys,
)
from pbx.sip.sdp import Media

KEY30 = base64.b64encode(bytes(range(30))).decode()
KEY46 = base64.b64encode(bytes(range(46))).decode()
USUAL = f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY30}"
STRONG = f"2 AES_256_CM_HMAC_SHA1_80 inline:{KEY46}"


def media(*lines: str) -> Media:
    attributes = tuple(("crypto", line) for line in lines)
    return Media(kind="audio", port=4000, protocol="RTP/SAVP", formats=("0",), attributes=attributes)


@pytest.mark.rfc("4568", "9.1")
def test_the_usual_line() -> None:
    line = parse_crypto(USUAL)
    assert (line.tag, line.suite, line.key.reveal(), line.mki) == (1, "AES_CM_128_HMAC_SHA1_80", KEY30, "")
    assert line.format() == USUAL


@pytest.mark.rfc("4568", "6.1")
def test_lifetime_and_mki() -> None:
    assert parse_crypto(f"{USUAL}|2^20|1:4").mki == "00000001"
    assert parse_crypto(f"{USUAL}|1066:2").mki == "042a"
    assert parse_crypto(f"{USUAL}|{MIN_LIFETIME}").mki == ""
    assert parse_crypto(f"{USUAL}|{MAX_LIFETIME}|255:1").mki == "ff"
    assert parse_crypto(f"{USUAL}|1:8").mki == "00" * 7 + "01"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        USUAL[2:],
        f"01{USUAL[1:]}",
        f"1234567890{USUAL[1:]}",
        f"-1{USUAL[1:]}",
        f"1 AES_CM_192_HMAC_SHA1_80 inline:{KEY30}",
        f"1 NULL_HMAC_SHA1_80 inline:{KEY30}",
        f"1 aes_cm_128_hmac_sha1_80 inline:{KEY30}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY46}",
        f"1 AES_256_CM_HMAC_SHA1_80 inline:{KEY30}",
        f"1 AES_CM_128_HMAC_SHA1_80 uri:{KEY30}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY30[:-1]}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY30[:-1]}*",
        f"{USUAL};inline:{KEY30}",
        f"{USUAL}|2^19",
        f"{USUAL}|2^49",
        f"{USUAL}|{MIN_LIFETIME - 1}",
        f"{USUAL}|{MAX_LIFETIME + 1}",
        f"{USUAL}|256:1",
        f"{USUAL}|1:0",
        f"{USUAL}|1:9",
        f"{USUAL}|1:4|2^20",
        f"{USUAL} UNENCRYPTED_SRTP",
        f"{USUAL} UNAUTHENTICATED_SRTP",
        f"{USUAL} UNENCRYPTED_SRTCP",
        f"{USUAL} KDR=1",
        f"{USUAL} FEC_ORDER=FEC_SRTP",
        f"{USUAL} WSH=63",
        f"{USUAL} SOMETHING_NEW",
        f"{USUAL} -" + "x" * (MAX_LINE - len(USUAL) - 1),
    ],
)
@pytest.mark.requirement("S-30")
def test_what_we_cannot_do_is_no_line_of_ours(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_crypto(text)
    assert caught.value.status == 488
    assert KEY30 not in str(caught.value)


@pytest.mark.rfc("4568", "6.3.8")
def test_what_changes_nothing_is_passed_over() -> None:
    assert parse_crypto(f"{USUAL} WSH=64 -optional=1 WSH=999999999 ").tag == 1
    assert parse_crypto(f"{USUAL} -" + "x" * (MAX_LINE - len(USUAL) - 2)).tag == 1


@pytest.mark.rfc("4568", "5.1.2")
def test_unusable_lines_leave_the_others() -> None:
    lines = offered_crypto(media("nonsense", f"{USUAL} KDR=3", f"7{USUAL[1:]}", STRONG, f"2{USUAL[1:]}"))
    assert [(line.tag, line.suite) for line in lines] == [
        (7, "AES_CM_128_HMAC_SHA1_80"),
        (2, "AES_256_CM_HMAC_SHA1_80"),
    ]


def test_only_so_many_lines_are_read() -> None:
    filler = ["nonsense"] * (MAX_LINES - 1)
    assert len(offered_crypto(media(*filler, USUAL))) == 1
    assert offered_crypto(media(*filler, "nonsense", USUAL)) == ()


def test_our_order_decides() -> None:
    offered = offered_crypto(media(USUAL, STRONG, f"3{USUAL[1:]}"))
    policy: tuple[Suite, ...] = ("AEAD_AES_128_GCM", "AES_256_CM_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_80")
    chosen = choose_crypto(offered, policy)
    assert chosen is not None and chosen.tag == 2
    usual = choose_crypto(offered, ("AES_CM_128_HMAC_SHA1_80",))
    assert usual is not None and usual.tag == 1  # the first of two
    assert choose_crypto(offered, ("AEAD_AES_128_GCM",)) is None


@pytest.mark.parametrize("suite", SUITES)
def test_an_offer_of_ours_can_be_read(suite: Suite) -> None:
    (line,) = offer_crypto((suite,), SeededIds())
    assert parse_crypto(line.format()) == line


def test_every_key_of_an_offer_is_another() -> None:
    lines = offer_crypto(tuple(SUITES), SeededIds())
    assert [line.tag for line in lines] == [1, 2, 3, 4, 5, 6]
    assert len({line.key.reveal()[:20] for line in lines}) == 6


@pytest.mark.rfc("4568", "5.1.3")
def test_an_answer_takes_one_line_of_the_offer() -> None:
    ours = offer_crypto(("AES_256_CM_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_80"), SeededIds())
    mine, theirs = accepted_crypto(ours, media(f"2{USUAL[1:]}|1:4"))
    keys = sdes_keys(mine, theirs)
    assert (keys.suite, keys.remote_mki) == ("AES_CM_128_HMAC_SHA1_80", "00000001")
    assert (keys.local, keys.remote) == (ours[1].key, theirs.key)


@pytest.mark.parametrize("lines", [(), (USUAL, USUAL), (USUAL,), (f"3{USUAL[1:]}",)])
@pytest.mark.requirement("S-30")
def test_an_answer_beside_the_offer_is_a_violation(lines: tuple[str, ...]) -> None:
    ours = offer_crypto(("AES_256_CM_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_80"), SeededIds())
    with pytest.raises(PeerViolation) as caught:
        accepted_crypto(ours, media(*lines))
    assert caught.value.status == 488


def test_our_own_key_sent_back_is_a_violation() -> None:
    mine = new_crypto(1, "AES_CM_128_HMAC_SHA1_80", SeededIds())
    with pytest.raises(PeerViolation):
        sdes_keys(mine, mine)


@given(st.text(max_size=600))
def test_no_text_raises_anything_else(text: str) -> None:
    for tried in (text, USUAL + text):
        try:
            parse_crypto(tried)
        except ParseError as error:
            assert error.status == 488
