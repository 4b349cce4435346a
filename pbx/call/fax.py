"""A fax between the two parties of a call: the re-INVITE of one to T.38, and back, is put to the other."""

from dataclasses import dataclass

from pbx.call.capture import Capture
from pbx.call.connect import Connect
from pbx.call.descriptions import connect_leg
from pbx.call.effects import Audit, CallEffect
from pbx.call.leg import Leg, LegState
from pbx.core.audit import AuditFact
from pbx.core.errors import PeerFault
from pbx.core.ids import LegId
from pbx.media.effects import ConnectImage
from pbx.sip.audio_section import offered_codecs
from pbx.sip.effects import AcceptReinvite, HangUp, RefuseReinvite, Reinvite
from pbx.sip.events import ReinviteAnswered, ReinviteDue, ReinviteOffered, ReinviteRefused
from pbx.sip.image_line import NegotiatedImage
from pbx.sip.negotiation import NegotiatedAudio, Negotiation
from pbx.sip.withdrawn import ReinviteWithdrawn

# A machine answers within a second or two, and who asked would end a transaction of its own after 32 s.
ANSWER_MAX_S = 10.0
NOT_ACCEPTABLE, PENDING = 488, 491

ReinviteEvent = ReinviteOffered | ReinviteAnswered | ReinviteRefused | ReinviteDue | ReinviteWithdrawn


@dataclass(slots=True, kw_only=True)
class _Question:
    """What one party offered and the other was asked; `image` is None when `audio` is to return."""

    asker: Leg
    asked: Leg
    offer: bytes
    due: float
    image: NegotiatedImage | None = None
    audio: NegotiatedAudio | None = None
    answer: bytes = b""  # to an offer of audio
    is_waiting: bool = False  # for the end of glare, to ask again


class Fax:
    """At most one question at a time; both legs have `image` while a fax runs, and no `audio`.

    Who asks hears 488 when the other party refuses, says nothing, or is no telephone at all: a flow. A fax
    is never sent in the clear to a party whose audio was encrypted.
    """

    __slots__ = ("_capture", "_connect", "_late", "_question", "_stale")

    def __init__(self, connect: Connect, capture: Capture) -> None:
        self._connect, self._capture = connect, capture
        self._question: _Question | None = None
        self._late: set[LegId] = set()  # asked, but nobody waits for the answer any more
        self._stale: set[LegId] = set()  # would be asked again after glare, but nobody wants it any more

    @property
    def deadline(self) -> float | None:
        """When the party that was asked has said nothing for too long."""
        return self._question.due if self._question is not None else None

    def tick(self, now: float) -> list[CallEffect]:
        """The other party does not answer: who asked stays as it was."""
        question = self._question
        return self._drop("no answer") if question is not None and question.due <= now else []

    def handle(self, event: ReinviteEvent, now: float) -> list[CallEffect] | None:
        """Take an offer or an answer; None = it is about audio only."""
        leg = self._connect.legs.get(event.leg)
        if leg is None or leg.negotiation is None:
            return None
        match event:
            case ReinviteOffered():
                return self._offered(leg, leg.negotiation, event.offer, now)
            case ReinviteAnswered():
                return self._answered(leg, leg.negotiation, event.answer or b"")
            case ReinviteRefused():
                return self._refused(leg, leg.negotiation, event, now)
            case ReinviteDue():
                return self._due(leg)
            case ReinviteWithdrawn():
                if self._question is not None and leg is self._question.asker:
                    self._give_up(self._question)
                return []

    def joined(self, *parties: Leg) -> list[CallEffect]:
        """Two parties talk who did not before: whoever has a fax gets audio, and no question stands."""
        question = self._question
        stands = question is None or (question.asker in parties and question.asked in parties)
        done = [] if stands else self._drop("another party")
        faxing = [leg for leg in parties if leg.image is not None]
        for leg in faxing:
            leg.image = None
            if leg.negotiation is not None:
                done.append(Reinvite(leg=leg.id, offer=leg.negotiation.offer()))
        return [*done, *(self._ended("another party") if faxing else [])]

    def interrupted(self) -> list[CallEffect]:
        """The media worker died: whoever has a fax is told of its new port with an offer of audio."""
        faxing = [leg for leg in self._connect.legs.values() if leg.image is not None]
        for leg in faxing:
            leg.image = None
        return [*self._drop("interrupted"), *(self._ended("media worker") if faxing else [])]

    def _drop(self, reason: str) -> list[CallEffect]:
        """Refuse what is asked, if anything is: who asked stays as it was."""
        question = self._question
        if question is None:
            return []
        self._give_up(question)
        return self._refuse(question.asker, question.image, reason)

    def _refuse(
        self, asker: Leg, image: NegotiatedImage | None, reason: str, status: int = NOT_ACCEPTABLE
    ) -> list[CallEffect]:
        """Who asks stays as it was. That a fax was refused is a fact, for nobody hears it; glare is none."""
        refused: list[CallEffect] = [RefuseReinvite(leg=asker.id, status=status)]
        if image is None or status == PENDING:
            return refused
        return [*refused, self._fact("refused", role=asker.role, reason=reason)]

    def _began(self, asker: Leg) -> list[CallEffect]:
        return [*self._capture.fax("begins"), self._fact("began", role=asker.role)]

    def _ended(self, reason: str) -> list[CallEffect]:
        """`reason` is what the fax gave way to."""
        return [*self._capture.fax("ends"), self._fact("ended", reason=reason)]

    def _fact(self, what: str, **details: str) -> Audit:
        call, tenant = self._connect.belongs_to
        return Audit(fact=AuditFact(kind=f"fax.{what}", call=call, tenant=tenant, details={**details}))

    def _offered(
        self, leg: Leg, ours: Negotiation, offer: bytes | None, now: float
    ) -> list[CallEffect] | None:
        question = self._question
        if question is not None and leg in (question.asker, question.asked):
            return [RefuseReinvite(leg=leg.id, status=PENDING)]
        try:
            image = ours.wanted_image(offer) if offer is not None else None
            if image is None and leg.image is None:
                return None
            return self._put(leg, image, offer, now)
        except PeerFault as fault:
            return [RefuseReinvite(leg=leg.id, status=fault.status)]

    def _put(
        self, leg: Leg, image: NegotiatedImage | None, offer: bytes | None, now: float
    ) -> list[CallEffect]:
        """Ask the other party, unless the same was agreed before; PeerFault."""
        other, ours = self._connect.other(leg), leg.negotiation
        if offer is None or ours is None or other is None or other.state is not LegState.ANSWERED:
            return self._refuse(leg, image, "no other party")  # a fax is not ours to offer
        theirs = other.negotiation
        if theirs is None or _is_encrypted(leg) or _is_encrypted(other):
            return self._refuse(leg, image, "encrypted audio")
        if image is not None and image == leg.image and other.image is not None:  # a refresh (RFC 4028 §7.4)
            return [AcceptReinvite(leg=leg.id, answer=ours.answer_image(offer, other.image))]
        if other.id in self._late:
            return [RefuseReinvite(leg=leg.id, status=PENDING)]
        question = _Question(asker=leg, asked=other, offer=offer, due=now + ANSWER_MAX_S, image=image)
        if image is None:
            question.answer, question.audio = ours.answer(offer, prefer=theirs.codec)
        self._question = question
        return _ask(question, theirs)

    def _answered(self, leg: Leg, ours: Negotiation, answer: bytes) -> list[CallEffect] | None:
        question = self._question
        if question is not None and leg is question.asked:
            self._question = None
            return self._agreed(question, ours, answer)
        if leg.id in self._late:
            self._late.discard(leg.id)
            return self._undo(leg, ours)
        if leg.image is None:
            return None
        try:  # to a refresh of ours
            return self._moved(leg, ours.accept_image(answer))
        except PeerFault as fault:
            return [HangUp(leg=leg.id, cause=fault.status)]

    def _agreed(self, question: _Question, ours: Negotiation, answer: bytes) -> list[CallEffect]:
        asker, asked = question.asker, question.asked
        try:
            if question.image is None:
                return self._talk(question, ours.accept(answer))
            return self._fax(question, question.image, ours.accept_image(answer))
        except PeerFault as fault:
            refused = self._refuse(asker, question.image, str(fault.status))
            if asked.image is not None or question.image is None:  # it has nothing left that we could use
                return [*refused, HangUp(leg=asked.id, cause=fault.status)]
            return [*refused, Reinvite(leg=asked.id, offer=ours.offer())]

    def _talk(self, question: _Question, audio: NegotiatedAudio) -> list[CallEffect]:
        asker, asked = question.asker, question.asked
        assert question.audio is not None, "the answer was made when it was asked"
        asker.audio, asked.audio = question.audio, audio
        asker.image = asked.image = None
        return [
            connect_leg(asked.id, audio),
            connect_leg(asker.id, question.audio),
            AcceptReinvite(leg=asker.id, answer=question.answer),
            *self._ended("audio"),
        ]

    def _fax(self, question: _Question, one: NegotiatedImage, other: NegotiatedImage) -> list[CallEffect]:
        asker, asked = question.asker, question.asked
        assert asker.negotiation is not None, "it has offered"
        answer = asker.negotiation.answer_image(question.offer, other)
        begins = self._began(asker) if asker.image is None else []
        moved = [*self._moved(asked, other), *self._moved(asker, one)]
        return [*moved, AcceptReinvite(leg=asker.id, answer=answer), *begins]

    @staticmethod
    def _moved(leg: Leg, image: NegotiatedImage) -> list[CallEffect]:
        leg.audio, leg.image = None, image
        return [ConnectImage(leg=leg.id, host=image.host, port=image.port)]

    def _refused(
        self, leg: Leg, ours: Negotiation, event: ReinviteRefused, now: float
    ) -> list[CallEffect] | None:
        question = self._question
        if not leg.is_told and event.status == PENDING and event.retry_s is None:
            return None  # the rescue's own offer was in our way, and comes again
        if leg.id in self._late:
            self._late.discard(leg.id)
        elif question is None or leg is not question.asked:
            return None
        elif event.retry_s is not None and now + event.retry_s < question.due:
            question.is_waiting = True
            ours.withdraw()
            return []
        else:
            self._question = None
        ours.withdraw()
        if event.retry_s is not None:
            self._stale.add(leg.id)
        if question is None or leg is not question.asked:
            return []
        status = PENDING if event.status == PENDING else NOT_ACCEPTABLE
        return self._refuse(question.asker, question.image, str(event.status), status)

    def _due(self, leg: Leg) -> list[CallEffect] | None:
        question = self._question
        if question is not None and leg is question.asked and leg.negotiation is not None:
            question.is_waiting = False
            return _ask(question, leg.negotiation)
        is_stale = leg.id in self._stale
        self._stale.discard(leg.id)
        return [] if is_stale or leg.image is not None else None

    def _give_up(self, question: _Question) -> None:
        """Nobody wants the answer any more: one that comes is undone."""
        self._question = None
        (self._stale if question.is_waiting else self._late).add(question.asked.id)

    def _undo(self, leg: Leg, ours: Negotiation) -> list[CallEffect]:
        """A party has agreed to what nobody wants any more: offer what it had."""
        other = self._connect.other(leg)
        if leg.image is not None and other is not None and other.image is not None:
            return [Reinvite(leg=leg.id, offer=ours.offer_image(other.image))]
        return [Reinvite(leg=leg.id, offer=ours.offer())]


def _ask(question: _Question, theirs: Negotiation) -> list[CallEffect]:
    image = question.image
    offer = theirs.offer(first=offered_codecs(question.offer)) if image is None else theirs.offer_image(image)
    return [Reinvite(leg=question.asked.id, offer=offer)]


def _is_encrypted(leg: Leg) -> bool:
    return leg.audio is not None and leg.audio.security is not None
