"""Offer and answer of two legs whose codec is only passed on from one to the other."""

import pytest

from pbx.core.errors import PeerViolation
from pbx.sip.audio_section import offered_codecs
from pbx.sip.negotiation import MediaProfile, Negotiation
from pbx.sip.sdp import Media, parse_sdp
from tests.sip.test_negotiation import theirs

ALL = ("PCMA", "PCMU", "G729", "iLBC", "AMR", "AMR-WB")
MOBILE = (
    "m=audio 4000 RTP/AVP 97 98 99 101",
    "a=rtpmap:97 AMR-WB/16000/1",
    "a=fmtp:97 mode-change-capability=2;max-red=0",
    "a=rtpmap:98 AMR/8000",
    "a=fmtp:98 octet-align=1; mode-set=0,2,4,7",
    "a=rtpmap:99 amr/8000",
    "a=rtpmap:101 telephone-event/16000",
)


def ours(codecs: tuple[str, ...] = ALL) -> Negotiation:
    return Negotiation(("198.51.100.1", 20000), 42, MediaProfile(codecs=codecs))


def audio(description: bytes) -> Media:
    return parse_sdp(description).media[0]


def one(number: int, codec: str, fmtp: str = "", *more: str) -> bytes:
    """What a party says that has one codec."""
    said = (f"a=fmtp:{number} {fmtp}",) if fmtp else ()
    return theirs(f"m=audio 4000 RTP/AVP {number}", f"a=rtpmap:{number} {codec}", *said, *more)


@pytest.mark.requirement("MED-01")
@pytest.mark.rfc("4867", "8.3.1")
def test_what_the_caller_says_of_his_codecs_is_offered_to_the_other() -> None:
    names = offered_codecs(theirs(*MOBILE))
    assert names == (
        "AMR-WB;mode-change-capability=2",
        "AMR;mode-set=0,2,4,7;octet-align=1",
        "AMR",
    )
    line = audio(ours().offer(first=names))
    assert line.rtpmap == {
        "115": "AMR-WB/16000",
        "114": "AMR/8000",
        "96": "AMR/8000",
        "101": "TELEPHONE-EVENT/8000",
        "97": "TELEPHONE-EVENT/16000",
    }
    assert line.fmtp["115"] == "mode-change-capability=2"
    assert line.fmtp["114"] == "mode-set=0,2,4,7; octet-align=1"
    assert "96" not in line.fmtp
    assert line.formats[:3] == ("115", "114", "96")


@pytest.mark.requirement("MED-01")
@pytest.mark.rfc("4867", "8.3.1")
def test_the_caller_is_answered_with_what_the_other_has_chosen() -> None:
    called, caller = ours(), ours()
    called.offer(first=offered_codecs(theirs(*MOBILE)))
    agreed = called.accept(one(120, "AMR/8000", "octet-align=1;mode-set=7,4,2,0"))
    assert (agreed.format.encoding, agreed.format.payload_type) == ("AMR", 120)
    assert called.codec == "AMR;mode-set=0,2,4,7;octet-align=1"
    answer, spoken = caller.answer(theirs(*MOBILE), prefer=called.codec)
    assert (spoken.format.encoding, spoken.format.payload_type, spoken.format.clock_rate) == ("AMR", 98, 8000)
    assert audio(answer).formats == ("98",)
    assert audio(answer).fmtp == {"98": "mode-set=0,2,4,7; octet-align=1"}
    assert audio(called.offer()).formats[0] == "114"  # its number stays what it was


@pytest.mark.rfc("4867", "8.3.1")
def test_modes_that_the_other_names_reach_who_named_none() -> None:
    called, caller = ours(), ours()
    called.offer(first=offered_codecs(theirs(*MOBILE)))
    called.accept(one(96, "AMR/8000", "mode-set=0,2"))
    answer, spoken = caller.answer(theirs(*MOBILE), prefer=called.codec)
    assert spoken.format.payload_type == 99
    assert (audio(answer).formats, audio(answer).fmtp) == (("99",), {"99": "mode-set=0,2"})
    assert audio(caller.again()).formats == ("99",)
    assert audio(called.again()).formats[0] == "96"


@pytest.mark.requirement("MED-01")
@pytest.mark.parametrize(
    "answered",
    [
        one(120, "AMR/8000", "octet-align=1"),  # modes that the caller has not
        one(120, "AMR/8000", "octet-align=1; crc=1; mode-set=0,2,4,7"),
        one(120, "AMR/8000", "mode-change-period=2"),
        one(120, "AMR/8000/2"),
        one(120, "iLBC/8000"),
        one(120, "AMR-WB/16000", "mode-set=17"),
    ],
)
def test_what_does_not_match_is_not_passed_on(answered: bytes) -> None:
    called = ours()
    called.offer(first=offered_codecs(theirs(*MOBILE)))
    with pytest.raises(PeerViolation):
        called.accept(answered)


@pytest.mark.parametrize("prefer", ["", "AMR;octet-align=1", "AMR-WB;octet-align=1", "iLBC;mode=20", "PCMA"])
def test_nobody_here_speaks_it(prefer: str) -> None:
    with pytest.raises(PeerViolation):
        ours().answer(theirs(*MOBILE), prefer=prefer)


def test_who_may_not_have_it_is_not_offered_it() -> None:
    names = offered_codecs(theirs(*MOBILE))
    assert set(audio(ours(("PCMA",)).offer(first=names)).rtpmap) == {"8", "101"}
    ours().judge(theirs(*MOBILE))
    with pytest.raises(PeerViolation):
        ours(("PCMA", "AMR-WB;octet-align=1")).judge(one(98, "AMR/8000"))


def test_who_has_nothing_else_and_is_called_by_who_has_it_not() -> None:
    """As with G.729 the offer has nothing to choose from, and is refused."""
    line = audio(ours(("AMR",)).offer(first=("PCMA",)))
    assert set(line.rtpmap.values()) == {"TELEPHONE-EVENT/8000"}
    assert line.values("ptime") == ["20"]


@pytest.mark.rfc("3952", "5")
def test_the_longer_frame_of_ilbc_counts_for_both() -> None:
    offer = one(98, "iLBC/8000", "mode=20")
    called, caller = ours(), ours()
    assert audio(called.offer(first=offered_codecs(offer))).values("ptime") == ["20"]
    agreed = called.accept(one(116, "iLBC/8000", "mode=30"))
    assert (agreed.format.encoding, agreed.format.ptime_ms) == ("iLBC", 30)
    answer, spoken = caller.answer(offer, prefer=called.codec)
    assert spoken.format.ptime_ms == 30
    assert audio(answer).fmtp == {"98": "mode=30"}
    assert audio(answer).values("ptime") == ["30"]
    assert audio(ours().offer(first=("iLBC;mode=30",))).values("ptime") == ["30"]


@pytest.mark.rfc("4733", "2.4.1")
def test_keys_beside_amr_wb_have_its_clock() -> None:
    _, agreed = ours().answer(theirs(*MOBILE), prefer="AMR-WB;mode-change-capability=2")
    assert (agreed.format.dtmf_payload_type, agreed.format.dtmf_clock_rate) == (101, 16000)
