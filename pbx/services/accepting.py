"""Accepting: who has picked up outside is asked to press a key, so that no answering machine takes the call.

    ASKING -> LISTENING -> ASKING ...    nothing, or another key: MAX_ASKS times
    ASKING, LISTENING -> OVER            the key: Accepted; not once: NotAccepted

A sentence that cannot be played is not waited for: the key counts all the same.
"""

from dataclasses import dataclass
from enum import StrEnum

from pbx.core.ids import Token
from pbx.core.language import nearest
from pbx.media.dialogue import DialogueEvent, DigitPressed, PlayPrompts, PromptsEnded, Say, StopPrompts

KEY = "1"
MAX_ASKS = 3
LISTEN_S = 4.0  # for the key, after each sentence
SENTENCE_S = 10.0  # the longest takes 4 s; then the player is taken for dead
MOST_S = 20.0  # of all: three sentences and three pauses
FALLBACK_LANGUAGE = "en-GB"
TEXTS = {
    "en-GB": "You have a call. Press 1 to take it.",
    "en-US": "You have a call. Press 1 to take it.",
    "de-DE": "Ein Anruf für Sie. Drücken Sie die 1, um ihn anzunehmen.",
    "fr-FR": "Vous avez un appel. Appuyez sur 1 pour le prendre.",
    "es-ES": "Tiene una llamada. Pulse 1 para atenderla.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptingStarted:
    """Somebody has picked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """He takes the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAccepted:
    """He does not, or it is a machine."""


AcceptingEvent = DialogueEvent | AcceptingStarted
AcceptingEffect = PlayPrompts | StopPrompts | Accepted | NotAccepted


class _At(StrEnum):
    NEW = "new"
    ASKING = "asking"
    LISTENING = "listening"
    OVER = "over"


class Accepting:
    """The dialogue with one party; `language` is the tenant's."""

    __slots__ = ("_at", "_due", "_ends", "_n_asked", "_say")

    def __init__(self, language: str) -> None:
        tag = nearest(language, TEXTS) or FALLBACK_LANGUAGE
        self._say = Say(text=TEXTS[tag], language=tag)
        self._at = _At.NEW
        self._n_asked = 0
        self._due: float | None = None
        self._ends = 0.0

    @property
    def deadline(self) -> float | None:
        """When he has taken too long."""
        return self._due

    def handle(self, event: AcceptingEvent, now: float) -> list[AcceptingEffect]:
        match event:
            case AcceptingStarted() if self._at is _At.NEW:
                self._ends = now + MOST_S
                return self._ask(now)
            case PromptsEnded() if self._at is _At.ASKING and event.token == Token(self._n_asked):
                self._at, self._due = _At.LISTENING, min(now + LISTEN_S, self._ends)
                return []
            case DigitPressed() if self._at in (_At.ASKING, _At.LISTENING):
                return self._pressed(event.digit.reveal(), now)
        return []

    def tick(self, now: float) -> list[AcceptingEffect]:
        """He has not pressed a key in time."""
        if self._due is None or now < self._due:
            return []
        return self._ask(now)

    def _pressed(self, key: str, now: float) -> list[AcceptingEffect]:
        if key != KEY:
            return self._ask(now)
        stops = self._at is _At.ASKING
        self._at, self._due = _At.OVER, None
        return [*((StopPrompts(),) if stops else ()), Accepted()]

    def _ask(self, now: float) -> list[AcceptingEffect]:
        if self._n_asked >= MAX_ASKS or now >= self._ends:
            self._at, self._due = _At.OVER, None
            return [NotAccepted()]
        self._n_asked += 1
        self._at, self._due = _At.ASKING, min(now + SENTENCE_S, self._ends)
        return [PlayPrompts(token=Token(self._n_asked), prompts=(self._say,), until_key=True)]
