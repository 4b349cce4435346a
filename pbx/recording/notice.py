"""What a caller hears when a call that should be recorded cannot be, and whether it goes on.

    WAITING -> OVER                     the journal is open
    WAITING -> TELLING -> OVER          it is not: announce_unrecorded goes on, refuse ends the call

Source: compliance reference, requirement R-16.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal, assert_never

from pbx.core.ids import Token
from pbx.core.language import nearest
from pbx.media.dialogue import DialogueEvent, DigitPressed, PlayPrompts, PromptsEnded, Say, StopPrompts
from pbx.recording.failure import FailurePolicy

Outcome = Literal["recorded", "announced", "unheard", "refused"]
JOURNAL_LIMIT_S = 1.0  # a failure is visible within a second; an open journal says so within 10 ms
SENTENCE_LIMIT_S = 30.0  # the longest sentence takes 6 s; then the player is taken for dead
FALLBACK_LANGUAGE = "en-GB"
TEXTS: dict[str, dict[FailurePolicy, str]] = {
    "en-GB": {
        "announce_unrecorded": "For technical reasons, this call is not recorded.",
        "refuse": "For technical reasons, we cannot take your call at the moment. Please try again later.",
    },
    "de-DE": {
        "announce_unrecorded": "Aus technischen Gründen wird dieses Gespräch nicht aufgezeichnet.",
        "refuse": (
            "Aus technischen Gründen können wir Ihren Anruf zurzeit nicht annehmen. "
            "Bitte versuchen Sie es später noch einmal."
        ),
    },
}
_SENTENCE = Token(1)


def sentence(policy: FailurePolicy, language: str) -> Say | None:
    """Return what is said; English when there is no translation, None when nothing is (`continue`)."""
    tag = nearest(language, TEXTS) or FALLBACK_LANGUAGE
    text = TEXTS[tag].get(policy)
    return Say(text=text, language=tag) if text is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalAwaited:
    """The first event: the recording was ordered and has not answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalOpened:
    """The recording runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFailed:
    """There is no recording; may be the first event as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUpJournal:
    """It did not answer in time: see to it that it does not run after the caller was told so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeEnded:
    """The last effect: the call is recorded; or the caller was told, could not be told, or has to go."""

    outcome: Outcome


NoticeEvent = DialogueEvent | JournalAwaited | JournalOpened | JournalFailed
NoticeEffect = PlayPrompts | StopPrompts | GiveUpJournal | NoticeEnded


class _At(Enum):
    IDLE = auto()
    WAITING = auto()
    TELLING = auto()
    OVER = auto()


class UnrecordedNotice:
    """One notice to one caller; begin with JournalAwaited or JournalFailed, it ends with NoticeEnded."""

    __slots__ = ("_at", "_due", "_policy", "_say")

    def __init__(self, policy: FailurePolicy, language: str, say: Say | None = None) -> None:
        """`say` is what he is told in the place of the policy's own sentence."""
        self._policy = policy
        self._say = say or sentence(policy, language)
        self._at = _At.IDLE
        self._due: float | None = None

    @property
    def deadline(self) -> float | None:
        """When to call `tick`, monotonic seconds."""
        return self._due

    def handle(self, event: NoticeEvent, now: float) -> list[NoticeEffect]:
        """Take an event; those that do not fit the state are late and change nothing."""
        match event:
            case JournalAwaited():
                if self._at is _At.IDLE:
                    self._at, self._due = _At.WAITING, now + JOURNAL_LIMIT_S
                return []
            case JournalOpened():
                return self._end("recorded") if self._at is _At.WAITING else []
            case JournalFailed():
                return self._tell(now) if self._at in (_At.IDLE, _At.WAITING) else []
            case PromptsEnded():
                if self._at is not _At.TELLING or event.token != _SENTENCE:
                    return []
                return self._told("announced" if event.completed and not event.failed else "unheard")
            case DigitPressed():
                return []  # the sentence is short, and whoever skips it was not told
        assert_never(event)

    def tick(self, now: float) -> list[NoticeEffect]:
        """The journal, or the player, does not answer."""
        if self._due is None or now < self._due:
            return []
        if self._at is _At.WAITING:
            return [GiveUpJournal(), *self._tell(now)]
        return [StopPrompts(), *self._told("unheard")]

    def _tell(self, now: float) -> list[NoticeEffect]:
        if self._say is None:
            return self._told("unheard")
        self._at, self._due = _At.TELLING, now + SENTENCE_LIMIT_S
        return [PlayPrompts(token=_SENTENCE, prompts=(self._say,))]

    def _told(self, how: Outcome) -> list[NoticeEffect]:
        return self._end("refused" if self._policy == "refuse" else how)

    def _end(self, outcome: Outcome) -> list[NoticeEffect]:
        self._at, self._due = _At.OVER, None
        return [NoticeEnded(outcome=outcome)]
