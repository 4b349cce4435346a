"""The m=image section of T.38."""

import pytest

from pbx.core.errors import PeerViolation
from pbx.sip.image_line import (
    MAX_BIT_RATE,
    MAX_BUFFER,
    MAX_DATAGRAM,
    MAX_REDUNDANCY,
    MAX_TEXT,
    MAX_VERSION,
    NegotiatedImage,
    image_place,
    read_image,
    wanted_image,
)
from pbx.sip.sdp import parse_sdp

T38 = "m=image 4010 udptl t38"
SAID = (
    "a=T38FaxVersion:0",
    "a=T38MaxBitRate:14400",
    "a=T38FaxFillBitRemoval",
    "a=T38FaxTranscodingMMR:0",
    "a=T38FaxRateManagement:transferredTCF",
    "a=T38FaxMaxBuffer:2000",
    "a=T38FaxMaxDatagram:400",
    "a=T38FaxMaxIFP:72",
    "a=T38FaxUdpEC:t38UDPRedundancy",
    "a=T38FaxUdpECDepth:1 3",
)


def described(*lines: str, host: str = "192.0.2.1") -> bytes:
    head = ["v=0", "o=fax 1 1 IN IP4 192.0.2.1", "s=-", f"c=IN IP4 {host}", "t=0 0"]
    return "\r\n".join([*head, *lines, ""]).encode()


def kept(*attributes: str) -> list[str]:
    image = wanted_image(described(T38, *attributes))
    assert image is not None
    return [f"a={name}" if value is None else f"a={name}:{value}" for name, value in image.attributes]


@pytest.mark.requirement("MED-15")
@pytest.mark.rfc("3362", "2")
def test_what_a_party_says_of_its_fax_is_passed_on_as_it_is() -> None:
    assert kept(*SAID) == list(SAID)
    image = wanted_image(described(T38, *SAID))
    assert image is not None and (image.host, image.port) == ("192.0.2.1", 4010)
    ours = image.media(20000)
    assert (ours.kind, ours.port, ours.protocol, ours.formats) == ("image", 20000, "udptl", ("t38",))
    assert ours.attributes == image.attributes and ours.host == ""


def test_capitals_are_the_makers_and_of_two_the_first_counts() -> None:
    assert kept("a=t38MaxbitRate:9600", "a=T38MaxBitRate:14400") == ["a=t38MaxbitRate:9600"]


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("T38FaxVersion", MAX_VERSION),
        ("T38MaxBitRate", MAX_BIT_RATE),
        ("T38FaxMaxBuffer", MAX_BUFFER),
        ("T38FaxMaxDatagram", MAX_DATAGRAM),
        ("T38FaxMaxIFP", MAX_DATAGRAM),
        ("T38FaxUdpECDepth", MAX_REDUNDANCY),
        ("T38FaxUdpFECMaxSpan", MAX_REDUNDANCY),
    ],
)
def test_numbers_have_a_limit(name: str, most: int) -> None:
    assert kept(f"a={name}:{most}") == [f"a={name}:{most}"]
    assert kept(f"a={name}:{most + 1}") == []


def test_words_have_a_limit() -> None:
    longest = "x" * MAX_TEXT
    assert kept(f"a=T38FaxUdpEC:{longest}") == [f"a=T38FaxUdpEC:{longest}"]
    assert kept(f"a=T38FaxUdpEC:{longest}x") == []


@pytest.mark.parametrize(
    "line",
    [
        "a=T38FaxVersion",
        "a=T38FaxVersion:",
        "a=T38FaxVersion:-1",
        "a=T38FaxVersion:\u0661",
        "a=T38FaxFillBitRemoval:2",
        "a=T38FaxUdpEC",
        "a=T38FaxUdpEC:<script>",
        "a=T38FaxUdpECDepth:1 2 3",
        "a=T38FaxUdpECDepth:",
        "a=sendonly",
        "a=X-secret:1",
    ],
)
def test_what_is_not_known_or_malformed_is_left_out(line: str) -> None:
    assert kept(line, "a=T38FaxVersion:3") == ["a=T38FaxVersion:3"]


@pytest.mark.parametrize(
    "lines",
    [
        ("m=audio 4000 RTP/AVP 0", T38),
        ("m=image 0 udptl t38",),
        ("m=image 4010 TCP t38",),
        ("m=image 4010 udptl other",),
        ("m=video 4000 RTP/AVP 31",),
        (),
    ],
)
def test_other_offers_do_not_turn_audio_into_a_fax(lines: tuple[str, ...]) -> None:
    assert wanted_image(described(*lines)) is None
    assert wanted_image(b"no sdp") is None


def test_audio_that_is_off_may_stand_beside() -> None:
    assert wanted_image(described("m=audio 0 RTP/AVP 0", "m=image 4010 UDPTL T38")) == NegotiatedImage(
        host="192.0.2.1", port=4010
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "fax.example"])
def test_a_fax_without_an_address_is_not_acceptable(host: str) -> None:
    with pytest.raises(PeerViolation) as refusal:
        wanted_image(described(T38, host=host))
    assert refusal.value.status == 488


def test_a_refusal_in_the_answer_is_told() -> None:
    refused = parse_sdp(described("m=image 0 udptl t38"))
    assert image_place(refused.media) is None
    for place in (0, 1):
        with pytest.raises(PeerViolation, match="turned down"):
            read_image(refused, place)
