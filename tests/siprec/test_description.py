"""Offers and answers of a recording session: one line per stream, labelled, to the recorder only."""

from dataclasses import replace

import pytest

from pbx.core.errors import ParseError, PeerViolation
from pbx.core.ids import SeededIds
from pbx.core.srtp import SdesKeys
from pbx.sip.media_peers import ANYBODY, MediaPeers
from pbx.sip.sdp import parse_sdp
from pbx.siprec.description import RecordingDescription, Secrecy, StreamLine

ANN = StreamLine(label="1", place=("192.0.2.1", 20000), codec="PCMA")
BOB = StreamLine(label="2", place=("192.0.2.1", 20002), codec="G722")


def described(secrecy: Secrecy = "off", peers: MediaPeers = ANYBODY) -> RecordingDescription:
    return RecordingDescription(7, secrecy, SeededIds(), peers=peers)


def answered(*lines: str, host: str = "198.51.100.9") -> bytes:
    head = f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
    return (head + "".join(f"{line}\r\n" for line in lines)).encode()


BOTH = answered("m=audio 4000 RTP/AVP 8", "a=recvonly", "m=audio 4002 RTP/AVP 9", "a=recvonly")


@pytest.mark.rfc("7866", "7.1.1")
def test_the_offer_is_literally_this() -> None:
    assert described().offer((ANN, BOB)).decode() == (
        "v=0\r\n"
        "o=- 7 7 IN IP4 192.0.2.1\r\n"
        "s=-\r\n"
        "c=IN IP4 192.0.2.1\r\n"
        "t=0 0\r\n"
        "m=audio 20000 RTP/AVP 8 0\r\n"
        "a=rtpmap:8 PCMA/8000\r\n"
        "a=rtpmap:0 PCMU/8000\r\n"
        "a=ptime:20\r\n"
        "a=sendonly\r\n"
        "a=label:1\r\n"
        "m=audio 20002 RTP/AVP 9\r\n"
        "a=rtpmap:9 G722/8000\r\n"
        "a=ptime:20\r\n"
        "a=sendonly\r\n"
        "a=label:2\r\n"
    )


def test_the_answer_says_where_each_stream_goes() -> None:
    made = described()
    made.offer((ANN, BOB))
    ann, bob = made.accept(BOTH, (ANN, BOB))
    assert ann is not None and bob is not None
    assert (ann.host, ann.port, ann.format.encoding, ann.direction) == (
        "198.51.100.9",
        4000,
        "PCMA",
        "sendonly",
    )
    assert (bob.port, bob.format.encoding, bob.security) == (4002, "G722", None)


def test_the_other_law_may_be_chosen() -> None:
    made = described()
    made.offer((ANN,))
    (ann,) = made.accept(answered("m=audio 4000 RTP/AVP 0"), (ANN,))
    assert ann is not None and ann.format.encoding == "PCMU"


@pytest.mark.parametrize(
    "line",
    ["m=audio 0 RTP/AVP 9", "m=audio 4002 RTP/AVP 8", "m=video 4002 RTP/AVP 9", "m=audio 4002 RTP/SAVP 9"],
)
def test_a_stream_that_is_not_taken_leaves_the_others(line: str) -> None:
    made = described()
    made.offer((ANN, BOB))
    ann, bob = made.accept(answered("m=audio 4000 RTP/AVP 8", line), (ANN, BOB))
    assert ann is not None and bob is None


def test_a_recorder_that_takes_nothing_is_none() -> None:
    made = described()
    made.offer((ANN,))
    with pytest.raises(PeerViolation) as caught:
        made.accept(answered("m=audio 0 RTP/AVP 8"), (ANN,))
    assert caught.value.status == 488


def test_an_answer_with_too_few_lines_is_none() -> None:
    made = described()
    made.offer((ANN, BOB))
    with pytest.raises(PeerViolation):
        made.accept(answered("m=audio 4000 RTP/AVP 8"), (ANN, BOB))
    with pytest.raises(ParseError):
        made.accept(b"rubbish", (ANN, BOB))


def test_audio_goes_to_no_place_that_the_site_forbids() -> None:
    made = described(peers=MediaPeers())
    made.offer((ANN,))
    with pytest.raises(PeerViolation):
        made.accept(answered("m=audio 4000 RTP/AVP 8", host="127.0.0.1"), (ANN,))


@pytest.mark.rfc("7866", "7.1.1.1")
def test_an_ended_stream_keeps_its_place_with_port_0_and_the_next_may_have_it() -> None:
    made = described()
    made.offer((ANN, BOB))
    second = parse_sdp(made.offer((ANN, None)))
    assert [media.port for media in second.media] == [20000, 0]
    assert second.origin.version == 8
    third = parse_sdp(made.offer((ANN, replace(BOB, label="3"))))
    assert third.media[1].values("label") == ["3"]


@pytest.mark.rfc("7866", "7.1.1.1")
def test_a_pause_is_inactive_and_the_same_offer_has_the_same_version() -> None:
    made = described()
    made.offer((ANN,))
    first = made.offer((replace(ANN, direction="inactive"),))
    assert b"a=inactive\r\n" in first and b"a=sendonly" not in first
    assert made.offer((replace(ANN, direction="inactive"),)) == first


@pytest.mark.rfc("7866", "12.2")
def test_a_recorder_that_must_encrypt_is_offered_savp_and_gives_its_key() -> None:
    made = described("required")
    offer = parse_sdp(made.offer((ANN,)))
    assert offer.media[0].protocol == "RTP/SAVP"
    tag = next(value for value in offer.media[0].values("crypto") if "AES_CM_128_HMAC_SHA1_80" in value)
    theirs = tag.partition(" ")[0] + " AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40
    (ann,) = made.accept(answered("m=audio 4000 RTP/SAVP 8", f"a=crypto:{theirs}"), (ANN,))
    assert ann is not None and isinstance(ann.security, SdesKeys)


def test_a_recorder_that_must_encrypt_and_does_not_gets_nothing() -> None:
    made = described("required")
    made.offer((ANN,))
    with pytest.raises(PeerViolation):
        made.accept(answered("m=audio 4000 RTP/AVP 8"), (ANN,))


def test_a_recorder_that_may_encrypt_need_not() -> None:
    made = described("optional")
    offer = parse_sdp(made.offer((ANN,)))
    assert offer.media[0].protocol == "RTP/AVP" and offer.media[0].values("crypto")
    (ann,) = made.accept(answered("m=audio 4000 RTP/AVP 8"), (ANN,))
    assert ann is not None and ann.security is None


def test_keys_stay_while_a_stream_stays_where_it_is() -> None:
    made = described("required")
    first = parse_sdp(made.offer((ANN,))).media[0].values("crypto")
    assert parse_sdp(made.offer((replace(ANN, direction="inactive"),))).media[0].values("crypto") == first
    moved = replace(ANN, place=("192.0.2.2", 30000))
    assert parse_sdp(made.offer((moved,))).media[0].values("crypto") != first


@pytest.mark.rfc("7866", "7.2")
def test_the_recorder_may_pause_a_stream_by_an_offer_of_its_own() -> None:
    made = described()
    made.offer((ANN, BOB))
    answer, agreed = made.answer(BOTH.replace(b"a=recvonly", b"a=inactive", 1), (ANN, BOB))
    assert [one and one.direction for one in agreed] == ["inactive", "sendonly"]
    directions = [parse_sdp(answer).direction_of(media) for media in parse_sdp(answer).media]
    assert directions == ["inactive", "sendonly"]


def test_more_lines_of_the_recorder_are_turned_down() -> None:
    made = described()
    made.offer((ANN,))
    answer, _ = made.answer(BOTH, (ANN,))
    assert [media.port for media in parse_sdp(answer).media] == [20000, 0]
    with pytest.raises(PeerViolation):
        made.answer(answered(), (ANN,))


def test_streams_of_two_machines_say_each_where_they_come_from() -> None:
    offer = parse_sdp(described().offer((ANN, replace(BOB, place=("192.0.2.2", 20002)))))
    assert [offer.host_of(media) for media in offer.media] == ["192.0.2.1", "192.0.2.2"]


def test_an_offer_of_the_recorder_is_answered_with_the_tag_of_its_own_key() -> None:
    made = described("required")
    made.offer((ANN,))
    key = "a=crypto:9 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40
    answer, (ann,) = made.answer(answered("m=audio 4000 RTP/SAVP 8", key, "a=recvonly"), (ANN,))
    assert [value.partition(" ")[0] for value in parse_sdp(answer).media[0].values("crypto")] == ["9"]
    assert ann is not None and isinstance(ann.security, SdesKeys)
