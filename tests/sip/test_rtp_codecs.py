"""Names and numbers of codecs in SDP."""

import pytest

from pbx.core.audio import PayloadFormat
from pbx.sip.rtp_codecs import CODECS, DYNAMIC, PayloadTypes, codec_names, dtmf_types
from pbx.sip.sdp import Media


def media(formats: str, *rtpmaps: str) -> Media:
    attributes = tuple(("rtpmap", value) for value in rtpmaps)
    return Media(
        kind="audio", port=4000, protocol="RTP/AVP", formats=tuple(formats.split()), attributes=attributes
    )


@pytest.mark.rfc("3551", "6")
def test_static_types_need_no_rtpmap() -> None:
    assert codec_names(media("18 9 8 0")) == {"18": "G729", "9": "G722", "8": "PCMA", "0": "PCMU"}


@pytest.mark.rfc("7587", "7")
def test_opus_is_always_48000_in_two_channels() -> None:
    assert codec_names(media("96 97", "96 OPUS/48000/2", "97 opus/48000")) == {"96": "opus"}
    assert CODECS["opus"].rtpmap == "opus/48000/2"


def test_an_rtpmap_counts_more_than_the_static_table() -> None:
    assert codec_names(media("0 8", "0 speex/8000")) == {"8": "PCMA"}


@pytest.mark.parametrize("kind", ["128", "-1", "1e2", "٠", "0000"])
def test_what_is_no_payload_type_is_no_codec(kind: str) -> None:
    assert codec_names(media(kind, f"{kind} PCMU/8000")) == {}


def test_telephone_events_by_clock() -> None:
    line = media(
        "101 110 99 128",
        "101 telephone-event/8000",
        "110 telephone-event/48000",
        "99 telephone-event/8000",
        "128 telephone-event/16000",
    )
    assert dtmf_types(line) == {8000: 101, 48000: 110}


@pytest.mark.rfc("3264", "8.3.2")
def test_a_number_once_used_stays() -> None:
    types = PayloadTypes()
    types.adopt("opus", 101)
    assert (types.of("opus"), types.of("PCMU"), types.of("opus")) == (101, 0, 101)
    assert types.dtmf(8000) == DYNAMIC[0]  # 101, which we like, is taken
    types.adopt("opus", 111)
    types.adopt_dtmf(8000, 120)
    assert (types.of("opus"), types.dtmf(8000)) == (101, 96)


def test_no_two_codecs_share_a_number() -> None:
    types = PayloadTypes()
    types.adopt("PCMU", CODECS["opus"].number)
    numbers = [types.of(name) for name in CODECS] + [types.dtmf(8000), types.dtmf(48000)]
    assert len(set(numbers)) == len(numbers)
    assert types.formats(("G722",)) == (PayloadFormat(payload_type=9, encoding="G722"),)
