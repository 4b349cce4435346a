"""What the audio of a party may be, when nobody has said anything."""

from pbx.sip.media_peers import ANYBODY
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
