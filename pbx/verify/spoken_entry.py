"""SpokenEntry: when a verification listens to the caller, and which of what it hears counts.

One answer of a dialogue may be spoken: the first. Whoever was not understood, and whoever said a date that
did not verify him, is asked for keys, so that a mistake of the recogniser costs one try at most. What was
said is never read back: our prompts are recorded while his voice is not, and are kept as files.
"""

from datetime import date

from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.verify.effects import AnswerHeard, HearAnswer, SpokenOutcome, StopHearing, VerifyEffect
from pbx.verify.events import SpeechHeard
from pbx.verify.spoken_date import LANGUAGES, parse_spoken_date

CERTAIN = 0.8  # of the recogniser's confidence; below, the caller has keys
HEARD_LIMIT_S = 27.0  # a worker gives up after 25.1; then it is dead
GRAMMAR = "date_of_birth"


class SpokenEntry:
    """`offers` = the next question may be answered by voice."""

    __slots__ = ("_language", "_n_asked", "_until", "offers")

    def __init__(self, language: str) -> None:
        self._language = language
        self.offers = False
        self._until: float | None = None  # None = nobody listens
        self._n_asked = 0

    @property
    def deadline(self) -> float | None:
        """When the recogniser is taken for dead; None while nobody listens."""
        return self._until

    def allow(self) -> None:
        """The flow lets callers speak; it stays with keys in a language that nobody is understood in."""
        self.offers = self._language in LANGUAGES

    def listen(self, now: float) -> list[VerifyEffect]:
        """The question was heard to its end."""
        if not self.offers:
            return []
        self._n_asked += 1
        self._until = now + HEARD_LIMIT_S
        return [HearAnswer(token=Token(self._n_asked), grammar=GRAMMAR, language=self._language)]

    def stop(self) -> list[VerifyEffect]:
        """The caller answers by keys, or is not asked any more."""
        self.offers = False
        if self._until is None:
            return []
        self._until = None
        return [StopHearing()]

    def gave_up(self) -> list[VerifyEffect]:
        """Nobody has answered in time."""
        return [*self.stop(), AnswerHeard(outcome="failed")]

    def heard(self, event: SpeechHeard, today: date) -> tuple[SpokenOutcome, Secret[str] | None] | None:
        """Return what came of it, and the date where it counts; None for an answer that nobody waits for."""
        if self._until is None or event.token != Token(self._n_asked):
            return None
        self._until, self.offers = None, False
        if event.outcome != "heard":
            return event.outcome, None
        if not event.confidence >= CERTAIN:
            return "unclear", None
        born = parse_spoken_date(event.words, today)
        return ("no_date", None) if born is None else ("taken", born)
