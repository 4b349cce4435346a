"""What an exchange agreed to is compared by value: a refresh that says the same again disturbs nobody."""

from dataclasses import replace

from pbx.sip.negotiation import Negotiation

OFFER = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"


def test_the_same_offer_again_is_the_same_audio_and_another_port_is_not() -> None:
    ours = Negotiation(("198.51.100.1", 20000), 42)
    _, first = ours.answer(OFFER)
    _, again = ours.answer(OFFER)
    assert again == first and again.rtcp is None and not again.direct
    assert replace(again, port=first.port + 2) != first
