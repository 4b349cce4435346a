"""The answer that refuses an offer nobody wants any more."""

import pytest

from pbx.core.address import Remote
from pbx.sip.dialog import Dialog
from pbx.sip.offer_in_response import OfferInResponse


@pytest.mark.rfc("3261", "13.2.2.4")
@pytest.mark.parametrize(
    ("offer", "refusal"),
    [
        (
            b"v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n"
            b"m=audio 9 RTP/AVP 8 0\r\n",
            b"v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 0 RTP/AVP 8 0\r\n",
        ),
        (b"rubbish", b""),
    ],
)
def test_every_stream_is_refused(offer: bytes, refusal: bytes) -> None:
    dialog = Dialog("c", ("<sip:a@b>;tag=1", "1"), ("<sip:c@d>;tag=2", "2"), Remote("udp", "10.0.0.2", 5060))
    assert OfferInResponse(dialog=dialog, offer=offer, number=1).refusal == refusal
