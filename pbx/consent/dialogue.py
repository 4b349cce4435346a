"""The consent dialogue with one party: tells or asks, and settles with a proof.

Fails closed: whatever goes wrong, the last effect is ConsentSettled(record=False).
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never

from pbx.consent.effects import (
    Act,
    ConsentDecision,
    ConsentEffect,
    ConsentProof,
    ConsentSettled,
    ConsentState,
)
from pbx.consent.events import ConsentEvent, ConsentStarted
from pbx.consent.texts import ConsentTexts
from pbx.core.ids import Token
from pbx.media.dialogue import DigitPressed, PlayPrompts, PromptsEnded, Say, StopPrompts

__all__ = ["ConsentDialogue", "ConsentTexts"]

OPTOUT_WINDOW_S = 2.0  # compliance reference §3.3
ANSWER_WAIT_S = 8.0
PROMPT_LIMIT_S = 60.0  # the longest text takes 45 s; then the player is taken for dead
STOP_LIMIT_S = 2.0  # how long a stopped player may take to say what it played
ROUNDS = 2  # the prompt and one repetition
YES, NO = "1", "2"


class _At(Enum):
    START = auto()
    PLAYING = auto()
    STOPPING = auto()  # a key was pressed; waiting for what was heard until then
    WAITING = auto()  # the prompt is over, a key may follow
    SETTLED = auto()


@dataclass(frozen=True, slots=True)
class _ModeRow:
    """How a mode talks: keys that count, the wait after the prompt, what silence and failure mean."""

    keys: str
    wait_s: float
    silence: ConsentState


_TALKING = {
    "notify": _ModeRow("", 0.0, "informed"),
    "notify_optout": _ModeRow(NO, OPTOUT_WINDOW_S, "informed"),
    "optin_one": _ModeRow(YES + NO, ANSWER_WAIT_S, "declined"),
    "optin_all": _ModeRow(YES + NO, ANSWER_WAIT_S, "declined"),
}
_ANSWERS: dict[str, ConsentState] = {YES: "granted", NO: "declined"}
_RECORDABLE = ("informed", "granted")


class ConsentDialogue:
    """One run with one party; begin it with ConsentStarted, it ends with ConsentSettled."""

    __slots__ = (
        "_at",
        "_deadline",
        "_decision",
        "_heard",
        "_hint",
        "_key",
        "_missing",
        "_party",
        "_purposes",
        "_round",
        "_row",
        "_say",
    )

    def __init__(
        self,
        decision: ConsentDecision,
        *,
        party: str = "caller",
        purposes: tuple[str, ...],
        language: str,
        texts: ConsentTexts,
        withdraw_key: str | None = None,
        missing: str = "",
    ) -> None:
        """`withdraw_key` is what the party may press later; None = there is no such key.

        `missing` is the language that was wanted where `language` is "": there are no words that may be said.
        """
        self._decision = decision
        self._party = party
        self._purposes = purposes
        self._row = _TALKING.get(decision.mode)
        self._say: Say | None = texts.prompt(decision.mode, language, purposes)
        self._hint = texts.withdrawal(withdraw_key, language) if withdraw_key is not None else None
        self._missing = missing or language if self._row is not None and self._say is None else ""
        self._at = _At.START
        self._deadline: float | None = None
        self._round = 0
        self._key = ""
        self._heard: PromptsEnded | None = None

    @property
    def deadline(self) -> float | None:
        """When to call `tick`, monotonic seconds."""
        return self._deadline

    @property
    def settled(self) -> bool:
        """Whether the last effect was returned."""
        return self._at is _At.SETTLED

    def handle(self, event: ConsentEvent, now: float) -> list[ConsentEffect]:
        """Take an event; those that do not fit the state are late and change nothing."""
        match event:
            case ConsentStarted():
                return self._start(now) if self._at is _At.START else []
            case PromptsEnded():
                return self._ended(event, now) if event.token == Token(self._round) else []
            case DigitPressed():
                return self._pressed(event.digit.reveal(), now)
        assert_never(event)

    def tick(self, now: float) -> list[ConsentEffect]:
        """A wait is over."""
        if self._deadline is None or now < self._deadline:
            return []
        if self._at is _At.WAITING:
            return self._silence(now)
        if self._at is _At.STOPPING:
            return self._answered()
        return [StopPrompts(), *self._settle("unknown")]

    def _start(self, now: float) -> list[ConsentEffect]:
        if self._row is None or self._say is None:
            return self._settle("unknown")
        return self._play(self._say, now)

    def _play(self, say: Say, now: float) -> list[ConsentEffect]:
        self._at, self._deadline = _At.PLAYING, now + PROMPT_LIMIT_S
        self._round += 1
        prompts = (say,) if self._hint is None else (say, self._hint)
        return [PlayPrompts(token=Token(self._round), prompts=prompts)]

    def _ended(self, event: PromptsEnded, now: float) -> list[ConsentEffect]:
        if self._at not in (_At.PLAYING, _At.STOPPING):
            return []
        self._heard = event
        if self._at is _At.STOPPING:
            return self._answered()
        if self._row is None or not event.completed or event.failed:
            return self._again("unknown", now)
        if not self._row.wait_s:
            return self._settle(self._row.silence)
        self._at, self._deadline = _At.WAITING, now + self._row.wait_s
        return []

    def _pressed(self, digit: str, now: float) -> list[ConsentEffect]:
        if self._at not in (_At.PLAYING, _At.WAITING) or self._row is None:
            return []
        if not digit or digit not in self._row.keys:
            return []
        self._key = digit
        if self._at is _At.WAITING:
            return self._answered()
        self._at, self._deadline = _At.STOPPING, now + STOP_LIMIT_S
        return [StopPrompts()]

    def _answered(self) -> list[ConsentEffect]:
        # A yes to a question that was never heard is not consent; a no always counts.
        heard = self._heard is not None and not self._heard.failed
        return self._settle(_ANSWERS[self._key] if heard or self._key == NO else "unknown")

    def _silence(self, now: float) -> list[ConsentEffect]:
        if self._row is None or self._row.silence in _RECORDABLE:
            return self._settle("informed")
        return self._again(self._row.silence, now)

    def _again(self, otherwise: ConsentState, now: float) -> list[ConsentEffect]:
        if self._say is None or self._round >= ROUNDS:
            return self._settle(otherwise)
        self._heard = None
        return self._play(self._say, now)

    def _settle(self, state: ConsentState) -> list[ConsentEffect]:
        self._at, self._deadline = _At.SETTLED, None
        return [
            ConsentSettled(
                record=self._decision.mode == "none" or state in _RECORDABLE, proof=self._proof(state)
            )
        ]

    def _proof(self, state: ConsentState) -> ConsentProof:
        heard = self._heard
        asked = self._say is not None and self._round > 0
        return ConsentProof(
            party=self._party,
            decision=self._decision,
            state=state,
            prompt=" ".join(one.text for one in (self._say, self._hint) if one) if asked else "",
            prompt_sha256=heard.sha256 if heard else "",
            language=self._say.language if self._say and asked else "",
            played_ms=heard.played_ms if heard else 0,
            key=self._key if state in ("granted", "declined") else "",
            purposes=self._purposes,
            missing=self._unsaid(state),
            act=self._act(state),
        )

    def _act(self, state: ConsentState) -> Act:
        """By what the party has answered; silence after a question counts as a no, and is no act."""
        if state in ("granted", "declined") and self._key:
            return "key"
        return "stayed" if state == "informed" else ""

    def _unsaid(self, state: ConsentState) -> str:
        """The language in which nothing could be said: there are no words, or no voice that says them."""
        is_silent = state == "unknown" and self._heard is not None and self._heard.failed
        return self._say.language if self._say is not None and is_silent else self._missing
