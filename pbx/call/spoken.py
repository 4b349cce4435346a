"""Spoken: a guest's wish to hear the caller's answer, as orders to the media worker and facts of record."""

from pbx.call.context import CallContext
from pbx.call.effects import Audit, CallEffect
from pbx.call.leg import Leg
from pbx.call.tokens import Tokens
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, Token
from pbx.core.secret import Secret
from pbx.media.speech_orders import StopTranscribing, Transcribe, Transcribed
from pbx.verify.effects import AnswerHeard, HearAnswer, SpokenEffect, StopHearing
from pbx.verify.events import SpeechHeard


class Spoken:
    """Of one caller, who is asked by one guest at a time; tokens of guests count from 1 each."""

    __slots__ = ("_asked", "_call", "_leg", "_tenant", "_tokens")

    def __init__(self, whose: tuple[CallId, Leg], context: CallContext, tokens: Tokens) -> None:
        self._call, self._leg = whose[0], whose[1].id
        self._tenant, self._tokens = context.tenant, tokens
        self._asked: tuple[Token, Token] | None = None  # the worker's and the guest's; None = nobody listens

    def perform(self, effect: SpokenEffect) -> list[CallEffect]:
        """Carry out what the guest wants."""
        match effect:
            case HearAnswer(token=token, grammar=grammar, language=language):
                ours = self._tokens.next()
                self._asked = ours, token
                return [Transcribe(leg=self._leg, token=ours, grammar=grammar, language=language)]
            case StopHearing():
                return self.stop()
            case AnswerHeard(outcome=outcome):
                fact = AuditFact(
                    kind="verification.spoken",
                    call=self._call,
                    tenant=self._tenant,
                    details={"outcome": outcome},
                )
                return [Audit(fact=fact)]

    def heard(self, event: Transcribed) -> SpeechHeard | None:
        """Return the answer in the guest's words, None for one that nobody waits for."""
        if self._asked is None or event.token != self._asked[0]:
            return None
        token, self._asked = self._asked[1], None
        return SpeechHeard(token=token, outcome=event.outcome, words=event.words, confidence=event.confidence)

    def lost(self) -> SpeechHeard | None:
        """The worker that listened has died; None = it did not."""
        asked, self._asked = self._asked, None
        return None if asked is None else SpeechHeard(token=asked[1], outcome="failed", words=Secret(""))

    def stop(self) -> list[CallEffect]:
        """Nobody waits for an answer any more."""
        if self._asked is None:
            return []
        self._asked = None
        return [StopTranscribing(leg=self._leg)]
