"""An offer of the peer in a response to our INVITE; its answer goes into the PRACK or the ACK.

RFC 3261 §13.2.1, RFC 3262 §5: that is so when our INVITE had no offer.
"""

from dataclasses import dataclass

from pbx.core.errors import ParseError
from pbx.sip.audio_section import decline
from pbx.sip.dialog import Dialog


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferInResponse:
    """The dialog, the offer, and what will acknowledge it: the RAck of a PRACK, or the CSeq of an ACK."""

    dialog: Dialog
    offer: bytes
    rack: str = ""
    number: int = 0

    @property
    def refusal(self) -> bytes:
        """The answer when nobody wants the call any more; a BYE follows it (RFC 3261 §13.2.2.4)."""
        try:
            return decline(self.offer)
        except ParseError:
            return b""
