"""Plain, SDES or DTLS: what is offered, what is taken, and what is refused."""

import pytest

from pbx.core import srtp
from pbx.core.errors import PeerFault, PeerViolation
from pbx.core.ids import SeededIds
from pbx.core.srtp import DtlsParameters, Fingerprint, SdesKeys, Suite
from pbx.sip.media_security import SUITES, Kind, Policy
from pbx.sip.negotiation import MediaProfile, Negotiation
from pbx.sip.sdp import Media, parse_sdp
from tests.sip.test_negotiation import theirs

OURS = Fingerprint(hash="sha-256", digest="ab" * 32)
THEIRS = "a=fingerprint:sha-256 " + ":".join(["CD"] * 32)
KEY_80 = "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40
ICE = ("a=ice-ufrag:abcd", "a=ice-pwd:" + "p" * 22)
BROWSER = (
    "a=group:BUNDLE 0 1",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 8",
    "a=rtpmap:111 opus/48000/2",
    THEIRS,
    "a=setup:actpass",
    "a=mid:0",
    "a=rtcp-mux",
    *ICE,
    "m=video 9 UDP/TLS/RTP/SAVPF 96",
    "a=mid:1",
)


def leg(srtp: Policy = "optional", offers: Kind = "plain", seed: str = "one") -> Negotiation:
    profile = MediaProfile(srtp=srtp, offers=offers)
    return Negotiation(("198.51.100.1", 20000), 42, profile, ids=SeededIds(seed), fingerprint=OURS)


def audio(description: bytes) -> Media:
    return next(one for one in parse_sdp(description).media if one.kind == "audio" and one.port)


@pytest.mark.requirement("MED-07")
@pytest.mark.rfc("4568", "5.1.2")
def test_an_answer_repeats_the_tag_with_a_key_of_its_own() -> None:
    answer, agreed = leg().answer(theirs("m=audio 4000 RTP/SAVP 8", KEY_80))
    (line,) = audio(answer).values("crypto")
    assert audio(answer).protocol == "RTP/SAVP"
    assert line.startswith("3 AES_CM_128_HMAC_SHA1_80 inline:")
    assert isinstance(agreed.security, SdesKeys)
    assert line.endswith(agreed.security.local.reveal())
    assert agreed.security.remote.reveal() == "A" * 40


@pytest.mark.requirement("MED-07")
@pytest.mark.rfc("4568", "7.1.4")
def test_keys_stay_over_a_re_invite() -> None:
    one = leg()
    first = one.answer(theirs("m=audio 4000 RTP/SAVP 8", KEY_80))[1]
    again = one.answer(theirs("m=audio 4002 RTP/SAVP 8", KEY_80, "a=sendonly"))[1]
    assert first.security == again.security
    assert audio(one.offer()).protocol == "RTP/SAVP"


@pytest.mark.requirement("MED-07")
def test_two_of_us_agree_by_sdes() -> None:
    one, other = leg("required", "sdes"), leg("optional", seed="two")
    offer = one.offer()
    assert [line.split()[1] for line in audio(offer).values("crypto")] == list(SUITES)
    answer, theirs_ = other.answer(offer)
    mine = one.accept(answer)
    assert isinstance(mine.security, SdesKeys)
    assert isinstance(theirs_.security, SdesKeys)
    assert mine.security.suite == theirs_.security.suite == SUITES[0]
    assert (mine.security.local, mine.security.remote) == (theirs_.security.remote, theirs_.security.local)


@pytest.mark.requirement("MED-07")
@pytest.mark.rfc("6188", "4")
def test_every_suite_that_the_media_plane_has_is_taken_and_offered() -> None:
    assert set(SUITES) == set(srtp.SUITES)
    short = "a=crypto:1 AES_256_CM_HMAC_SHA1_32 inline:" + "A" * 61 + "A=="
    agreed = leg().answer(theirs("m=audio 4000 RTP/SAVP 8", short))[1]
    assert isinstance(agreed.security, SdesKeys)
    assert agreed.security.suite == "AES_256_CM_HMAC_SHA1_32"


@pytest.mark.requirement("MED-07")
@pytest.mark.requirement("S-30")
@pytest.mark.parametrize(
    ("policy", "lines", "taken"),
    [
        ("required", ("m=audio 4000 RTP/AVP 8",), False),
        ("required", ("m=audio 4000 RTP/SAVP 8", KEY_80), True),
        ("optional", ("m=audio 4000 RTP/AVP 8",), True),
        ("off", ("m=audio 4000 RTP/SAVP 8", KEY_80), False),
        ("off", BROWSER[1:9], False),
        ("optional", ("m=audio 4000 RTP/SAVP 8",), False),
        ("optional", ("m=audio 4000 RTP/SAVP 8", "a=crypto:1 NULL_HMAC_SHA1_80 inline:AAAA"), False),
        ("optional", ("m=audio 4000 RTP/SAVP 8", KEY_80 + " UNENCRYPTED_SRTP"), False),
    ],
)
def test_the_policy_decides(policy: Policy, lines: tuple[str, ...], taken: bool) -> None:
    if taken:
        leg(policy).answer(theirs(*lines))
    else:
        with pytest.raises(PeerViolation) as caught:
            leg(policy).answer(theirs(*lines))
        assert caught.value.status == 488


@pytest.mark.requirement("S-30")
def test_an_answer_may_not_take_the_encryption_away() -> None:
    one = leg("required", "sdes")
    one.offer()
    with pytest.raises(PeerViolation):
        one.accept(theirs("m=audio 4000 RTP/AVP 8"))


def test_a_phone_that_offers_both_gets_what_the_policy_allows() -> None:
    both = ("m=audio 4000 RTP/AVP 8", "m=audio 4002 RTP/SAVP 8", KEY_80)
    assert audio(leg("required").answer(theirs(*both))[0]).protocol == "RTP/SAVP"
    assert audio(leg("off").answer(theirs(*both))[0]).protocol == "RTP/AVP"


@pytest.mark.requirement("MED-07")
@pytest.mark.rfc("8643", "3.1")
@pytest.mark.rfc("8643", "3.2")
def test_two_of_us_agree_on_keys_that_nobody_had_to_take() -> None:
    one, other = leg(offers="osrtp"), leg(seed="two")
    offer = one.offer()
    assert audio(offer).protocol == "RTP/AVP"
    assert len(audio(offer).values("crypto")) == len(SUITES)
    other.judge(offer)
    answer, theirs_of_us = other.answer(offer)
    assert audio(answer).protocol == "RTP/AVP"
    ours, agreed = one.accept(answer).security, theirs_of_us.security
    assert isinstance(ours, SdesKeys) and isinstance(agreed, SdesKeys)
    assert (ours.local, ours.remote, ours.suite) == (agreed.remote, agreed.local, agreed.suite)


@pytest.mark.requirement("MED-07")
@pytest.mark.rfc("8643", "3.3")
@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("a=crypto:99 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40,),  # a tag that was not offered
        ("a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:short",),
        ("a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40, KEY_80),
    ],
)
def test_an_answer_without_a_line_that_matches_means_plain_rtp(lines: tuple[str, ...]) -> None:
    one = leg(offers="osrtp")
    one.offer()
    assert one.accept(theirs("m=audio 4000 RTP/AVP 8", *lines)).security is None


@pytest.mark.requirement("MED-07")
@pytest.mark.rfc("8643", "3.3")
def test_keys_sent_back_to_us_are_no_keys() -> None:
    one = leg(offers="osrtp")
    (first, *_) = audio(one.offer()).values("crypto")
    assert one.accept(theirs("m=audio 4000 RTP/AVP 8", "a=crypto:" + first)).security is None


@pytest.mark.rfc("8643", "3.3")
@pytest.mark.parametrize("protocol", ["RTP/SAVP", "UDP/TLS/RTP/SAVP", "RTP/AVPF"])
def test_the_answer_keeps_the_profile(protocol: str) -> None:
    one = leg(offers="osrtp")
    one.offer()
    answer = theirs(f"m=audio 4000 {protocol} 8", "a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40)
    if protocol == "RTP/AVPF":
        assert one.accept(answer).security is not None
    else:
        with pytest.raises(PeerViolation):
            one.accept(answer)


@pytest.mark.requirement("MED-07")
@pytest.mark.requirement("S-30")
@pytest.mark.rfc("8643", "3.2")
@pytest.mark.parametrize(
    ("policy", "line", "has_keys"),
    [
        ("off", KEY_80, False),
        ("optional", KEY_80, True),
        ("required", KEY_80, True),
        ("optional", "a=crypto:1 NULL_HMAC_SHA1_80 inline:AAAA", False),
        ("optional", "a=crypto:rubbish", False),
    ],
)
def test_keys_beside_plain_rtp_are_taken_when_they_can_be(policy: Policy, line: str, has_keys: bool) -> None:
    answer, agreed = leg(policy).answer(theirs("m=audio 4000 RTP/AVP 8", line))
    assert audio(answer).protocol == "RTP/AVP"
    assert bool(audio(answer).values("crypto")) == has_keys == (agreed.security is not None)


@pytest.mark.requirement("S-30")
def test_who_requires_encryption_takes_no_keys_that_we_do_not_speak_for_it() -> None:
    with pytest.raises(PeerViolation):
        leg("required").answer(theirs("m=audio 4000 RTP/AVP 8", "a=crypto:rubbish"))
    one = leg("required")
    one.answer(theirs("m=audio 4000 RTP/AVP 8", KEY_80))
    assert audio(one.offer()).protocol == "RTP/AVP"  # the session stays what it is
    with pytest.raises(PeerFault):
        one.accept(theirs("m=audio 4000 RTP/AVP 8"))


@pytest.mark.rfc("8643", "3.4")
def test_a_later_offer_has_the_same_keys_beside_plain_rtp() -> None:
    one = leg(offers="osrtp")
    first = audio(one.offer()).values("crypto")
    one.accept(theirs("m=audio 4000 RTP/AVP 8"))
    assert audio(one.offer()).values("crypto") == first


def test_keys_that_we_did_not_offer_change_nothing() -> None:
    one = leg()
    one.offer()
    assert one.accept(theirs("m=audio 4000 RTP/AVP 8", KEY_80)).security is None


@pytest.mark.requirement("MED-09")
@pytest.mark.rfc("4585", "3.4")
def test_feedback_profiles_are_taken_without_feedback() -> None:
    answer, _ = leg().answer(theirs("m=audio 4000 RTP/AVPF 8", "a=rtcp-fb:8 nack"))
    assert (audio(answer).protocol, audio(answer).values("rtcp-fb")) == ("RTP/AVPF", [])


@pytest.mark.requirement("MED-08")
@pytest.mark.requirement("MED-09")
def test_a_browser_is_answered_with_ice_lite_and_dtls() -> None:
    answer, agreed = leg().answer(theirs(*BROWSER))
    description = parse_sdp(answer)
    assert [(one.kind, one.port) for one in description.media] == [("audio", 20000), ("video", 0)]
    assert ("ice-lite", None) in description.attributes
    assert ("group", "BUNDLE 0") in description.attributes
    line = audio(answer)
    assert line.protocol == "UDP/TLS/RTP/SAVPF"
    assert line.values("setup") == ["active"]
    assert line.values("mid") == ["0"]
    assert line.values("rtcp-mux") == [""]
    assert line.values("candidate")[0].endswith("198.51.100.1 20000 typ host")
    assert isinstance(agreed.security, DtlsParameters)
    assert agreed.security.remote_fingerprints == (Fingerprint(hash="sha-256", digest="cd" * 32),)
    assert agreed.security.ice is not None
    assert agreed.security.ice.remote_ufrag == "abcd"
    assert line.values("ice-ufrag") == [agreed.security.ice.local_ufrag]


@pytest.mark.rfc("8839", "4.4.1.1.1")
def test_ice_begins_anew_only_when_the_peer_does() -> None:
    one = leg()
    first = audio(one.answer(theirs(*BROWSER))[0]).values("ice-ufrag")
    again = audio(one.answer(theirs(*BROWSER, "a=x"))[0]).values("ice-ufrag")
    restarted = [line.replace("abcd", "efgh") for line in BROWSER]
    assert first == again != audio(one.answer(theirs(*restarted))[0]).values("ice-ufrag")


@pytest.mark.requirement("MED-08")
def test_a_browser_is_called_with_dtls() -> None:
    one, other = leg(offers="webrtc"), leg()
    offer = one.offer()
    assert audio(offer).values("setup") == ["actpass"] and audio(offer).values("ice-ufrag")
    assert ("ice-lite", None) in parse_sdp(offer).attributes
    assert audio(offer).protocol == "UDP/TLS/RTP/SAVPF"
    answer, _ = other.answer(offer)
    mine = one.accept(answer)
    assert isinstance(mine.security, DtlsParameters)
    assert mine.security.ice is None  # two lite ends check nothing (RFC 8445 §6.1.1)
    assert mine.security.remote_fingerprints == (OURS,)


PHONE = ("m=audio 4000 UDP/TLS/RTP/SAVP 8", THEIRS)


@pytest.mark.requirement("MED-08")
@pytest.mark.rfc("5763", "5")
@pytest.mark.parametrize(("setup", "role"), [("active", "passive"), ("passive", "active")])
def test_a_telephone_is_called_with_dtls_and_without_ice(setup: str, role: str) -> None:
    one = leg(offers="dtls")
    offer = parse_sdp(one.offer())
    line = offer.media[0]
    assert line.protocol == "UDP/TLS/RTP/SAVP"
    names = [name for name, _ in line.attributes if name not in ("rtpmap", "fmtp", "ptime")]
    assert names == ["sendrecv", "fingerprint", "setup", "rtcp-mux"]
    assert line.values("setup") == ["actpass"] and offer.attributes == ()
    agreed = one.accept(theirs(*PHONE, f"a=setup:{setup}", "a=rtcp-mux"))
    assert agreed.security == DtlsParameters(
        role="active" if role == "active" else "passive",
        remote_fingerprints=(Fingerprint(hash="sha-256", digest="cd" * 32),),
        rtcp_mux=True,
    )


@pytest.mark.requirement("MED-08")
def test_a_telephone_that_brings_up_ice_by_itself_is_taken_without() -> None:
    one = leg(offers="dtls")
    one.offer()
    for said in (ICE, ()):
        agreed = one.accept(theirs(*PHONE, "a=setup:active", *said))
        assert isinstance(agreed.security, DtlsParameters)
        assert agreed.security.ice is None and not agreed.security.rtcp_mux
        one.offer()


@pytest.mark.requirement("S-30")
@pytest.mark.parametrize(
    "lines",
    [
        ("m=audio 4000 RTP/AVP 8", THEIRS, "a=setup:active"),
        ("m=audio 4000 RTP/SAVP 8", KEY_80),
        ("m=audio 4000 UDP/TLS/RTP/SAVP 8", "a=setup:active"),
        (*PHONE, "a=setup:actpass"),
        (*PHONE, "a=setup:holdconn"),
    ],
)
def test_answers_to_dtls_that_are_none(lines: tuple[str, ...]) -> None:
    one = leg(offers="dtls")
    one.offer()
    with pytest.raises(PeerViolation):
        one.accept(theirs(*lines))


@pytest.mark.requirement("MED-08")
def test_two_of_us_agree_by_dtls_without_ice() -> None:
    one, other = leg(offers="dtls"), leg(seed="two")
    answer, agreed = other.answer(one.offer())
    mine = one.accept(answer).security
    assert isinstance(mine, DtlsParameters) and isinstance(agreed.security, DtlsParameters)
    assert (mine.role, agreed.security.role) == ("passive", "active")
    assert mine.rtcp_mux and agreed.security.rtcp_mux and mine.ice is agreed.security.ice is None
    for side in (one, other):  # what the session is it stays, whoever offers next
        line = parse_sdp(side.offer()).media[0]
        assert line.protocol == "UDP/TLS/RTP/SAVP" and not line.values("ice-ufrag")


@pytest.mark.rfc("5761", "5.1.1")
@pytest.mark.parametrize("mux", [True, False])
def test_reports_share_the_port_of_an_answer_only_when_that_was_offered(mux: bool) -> None:  # noqa: FBT001
    for lines in (BROWSER[:6] + ICE, (*PHONE, "a=setup:actpass")):
        answer, agreed = leg().answer(theirs(*lines, *(("a=rtcp-mux",) if mux else ())))
        assert isinstance(agreed.security, DtlsParameters)
        assert bool(audio(answer).values("rtcp-mux")) == mux == agreed.security.rtcp_mux


@pytest.mark.requirement("S-32")
@pytest.mark.parametrize(
    "lines",
    [
        ("a=fingerprint:sha-1 " + ":".join(["CD"] * 20),),
        (THEIRS, THEIRS.replace("CD", "EE")),
        (),
    ],
)
def test_a_weak_or_contradicting_fingerprint_is_refused(lines: tuple[str, ...]) -> None:
    offer = [line for line in BROWSER if line != THEIRS]
    offer[3:3] = lines
    with pytest.raises(PeerViolation) as caught:
        leg().answer(theirs(*offer))
    assert caught.value.status == 488


def test_without_means_nothing_but_plain_rtp_is_taken() -> None:
    plain = Negotiation(("198.51.100.1", 20000), 42, MediaProfile(srtp="optional"))
    with pytest.raises(PeerViolation):
        plain.answer(theirs("m=audio 4000 RTP/SAVP 8", KEY_80))
    plain.answer(theirs("m=audio 4000 RTP/AVP 8"))


GCM: Suite = "AEAD_AES_256_GCM"
OTHER: Suite = "AES_CM_128_HMAC_SHA1_80"


def picky(*suites: Suite, srtp: Policy = "optional", offers: Kind = "sdes") -> Negotiation:
    profile = MediaProfile(srtp=srtp, offers=offers, suites=suites)
    return Negotiation(("198.51.100.1", 20000), 42, profile, ids=SeededIds("picky"), fingerprint=OURS)


@pytest.mark.requirement("MED-07")
@pytest.mark.rfc("4568", "5.1.1")
@pytest.mark.parametrize("suites", [(GCM,), (OTHER, GCM)])
def test_suites_are_offered_in_the_order_in_which_they_are_written(suites: tuple[Suite, ...]) -> None:
    one = picky(*suites)
    lines = audio(one.offer()).values("crypto")
    assert [line.split()[1] for line in lines] == list(suites)
    assert [line.split()[0] for line in lines] == [str(n) for n, _ in enumerate(suites, 1)]
    one.move(("198.51.100.9", 20002), OURS)
    assert [line.split()[1] for line in audio(one.offer()).values("crypto")] == list(suites)


@pytest.mark.requirement("MED-07")
def test_of_the_suites_of_an_offer_the_first_written_one_is_taken() -> None:
    offer = leg("required", "sdes").offer()
    for suites in ((OTHER, GCM), (GCM, OTHER)):
        agreed = picky(*suites).answer(offer)[1].security
        assert isinstance(agreed, SdesKeys) and agreed.suite == suites[0]


@pytest.mark.requirement("MED-07")
@pytest.mark.requirement("S-30")
def test_an_offer_without_a_written_suite_is_refused_and_plain_where_it_need_not_be() -> None:
    policies: tuple[Policy, ...] = ("optional", "required")
    for policy in policies:
        with pytest.raises(PeerViolation) as caught:
            picky(GCM, srtp=policy).answer(theirs("m=audio 4000 RTP/SAVP 8", KEY_80))
        assert caught.value.status == 488
    assert picky(GCM).answer(theirs("m=audio 4000 RTP/AVP 8", KEY_80))[1].security is None


@pytest.mark.requirement("MED-08")
def test_a_browser_may_have_those_of_the_written_suites_that_dtls_has() -> None:
    agreed = picky("AES_256_CM_HMAC_SHA1_80", GCM).answer(theirs(*BROWSER))[1].security
    assert isinstance(agreed, DtlsParameters) and agreed.suites == ("AES_256_CM_HMAC_SHA1_80", GCM)
    with pytest.raises(PeerViolation):
        picky("AES_256_CM_HMAC_SHA1_80").answer(theirs(*BROWSER))
