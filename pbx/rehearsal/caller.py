"""CallerPart: what the caller of a rehearsal says and presses, question by question."""

from collections.abc import Sequence

from pbx.core.ids import LegId, Token
from pbx.core.secret import Secret
from pbx.media.events import DigitReceived, Transcribed
from pbx.media.speech_orders import Transcribe
from pbx.rehearsal.scenario import Reply

THINKS_S = 0.5  # between a question and its answer
BETWEEN_KEYS_S = 0.2
INTO_S = 0.5  # after the beginning of a sentence that he does not hear out
SPEAKS_S = 2.0
SILENT_S = 6.0  # then a recogniser says that nothing was said
KEY_MS = 100
_CONFIDENCE = 0.95


class CallerPart:
    """Takes one reply for each question that it fits; what nobody asks for is left over."""

    __slots__ = ("_heard", "_is_asked", "_left", "_leg", "_n_entered")

    def __init__(self, leg: LegId, replies: Sequence[Reply]) -> None:
        self._leg, self._left = leg, list(replies)
        self._heard = ""
        self._is_asked = False
        self._n_entered = 0

    @property
    def left(self) -> tuple[Reply, ...]:
        """Replies that nothing has asked for yet."""
        return tuple(self._left)

    def enters(self) -> None:
        """The call enters a further step of a flow: what was for an earlier one is not said any more."""
        self._n_entered += 1
        while self._left and 0 < self._left[0].entry < self._n_entered:
            self._left.pop(0)

    def begins(self, sentences: Sequence[str]) -> tuple[DigitReceived, ...]:
        """Something is said to him; return the keys that he presses into it."""
        self._heard, self._is_asked = " ".join(sentences), False
        if self._left and self._left[0].during and self._fits(self._left[0]):
            return self._keys(self._left.pop(0).keys)
        return ()

    def ended(self) -> None:
        """It was said to its end."""
        self._is_asked = bool(self._heard)

    def answer(self) -> tuple[DigitReceived, ...]:
        """He is asked, and nobody says anything more: return the keys that he presses."""
        reply = self._left[0] if self._left else None
        if reply is None or not self._is_asked or not reply.keys or reply.during or not self._fits(reply):
            return ()
        self._is_asked = False
        return self._keys(self._left.pop(0).keys)

    def speaks(self, order: Transcribe) -> tuple[float, Transcribed]:
        """What he answers to whoever listens to him, and after how long."""
        reply = self._left[0] if self._left else None
        if reply is None or not reply.words or not self._fits(reply):
            return SILENT_S, _said(order.leg, order.token)
        self._left.pop(0)
        return SPEAKS_S, _said(order.leg, order.token, reply.words)

    def _fits(self, reply: Reply) -> bool:
        is_now = reply.entry in (0, self._n_entered)
        return is_now and reply.to.casefold() in self._heard.casefold()

    def _keys(self, keys: str) -> tuple[DigitReceived, ...]:
        return tuple(DigitReceived(leg=self._leg, digit=Secret(key), duration_ms=KEY_MS) for key in keys)


def _said(leg: LegId, token: Token, words: str = "") -> Transcribed:
    if not words:
        return Transcribed(leg=leg, token=token, outcome="silence")
    return Transcribed(leg=leg, token=token, outcome="heard", words=Secret(words), confidence=_CONFIDENCE)
