"""Offer/answer of one leg."""

import pytest

from pbx.core.audio import AudioFormat, DigitChoice, Direction
from pbx.core.errors import MisuseError, ParseError, PeerViolation
from pbx.sip.audio_section import decline
from pbx.sip.image_line import NegotiatedImage
from pbx.sip.negotiation import MediaProfile, NegotiatedAudio, Negotiation
from pbx.sip.sdp import parse_sdp

OUR_OFFER = (
    b"v=0\r\n"
    b"o=- 42 42 IN IP4 198.51.100.1\r\n"
    b"s=-\r\n"
    b"c=IN IP4 198.51.100.1\r\n"
    b"t=0 0\r\n"
    b"m=audio 20000 RTP/AVP 8 0 101\r\n"
    b"a=rtpmap:8 PCMA/8000\r\n"
    b"a=rtpmap:0 PCMU/8000\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\n"
    b"a=fmtp:101 0-15\r\n"
    b"a=ptime:20\r\n"
    b"a=sendrecv\r\n"
)


def ours() -> Negotiation:
    return Negotiation(("198.51.100.1", 20000), 42)


def theirs(*lines: str, host: str = "192.0.2.1") -> bytes:
    head = ["v=0", "o=alice 1 1 IN IP4 192.0.2.1", "s=secret project", f"c=IN IP4 {host}", "t=0 0"]
    return "\r\n".join([*head, *lines, ""]).encode()


AUDIO = "m=audio 4000 RTP/AVP 0 8 96"
DTMF = "a=rtpmap:96 telephone-event/8000"


@pytest.mark.rfc("3264", "5.1")
@pytest.mark.rfc("3264", "5")
def test_our_offer_is_literal_and_says_nothing_but_our_address() -> None:
    assert ours().offer() == OUR_OFFER


@pytest.mark.requirement("MED-12")
def test_a_peer_is_sent_to_whom_it_talks_with_in_the_agreed_codec_and_brought_back() -> None:
    one = ours()
    one.offer()
    one.accept(theirs("m=audio 4000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000"))
    away = one.offer(at=("192.0.2.77", 7000))
    assert b"c=IN IP4 192.0.2.77\r\n" in away
    assert b"m=audio 7000 RTP/AVP 0 101\r\n" in away
    assert b"o=- 42 43 IN IP4 198.51.100.1\r\n" in away
    back = one.offer()
    assert b"c=IN IP4 198.51.100.1\r\n" in back
    assert b"m=audio 20000 RTP/AVP 0 8 101\r\n" in back


@pytest.mark.rfc("3264", "8")
@pytest.mark.rfc("3264", "8.3.1")
def test_a_move_is_a_new_version_of_the_same_session() -> None:
    one = ours()
    assert not one.move(("198.51.100.1", 20002))  # nobody knew the first place
    one.offer()
    assert one.move(("198.51.100.2", 20004))
    moved = one.offer()
    expected = OUR_OFFER.replace(b"42 42", b"42 43").replace(b"198.51.100.1", b"198.51.100.2")
    assert moved == expected.replace(b"20000", b"20004")
    assert not ours().move(("198.51.100.2", 20004))


@pytest.mark.rfc("3264", "6.1")
def test_our_answer_is_literal() -> None:
    answer, audio = ours().answer(theirs(AUDIO, DTMF, "a=fmtp:96 0-16"))
    assert answer == (
        b"v=0\r\n"
        b"o=- 42 42 IN IP4 198.51.100.1\r\n"
        b"s=-\r\n"
        b"c=IN IP4 198.51.100.1\r\n"
        b"t=0 0\r\n"
        b"m=audio 20000 RTP/AVP 0 96\r\n"
        b"a=rtpmap:0 PCMU/8000\r\n"
        b"a=rtpmap:96 telephone-event/8000\r\n"
        b"a=fmtp:96 0-15\r\n"
        b"a=ptime:20\r\n"
        b"a=sendrecv\r\n"
    )
    assert audio == NegotiatedAudio(
        host="192.0.2.1",
        port=4000,
        format=AudioFormat(encoding="PCMU", payload_type=0, dtmf_payload_type=96),
        direction="sendrecv",
    )


def test_ipv6() -> None:
    offer = Negotiation(("2001:db8::1", 20000), 1).offer()
    assert b"c=IN IP6 2001:db8::1\r\n" in offer
    assert b"o=- 1 1 IN IP6 2001:db8::1\r\n" in offer


@pytest.mark.rfc("3264", "5.1")
@pytest.mark.rfc("3264", "6")
def test_other_media_lines_keep_their_place_with_port_0() -> None:
    answer, _ = ours().answer(
        theirs("m=video 5000 RTP/AVP 99", "m=audio 0 RTP/AVP 0", AUDIO, "m=audio 4002 RTP/SAVP 8")
    )
    assert [(one.kind, one.port, one.protocol) for one in parse_sdp(answer).media] == [
        ("video", 0, "RTP/AVP"),
        ("audio", 0, "RTP/AVP"),
        ("audio", 20000, "RTP/AVP"),
        ("audio", 0, "RTP/SAVP"),
    ]


def test_the_first_audio_line_with_a_codec_of_ours_is_taken() -> None:
    answer, audio = ours().answer(theirs("m=audio 4000 RTP/AVP 18", "m=audio 4002 RTP/AVP 8"))
    assert [one.port for one in parse_sdp(answer).media] == [0, 20000]
    assert (audio.port, audio.format.encoding) == (4002, "PCMA")


@pytest.mark.rfc("3261", "13.3.1.3")
@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("m=audio 4000 RTP/AVP 18 9", "a=rtpmap:18 G729/8000"),
        ("m=audio 0 RTP/AVP 0",),
        ("m=audio 4000 RTP/SAVP 0",),
        ("m=video 4000 RTP/AVP 0",),
        ("m=audio 4000 RTP/AVP 96", DTMF),
        ("m=audio 4000 RTP/AVP 0", "a=rtpmap:0 PCMU/16000"),
        ("m=audio 4000 RTP/AVP 128", "a=rtpmap:128 PCMU/8000"),
        (AUDIO, "c=IN IP4 host.example.com"),
    ],
)
def test_offers_that_get_488(lines: tuple[str, ...]) -> None:
    with pytest.raises(PeerViolation) as caught:
        ours().answer(theirs(*lines))
    assert caught.value.status == 488
    with pytest.raises(PeerViolation) as caught:
        ours().judge(theirs(*lines))
    assert caught.value.status == 488


def test_a_malformed_offer_gets_400() -> None:
    for read in (ours().answer, ours().judge):
        with pytest.raises(ParseError) as caught:
            read(b"rubbish")
        assert caught.value.status == 400


@pytest.mark.parametrize(
    "lines",
    [
        (AUDIO, DTMF),
        ("m=video 5000 RTP/AVP 99", "m=audio 4000 RTP/SAVP 0", AUDIO),
        (AUDIO, "c=IN IP4 host.example.com", "m=audio 4002 RTP/AVP 8"),
    ],
)
def test_judging_an_offer_changes_nothing(lines: tuple[str, ...]) -> None:
    judged, one = ours(), ours()
    judged.judge(theirs(*lines))
    assert judged.answer(theirs(AUDIO, DTMF)) == one.answer(theirs(AUDIO, DTMF))


def test_what_can_only_be_passed_on_is_judged_by_the_party_that_has_it_too() -> None:
    profile = MediaProfile(codecs=("PCMA", "G729"))
    Negotiation(("198.51.100.1", 20000), 42, profile).judge(theirs("m=audio 4000 RTP/AVP 18"))
    with pytest.raises(PeerViolation):
        Negotiation(("198.51.100.1", 20000), 42, profile).answer(theirs("m=audio 4000 RTP/AVP 18"))


@pytest.mark.rfc("3264", "6.1")
@pytest.mark.rfc("3551", "6")
def test_static_payload_types_need_no_rtpmap_and_dynamic_ones_do() -> None:
    _, static = ours().answer(theirs("m=audio 4000 RTP/AVP 8"))
    assert static.format == AudioFormat(encoding="PCMA", payload_type=8, dtmf_payload_type=None)
    _, dynamic = ours().answer(theirs("m=audio 4000 RTP/AVP 97", "a=rtpmap:97 pcma/8000/1"))
    assert (dynamic.format.encoding, dynamic.format.payload_type) == ("PCMA", 97)


@pytest.mark.rfc("3264", "6.1")
@pytest.mark.parametrize(
    ("offered", "wanted", "agreed"),
    [
        ("sendrecv", "sendrecv", "sendrecv"),
        ("sendonly", "sendrecv", "recvonly"),
        ("recvonly", "sendrecv", "sendonly"),
        ("inactive", "sendrecv", "inactive"),
        ("sendrecv", "sendonly", "sendonly"),
        ("sendonly", "sendonly", "inactive"),
        ("recvonly", "inactive", "inactive"),
    ],
)
def test_the_direction_of_an_answer(offered: Direction, wanted: Direction, agreed: Direction) -> None:
    answer, audio = ours().answer(theirs(AUDIO, f"a={offered}"), wanted)
    assert parse_sdp(answer).media[0].direction == agreed
    assert audio.direction == agreed


@pytest.mark.rfc("3264", "8.4")
def test_the_old_hold_by_address() -> None:
    answer, audio = ours().answer(theirs(AUDIO, host="0.0.0.0"))
    assert audio.direction == "recvonly"
    assert parse_sdp(answer).media[0].direction == "recvonly"
    _, both = ours().answer(theirs(AUDIO, "a=recvonly", host="0.0.0.0"))
    assert both.direction == "inactive"


@pytest.mark.rfc("3264", "8")
def test_the_version_grows_only_with_a_change() -> None:
    leg = ours()
    versions = [
        parse_sdp(octets).origin.version
        for octets in (
            leg.offer(),
            leg.offer(),
            leg.offer("sendonly"),
            leg.offer("sendonly"),
            leg.offer("sendrecv"),
        )
    ]
    assert versions == [42, 42, 43, 43, 44]


def test_a_repeated_offer_gets_the_same_answer() -> None:
    leg = ours()
    assert leg.answer(theirs(AUDIO))[0] == leg.answer(theirs(AUDIO))[0]


@pytest.mark.rfc("3264", "8")
def test_a_new_offer_keeps_the_number_of_media_lines() -> None:
    leg = ours()
    leg.answer(theirs("m=video 5000 RTP/AVP 99", AUDIO))
    assert [(one.kind, one.port) for one in parse_sdp(leg.offer()).media] == [("video", 0), ("audio", 20000)]


@pytest.mark.rfc("3264", "8.3.2")
def test_a_dtmf_payload_type_stays_for_the_session() -> None:
    leg = ours()
    leg.answer(theirs(AUDIO, DTMF))
    assert parse_sdp(leg.offer()).media[0].formats == ("0", "8", "96")


def test_an_answer_to_our_offer() -> None:
    leg = ours()
    leg.offer()
    audio = leg.accept(theirs("m=audio 4000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000"))
    assert audio == NegotiatedAudio(
        host="192.0.2.1",
        port=4000,
        format=AudioFormat(encoding="PCMA", payload_type=8, dtmf_payload_type=101),
        direction="sendrecv",
    )


def test_a_200_may_repeat_the_answer_of_a_183() -> None:
    leg = ours()
    leg.offer()
    answer = theirs("m=audio 4000 RTP/AVP 8")
    assert leg.accept(answer) == leg.accept(answer)


@pytest.mark.parametrize(
    ("ours_", "answered", "agreed"),
    [
        ("sendrecv", "recvonly", "sendonly"),
        ("sendonly", "recvonly", "sendonly"),
        ("sendonly", "sendrecv", "sendonly"),
        ("inactive", "inactive", "inactive"),
        ("recvonly", "inactive", "inactive"),
    ],
)
def test_the_direction_of_an_accepted_answer(
    ours_: Direction, answered: Direction, agreed: Direction
) -> None:
    leg = ours()
    leg.offer(ours_)
    assert leg.accept(theirs("m=audio 4000 RTP/AVP 8", f"a={answered}")).direction == agreed


@pytest.mark.parametrize(
    "lines", [(), ("m=audio 0 RTP/AVP 8",), ("m=audio 4000 RTP/AVP 18",), ("m=video 4000 RTP/AVP 8",)]
)
def test_answers_that_refuse_our_audio(lines: tuple[str, ...]) -> None:
    leg = ours()
    leg.offer()
    with pytest.raises(PeerViolation) as caught:
        leg.accept(theirs(*lines))
    assert caught.value.status == 488


def test_an_answer_without_offer_is_our_bug() -> None:
    with pytest.raises(MisuseError):
        ours().accept(theirs(AUDIO))
    leg = ours()
    leg.offer()
    leg.answer(theirs(AUDIO))
    with pytest.raises(MisuseError):
        leg.accept(theirs(AUDIO))


@pytest.mark.rfc("3264", "8")
def test_the_latest_description_of_the_peer_counts_whoever_offered_last() -> None:
    leg = ours()
    with pytest.raises(MisuseError):
        leg.renew(theirs(AUDIO))
    leg.offer()
    offered = leg.renew(theirs(AUDIO))
    _, answered = leg.answer(theirs(AUDIO, "a=sendonly"))
    assert (offered.direction, answered.direction) == ("sendrecv", "recvonly")
    assert leg.renew(theirs(AUDIO, "a=sendonly")) == answered


def test_two_of_us_agree() -> None:
    one, other = ours(), Negotiation(("198.51.100.2", 30000), 7, MediaProfile(codecs=("PCMU",)))
    answer, theirs_ = other.answer(one.offer("sendonly"))
    mine = one.accept(answer)
    assert (mine.host, mine.port, mine.direction) == ("198.51.100.2", 30000, "sendonly")
    assert (theirs_.host, theirs_.port, theirs_.direction) == ("198.51.100.1", 20000, "recvonly")
    assert (
        mine.format == theirs_.format == AudioFormat(encoding="PCMU", payload_type=0, dtmf_payload_type=101)
    )


@pytest.mark.rfc("3264", "6")
@pytest.mark.parametrize("time", ["0 0", "2873397496 2873404696"])
def test_the_time_of_an_answer_is_that_of_the_offer(time: str) -> None:
    offer = theirs(AUDIO).replace(b"t=0 0", f"t={time}".encode())
    answer, _ = ours().answer(offer)
    assert f"\r\nt={time}\r\n".encode() in answer
    assert f"\r\nt={time}\r\n".encode() in decline(offer)


@pytest.mark.parametrize("time", ["", "0", "0 x", "0 0\ta=sendonly", "1" * 21 + " 0"])
def test_a_malformed_time_is_400(time: str) -> None:
    with pytest.raises(ParseError, match="t= line"):
        ours().answer(theirs(AUDIO).replace(b"t=0 0", f"t={time}".encode()))


def streams(description: bytes) -> list[str]:
    """Each m= line as kind and whether it is on."""
    lines = [line.split() for line in description.decode().split("\r\n") if line.startswith("m=")]
    return [f"{kind.removeprefix('m=')} {'off' if port == '0' else 'on'}" for kind, port, *_ in lines]


@pytest.mark.rfc("3264", "8.1")
def test_a_new_stream_comes_below_or_takes_the_place_of_one_that_is_off() -> None:
    call = ours()
    video = ("m=video 5000 RTP/AVP 31",)
    assert streams(call.answer(theirs(AUDIO))[0]) == ["audio on"]
    assert streams(call.answer(theirs(AUDIO, *video))[0]) == ["audio on", "video off"]
    reused = theirs(AUDIO, "m=image 6000 udptl t38")
    assert streams(call.answer(reused)[0]) == ["audio on", "image off"]
    assert streams(call.offer()) == ["audio on", "image off"]


@pytest.mark.rfc("3264", "8.2")
def test_a_stream_that_is_removed_is_off_and_keeps_its_place() -> None:
    call = ours()
    second = AUDIO.replace("4000", "4002")
    assert streams(call.answer(theirs(AUDIO, second))[0]) == ["audio on", "audio off"]
    removed = AUDIO.replace("4000", "0")
    answer, audio = call.answer(theirs(removed, second))
    assert streams(answer) == ["audio off", "audio on"]
    assert audio.port == 4002


T38 = ("m=image 4010 udptl t38", "a=T38FaxVersion:0", "a=T38FaxUdpEC:t38UDPRedundancy")


@pytest.mark.requirement("MED-15")
@pytest.mark.rfc("3264", "8.3")
def test_a_fax_takes_the_place_of_audio_and_gives_it_back() -> None:
    image = NegotiatedImage(host="192.0.2.7", port=4010, attributes=(("T38FaxVersion", "0"),))
    leg = ours()
    leg.offer()
    leg.accept(theirs(AUDIO))
    assert leg.offer_image(image) == (
        b"v=0\r\n"
        b"o=- 42 43 IN IP4 198.51.100.1\r\n"
        b"s=-\r\n"
        b"c=IN IP4 198.51.100.1\r\n"
        b"t=0 0\r\n"
        b"m=image 20000 udptl t38\r\n"
        b"a=T38FaxVersion:0\r\n"
    )
    agreed = leg.accept_image(theirs(*T38))
    assert (agreed.host, agreed.port, len(agreed.attributes)) == ("192.0.2.1", 4010, 2)
    again = parse_sdp(leg.offer())
    assert [(one.kind, one.port) for one in again.media] == [("audio", 20000)]
    assert again.origin.version == 44
    assert leg.accept(theirs(AUDIO)).port == 4000


def test_an_offered_fax_is_answered_in_its_place() -> None:
    image = NegotiatedImage(host="192.0.2.7", port=4010, attributes=(("T38FaxVersion", "0"),))
    leg = ours()
    leg.answer(theirs(AUDIO))
    answer = parse_sdp(leg.answer_image(theirs("m=audio 0 RTP/AVP 0", *T38), image))
    assert [(one.kind, one.port) for one in answer.media] == [("audio", 0), ("image", 20000)]
    assert answer.media[1].attributes == (("T38FaxVersion", "0"),)
    assert [(one.kind, one.port) for one in parse_sdp(leg.offer()).media] == [("audio", 0), ("audio", 20000)]
    with pytest.raises(PeerViolation):
        leg.answer_image(theirs(AUDIO), image)


def test_a_refused_fax_leaves_the_audio_as_it_was() -> None:
    leg = ours()
    leg.offer()
    before = leg.accept(theirs(AUDIO))
    leg.offer_image(NegotiatedImage(host="192.0.2.7", port=4010))
    with pytest.raises(PeerViolation):
        leg.accept_image(theirs("m=image 0 udptl t38"))
    leg.withdraw()
    assert leg.renew(theirs(AUDIO)) == before
    with pytest.raises(PeerViolation):
        leg.accept_image(theirs(*T38))


@pytest.mark.requirement("MED-05")
@pytest.mark.parametrize(
    ("digits", "has_events"), [("auto", True), ("rfc4733", True), ("info", False), ("inband", False)]
)
def test_telephone_events_are_described_only_where_they_count(digits: DigitChoice, has_events: bool) -> None:
    one = Negotiation(("198.51.100.1", 20000), 42, MediaProfile(digits=digits))
    assert (b"telephone-event" in one.offer()) is has_events
    answer, audio = one.answer(theirs(AUDIO, DTMF))
    assert (b"telephone-event" in answer) is has_events
    assert (audio.format.dtmf_payload_type == 96) is has_events


@pytest.mark.requirement("R-29")
@pytest.mark.rfc("7866", "7.1.2")
def test_what_is_recorded_is_a_new_version_of_what_was_agreed_and_nothing_else() -> None:
    one = ours()
    one.indicate("off")
    offer = theirs("m=audio 4000 RTP/AVP 8 0 13", "a=ptime:30", "a=sendonly")
    first, audio = one.answer(offer)
    assert first.endswith(b"a=recvonly\r\na=record:off\r\n")
    one.indicate("on")
    again = one.again()
    assert again == first.replace(b"record:off", b"record:on").replace(b"42 42", b"42 43")
    assert one.renew(offer) == audio


def test_before_anything_is_agreed_to_offer_again_is_to_offer() -> None:
    one = ours()
    assert one.again() == OUR_OFFER and one.indicated is None
