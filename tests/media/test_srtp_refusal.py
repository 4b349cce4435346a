"""A refused packet is dropped without an answer."""

from pbx.media.srtp_refusal import Reason, Refused


def test_it_is_dropped_in_silence_with_its_reason() -> None:
    refused = Refused(Reason.BAD_TAG)
    assert (refused.status, refused.reason, str(refused)) == (0, Reason.BAD_TAG, "SRTP: bad tag")
