"""What the audio of a party may be, when nobody has said anything."""

from pbx.sip.media_peers import ANYBODY
from pbx.sip.media_profile import PLAIN, MediaProfile
from pbx.sip.rtp_codecs import CODECS, PASSED_THROUGH


def test_without_a_word_it_is_plain_goes_through_us_and_has_what_we_can_speak() -> None:
    assert MediaProfile() == PLAIN and PLAIN.peers is ANYBODY
    assert (PLAIN.srtp, PLAIN.offers, PLAIN.direct) == ("off", "plain", False)
    assert set(PLAIN.codecs) <= set(CODECS) - PASSED_THROUGH
