"""A call-back: a caller hangs up, and whoever answers at the number on file confirms by a key.

Two dialogues, one for each of the two calls. What the first one hears is the same whether anybody is called:
else it would tell who is a customer. The key of the second is drawn and said in it, so that neither a machine
that answers nor a key pressed by habit is taken for a person. V3 is reached by whoever is called, never by
who has asked for it: so it is of no use to forge a number, or to have somebody else called.
Source: compliance reference §4.4, §4.5 ("hang up, dial number on file, press random digit announced").
"""

from typing import Literal

from pbx.core.ids import Ids, Token
from pbx.core.secret import Secret
from pbx.media.dialogue import DialogueEvent, DigitPressed, PlayPrompts, PromptsEnded, Say, StopPrompts
from pbx.verify.effects import (
    CallBackAnnounced,
    CallBackConfirmed,
    CallBackUnconfirmed,
    NotConfirmed,
    VerifyEffect,
)
from pbx.verify.events import VerificationStarted
from pbx.verify.prompts import texts_for

KEYS = "123456789"  # 0 is what people press who want an operator
ROUNDS = 3  # of the question: one is over before a telephone is at the ear
KEY_S = 8.0  # to press it once it was said
PROMPT_LIMIT_S = 60.0  # then the player is taken for dead
Confirm = Literal["key", "date_of_birth"]
SaysDigits = Literal["never", "verified"]


def draw_key(ids: Ids) -> str:
    """Return the key to press, all nine equally likely."""
    while (drawn := ids.octets(1)[0]) >= 256 // len(KEYS) * len(KEYS):
        continue
    return KEYS[drawn % len(KEYS)]


class CallBackNotice:
    """Tells a caller that he will be called; the call ends with the sentence."""

    __slots__ = ("_deadline", "_digits", "_language", "_texts")

    def __init__(self, language: str, digits: str = "") -> None:
        """`digits` = the end of the number that may be named, "" = nothing of it is."""
        self._language, self._texts = texts_for(language)
        self._digits = " ".join(digits)
        self._deadline: float | None = None

    @property
    def deadline(self) -> float | None:
        """When the sentence should have ended long ago."""
        return self._deadline

    def handle(self, event: DialogueEvent | VerificationStarted, now: float) -> list[VerifyEffect]:
        """Take an event; keys mean nothing here."""
        if isinstance(event, VerificationStarted):
            self._deadline = now + PROMPT_LIMIT_S
            texts = self._texts
            said = texts.call_back_ends.format(digits=self._digits) if self._digits else texts.call_back
            prompts = (Say(text=said, language=self._language),)
            return [PlayPrompts(token=Token(1), prompts=prompts, until_key=False)]
        return self._end() if isinstance(event, PromptsEnded) and self._deadline is not None else []

    def tick(self, now: float) -> list[VerifyEffect]:
        """The player is dead."""
        is_due = self._deadline is not None and now >= self._deadline
        return [StopPrompts(), *self._end()] if is_due else []

    def _end(self) -> list[VerifyEffect]:
        self._deadline = None
        return [CallBackAnnounced()]


class Confirmation:
    """Asks whoever answers the call-back for a key; ends with CallBackConfirmed or CallBackUnconfirmed."""

    __slots__ = ("_deadline", "_key", "_language", "_playing", "_rounds", "_said", "_token")

    def __init__(self, language: str, name: str, key: str) -> None:
        """`name` is who calls; `key` has to be pressed."""
        self._language, texts = texts_for(language)
        self._key, self._said = key, texts.call_back_confirm.format(name=name, digit=key)
        self._rounds = self._token = 0
        self._playing = False
        self._deadline: float | None = None  # None = not begun, or over

    @property
    def deadline(self) -> float | None:
        """When to call `tick`, monotonic seconds."""
        return self._deadline

    def handle(self, event: DialogueEvent | VerificationStarted, now: float) -> list[VerifyEffect]:
        """Take an event; those that are late change nothing."""
        match event:
            case VerificationStarted():
                return self._ask(now)
            case DigitPressed(digit=digit):
                return self._pressed(digit, now)
            case PromptsEnded():
                return self._ended(event, now)

    def tick(self, now: float) -> list[VerifyEffect]:
        """A wait is over."""
        if self._deadline is None or now < self._deadline:
            return []
        if self._playing:
            return [StopPrompts(), *self._give_up("no_key")]
        return self._ask(now)

    def _ask(self, now: float) -> list[VerifyEffect]:
        if self._rounds >= ROUNDS:
            return self._give_up("no_key")
        self._rounds += 1
        self._token += 1
        self._playing, self._deadline = True, now + PROMPT_LIMIT_S
        prompts = (Say(text=self._said, language=self._language),)
        return [PlayPrompts(token=Token(self._token), prompts=prompts, until_key=True)]

    def _ended(self, event: PromptsEnded, now: float) -> list[VerifyEffect]:
        if not self._playing or event.token != Token(self._token):
            return []
        if event.failed:
            return self._give_up("unspoken")
        self._playing, self._deadline = False, now + KEY_S
        return []

    def _pressed(self, digit: Secret[str], now: float) -> list[VerifyEffect]:
        if self._deadline is None:
            return []
        stop: list[VerifyEffect] = [StopPrompts()] if self._playing else []
        self._playing = False
        if digit.reveal() != self._key:
            return [*stop, *self._ask(now)]
        self._deadline = None
        return [*stop, CallBackConfirmed()]

    def _give_up(self, why: NotConfirmed) -> list[VerifyEffect]:
        self._deadline, self._playing = None, False
        return [CallBackUnconfirmed(why=why)]
