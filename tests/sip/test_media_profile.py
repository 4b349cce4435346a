"""What the audio of a party may be, when nobody has said anything."""

import pytest

from pbx.core.address import Address
from pbx.core.origins import Origins
from pbx.sip.media_peers import ANYBODY, MediaPeers
from pbx.sip.media_profile import PLAIN, MediaProfile
from pbx.sip.passed_codecs import PASSED_THROUGH
from pbx.sip.rtp_codecs import CODECS


def test_without_a_word_it_is_plain_goes_through_us_and_has_what_we_can_speak() -> None:
    assert MediaProfile() == PLAIN and PLAIN.peers is ANYBODY
    assert (PLAIN.srtp, PLAIN.offers, PLAIN.direct) == ("off", "plain", False)
    assert set(PLAIN.codecs) <= set(CODECS) - PASSED_THROUGH


def test_dtls_is_for_who_may_have_a_suite_that_it_has() -> None:
    assert MediaProfile(srtp="optional").may_use_dtls and not PLAIN.may_use_dtls
    assert MediaProfile(srtp="required", suites=("AES_256_CM_HMAC_SHA1_80", "AEAD_AES_256_GCM")).may_use_dtls
    assert not MediaProfile(srtp="required", suites=("AES_256_CM_HMAC_SHA1_80",)).may_use_dtls


PHONE = MediaProfile(nat="strict").heard_at("198.51.100.9")
CARRIER = MediaProfile(nat="strict", names_any=True).heard_at("192.0.2.1")
FENCED = MediaProfile(nat="strict", networks=("203.0.113.0/24",)).heard_at("192.0.2.1")
EDGED = MediaProfile(nat="strict", peers=MediaPeers(edges=("198.51.100.0/24",))).heard_at("198.51.100.9")


@pytest.mark.requirement("S-26")
@pytest.mark.requirement("S-35")
@pytest.mark.parametrize(
    ("profile", "host", "networks", "is_known"),
    [
        (PHONE, "198.51.100.9", ("198.51.100.9",), True),  # where its signalling is
        (PHONE, "192.168.1.7", ("198.51.100.9",), False),  # behind a NAT that it does not know
        (PHONE, "203.0.113.66", ("198.51.100.9",), False),  # somebody else, or its other interface
        (PHONE, "2001:db8::7", None, False),  # the other family: we do not see where it is
        (CARRIER, "203.0.113.66", ("192.0.2.1",), True),  # a media server of its own
        (FENCED, "203.0.113.66", ("192.0.2.1", "203.0.113.0/24"), True),
        (FENCED, "198.51.100.9", ("192.0.2.1", "203.0.113.0/24"), False),
        (EDGED, "192.168.1.7", None, False),  # signalling comes from the edge
        (EDGED, "198.51.100.9", None, True),  # whose relay it is
    ],
)
def test_where_a_party_may_be(
    profile: MediaProfile, host: str, networks: tuple[str, ...] | None, is_known: bool
) -> None:
    assert profile.origins(host) == Origins(networks=networks, is_known=is_known)


def test_who_is_loose_or_whose_signalling_we_do_not_know_may_be_anywhere() -> None:
    assert MediaProfile(nat="loose").heard_at("192.0.2.1").origins("203.0.113.66") is None
    assert MediaProfile(nat="strict").heard_at("").origins("203.0.113.66") is None


def test_a_carrier_that_is_looked_up_by_name_is_where_it_says() -> None:
    named = MediaProfile(nat="strict", names_any=True)
    assert named.origins("203.0.113.66") == Origins(networks=(), is_known=True)


def test_who_signals_from_elsewhere_meanwhile_may_be_there_and_where_he_was() -> None:
    moved = PHONE.heard_at("203.0.113.1").heard_at("203.0.113.1")
    assert moved.hops == ("198.51.100.9", "203.0.113.1")
    assert moved.heard_at("203.0.113.2").hops == ("203.0.113.1", "203.0.113.2"), "two are enough"


@pytest.mark.requirement("S-35")
def test_reports_go_to_no_third_host_of_a_telephone() -> None:
    third, here = Address("203.0.113.66", 5005), Address("192.168.1.7", 5005)
    assert PHONE.reports_at(third, "192.168.1.7") is None
    assert PHONE.reports_at(here, "192.168.1.7") == here
    assert CARRIER.reports_at(third, "192.0.2.1") == FENCED.reports_at(third, "192.0.2.1") == third
    assert (
        MediaProfile().reports_at(third, "192.0.2.1") == third and PHONE.reports_at(None, "192.0.2.1") is None
    )
