"""What two descriptions agree to: codec, numbers of either side, packet time, digits, comfort noise."""

import pytest

from pbx.core.audio import AudioFormat, OpusWish, PayloadFormat
from pbx.core.errors import PeerViolation
from pbx.sip.audio_section import offered_codecs
from pbx.sip.negotiation import MediaProfile, Negotiation
from pbx.sip.sdp import Media, parse_sdp
from tests.sip.test_negotiation import theirs

ALL = ("opus", "G722", "PCMA", "PCMU", "G729", "L16")
BROWSER = (
    "m=audio 4000 RTP/AVP 111 9 0 8 13 110 126",
    "a=rtpmap:111 opus/48000/2",
    "a=fmtp:111 minptime=10;useinbandfec=1",
    "a=rtpmap:110 telephone-event/48000",
    "a=rtpmap:126 telephone-event/8000",
)


def ours(codecs: tuple[str, ...] = ALL) -> Negotiation:
    return Negotiation(("198.51.100.1", 20000), 42, MediaProfile(codecs=codecs))


def audio(description: bytes) -> Media:
    return parse_sdp(description).media[0]


@pytest.mark.rfc("7587", "7")
def test_our_offer_of_every_codec() -> None:
    line = audio(ours().offer())
    assert line.formats == ("107", "9", "8", "0", "118", "101", "110")
    assert line.rtpmap["107"] == "OPUS/48000/2"
    assert line.fmtp == {"107": "minptime=10;useinbandfec=1", "101": "0-15", "110": "0-15"}


@pytest.mark.requirement("MED-01")
def test_an_answer_takes_the_peers_first_codec_with_the_events_of_its_clock() -> None:
    answer, agreed = ours().answer(theirs(*BROWSER))
    assert audio(answer).formats == ("111", "110")
    assert agreed.format == AudioFormat(
        encoding="opus",
        payload_type=111,
        clock_rate=48000,
        dtmf_payload_type=110,
        dtmf_clock_rate=48000,
        opus=OpusWish(fec=True),
    )


@pytest.mark.rfc("7587", "7")
def test_what_the_peer_asks_of_opus_holds_for_what_we_send() -> None:
    """Parameters are declarative: each side says what it likes to receive, whoever offers."""
    asked = theirs(
        *("m=audio 4000 RTP/AVP 111 0", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 usedtx=1;useinbandfec=1"),
    )
    answer, agreed = ours().answer(asked)
    assert agreed.format.opus == OpusWish(fec=True, dtx=True)
    assert audio(answer).fmtp["111"] == "minptime=10;useinbandfec=1"  # we like to receive every packet
    caller = ours()
    caller.offer()
    assert caller.accept(asked).format.opus == OpusWish(fec=True, dtx=True)
    assert ours(("PCMU",)).answer(asked)[1].format.opus == OpusWish()


def test_the_other_legs_codec_spares_transcoding() -> None:
    answer, agreed = ours().answer(theirs(*BROWSER), prefer="PCMA")
    assert audio(answer).formats == ("8", "13", "126")
    assert (agreed.format.encoding, agreed.format.comfort_noise_type) == ("PCMA", 13)
    assert ours().answer(theirs(*BROWSER), prefer="L16")[1].format.encoding == "opus"


def test_what_the_caller_has_is_offered_first() -> None:
    names = offered_codecs(theirs("m=audio 4000 RTP/AVP 0 9 18"))
    assert names == ("PCMU", "G722", "G729")
    assert audio(ours().offer(first=names)).formats[:5] == ("0", "9", "18", "107", "8")
    assert offered_codecs(b"rubbish") == ()
    assert offered_codecs(theirs("m=video 4000 RTP/AVP 0")) == ()


@pytest.mark.requirement("MED-01")
def test_g729_is_passed_through_and_never_ours_to_speak() -> None:
    with pytest.raises(PeerViolation):
        ours().answer(theirs("m=audio 4000 RTP/AVP 18"))
    _, agreed = ours().answer(theirs("m=audio 4000 RTP/AVP 18"), prefer="G729")
    assert (agreed.format.encoding, agreed.format.payload_type) == ("G729", 18)
    assert "18" not in audio(ours().offer()).formats


@pytest.mark.requirement("MED-02")
@pytest.mark.rfc("3264", "5.1")
def test_each_side_sends_with_the_numbers_of_the_other() -> None:
    leg = ours(("opus", "PCMA"))
    leg.offer()
    agreed = leg.accept(
        theirs(
            "m=audio 4000 RTP/AVP 96 97",
            "a=rtpmap:96 opus/48000/2",
            "a=rtpmap:97 telephone-event/48000",
        )
    )
    assert agreed.format.payload_type == 96
    assert agreed.format.receives == (PayloadFormat(payload_type=107, encoding="opus", clock_rate=48000),)
    assert (agreed.format.dtmf_payload_type, agreed.format.dtmf_receive_types) == (97, (101, 110))


@pytest.mark.requirement("MED-02")
@pytest.mark.parametrize(
    ("asked", "agreed"), [("10", 10), ("20", 20), ("30", 30), ("60", 60), ("5", 10), ("100", 60), ("25", 20)]
)
def test_the_packet_time_that_the_peer_asks_for(asked: str, agreed: int) -> None:
    answer, taken = ours().answer(theirs("m=audio 4000 RTP/AVP 0", f"a=ptime:{asked}"))
    assert taken.format.ptime_ms == agreed
    assert audio(answer).ptime_ms == agreed


@pytest.mark.requirement("MED-02")
def test_a_re_invite_changes_the_codec() -> None:
    leg = ours()
    leg.answer(theirs("m=audio 4000 RTP/AVP 0 8"))
    assert leg.codec == "PCMU"
    _, again = leg.answer(theirs("m=audio 4000 RTP/AVP 9"))
    assert (leg.codec, again.format.encoding) == ("G722", "G722")
    assert audio(leg.offer()).formats[0] == "9"


def test_comfort_noise_is_for_clocks_of_8000() -> None:
    answer, agreed = ours().answer(theirs(*BROWSER))
    assert agreed.format.comfort_noise_type is None
    assert "13" not in audio(answer).formats
