"""Offers and answers of one leg after its first: what they agree to, and what the media worker is told."""

from pbx.call.effects import CallEffect
from pbx.call.leg import Leg
from pbx.core.audio import Direction
from pbx.core.errors import PeerFault
from pbx.core.ids import LegId
from pbx.media.effects import ConnectLeg
from pbx.sip.audio_section import restrict
from pbx.sip.effects import AnswerOffer, HangUp, Reinvite
from pbx.sip.events import (
    LegAnswered,
    LegRinging,
    ReinviteAnswered,
    ReinviteDue,
    ReinviteOffered,
)
from pbx.sip.negotiation import NegotiatedAudio

Described = LegRinging | LegAnswered | ReinviteAnswered


def agreed(leg: Leg, event: Described) -> list[CallEffect]:
    """Take the peer's answer to our offer, or answer its offer; `leg.audio` is what counts from now on.

    PeerFault for a description we cannot use.
    """
    negotiation = leg.negotiation
    if negotiation is None:
        return []
    if event.offer is not None:
        answer, leg.audio = negotiation.answer(event.offer)
        return [AnswerOffer(leg=leg.id, answer=answer)]
    if event.answer is not None:
        leg.audio = negotiation.renew(event.answer)
    return []


def try_agreed(leg: Leg, event: Described) -> list[CallEffect]:
    """Like `agreed`; a description that we cannot use leaves the leg without audio."""
    try:
        return agreed(leg, event)
    except PeerFault:
        leg.audio = None
        return []


def exchanged(leg: Leg | None, event: ReinviteAnswered | ReinviteDue) -> list[CallEffect]:
    """An exchange that we began is over, or may be begun again; a leg we cannot hear any more is hung up."""
    if leg is None or leg.negotiation is None:
        return []
    if isinstance(event, ReinviteDue):  # offer what is true now (RFC 3261 §14.1)
        return [Reinvite(leg=leg.id, offer=leg.negotiation.offer())]
    before = leg.audio
    try:
        return [*agreed(leg, event), *moved(leg, before)]
    except PeerFault as fault:
        return [HangUp(leg=leg.id, cause=fault.status)]


def reoffered(leg: Leg, event: ReinviteOffered, prefer: str) -> tuple[bytes, list[CallEffect]]:
    """Return our answer to a re-INVITE or UPDATE: hold, resume, another codec or address; `prefer` = a codec.

    PeerFault with the status.
    """
    assert leg.negotiation is not None, "a re-INVITE needs a first one"
    if event.offer is None:
        return leg.negotiation.offer(), []
    before = leg.audio
    leg.signalled_from(event.source)
    answer, leg.audio = leg.negotiation.answer(event.offer, prefer=prefer)
    return answer, moved(leg, before)


def moved(leg: Leg, before: NegotiatedAudio | None) -> list[CallEffect]:
    """Tell the media worker, unless nothing has changed: a refresh must not disturb (RFC 4028 §7.4)."""
    return [connect_leg(leg.id, leg.audio)] if leg.audio is not None and leg.audio != before else []


def connect_leg(leg: LegId, audio: NegotiatedAudio, most: Direction = "sendrecv") -> ConnectLeg:
    """Tell the media worker what SDP agreed; `most` is the most that may flow."""
    return ConnectLeg(
        leg=leg,
        host=audio.host,
        port=audio.port,
        format=audio.format,
        direction=restrict(audio.direction, most),
        security=audio.security,
        digits=audio.digits,
        treatment=audio.treatment,
        rtcp=audio.rtcp,
        origins=audio.origins,
    )
