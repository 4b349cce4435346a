"""Verifies a caller by what he types, giving nothing away by words or by timing.

    IDLE -> ASKING -> CHECKING -> (ASKING | DONE | REFUSING -> DONE) -> QUIET -> SETTLED

Asked is one field after the other, some with a question whether the end of it was typed right. By the number
alone nothing is asked, said or kept secret: IDLE -> CHECKING -> SETTLED, known or not after the same time.

The leg's taps are silent from before the first prompt until 300 ms after the last digit and the verdict.
Source: compliance reference §4.3-4.6, requirement V-01.
"""

from datetime import date
from typing import assert_never

from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.media.collector import Collected, DigitCollector
from pbx.media.dialogue import DigitPressed, PlayPrompts, PromptsEnded, Say, SecureEntry, StopPrompts
from pbx.verify.effects import AnswerHeard, VerificationSettled, VerifyEffect
from pbx.verify.events import IdentityChecked, SpeechHeard, VerificationStarted, VerifyEvent
from pbx.verify.fields import RIGHT, YES_OR_NO, FieldName, Locale, TypedField, fields_of, question, read_back
from pbx.verify.levels import level_of
from pbx.verify.prompts import texts_for
from pbx.verify.spoken_entry import SpokenEntry
from pbx.verify.stage import At
from pbx.verify.tries import Tries

VERDICT_AFTER_S = 0.8  # after the last digit, whatever the store finds and however fast (§4.3)
STORE_LIMIT_S = 5.0
TAIL_S = 0.3  # a tone goes on sounding in the jitter buffer and the far end's encoder (§4.6)
MAX_TAIL_S = 2.0  # keys pressed after the verdict cannot hold it back for longer
PROMPT_LIMIT_S = 60.0  # the longest prompts take 20 s; then the player is taken for dead
METHODS = ("phone_number", "date_of_birth")


class Verification:
    """One verification of one leg; begin with VerificationStarted, it ends with VerificationSettled."""

    __slots__ = (
        "_answer",
        "_at",
        "_attempts",
        "_collector",
        "_confirms",
        "_deadline",
        "_field",
        "_fields",
        "_give_up_at",
        "_given",
        "_language",
        "_last_digit",
        "_methods",
        "_number",
        "_parts_companies",
        "_playing",
        "_quiet_limit",
        "_spoken",
        "_texts",
        "_today",
        "_token",
        "_tries",
        "_used",
        "_verdict_at",
    )

    def __init__(
        self,
        number: str | None,
        attempts: int,
        today: date,
        locale: Locale,
        *,
        methods: tuple[str, ...] = METHODS,
        tries: Tries | None = None,
        parts_companies: bool = False,
    ) -> None:
        """`methods` are those of `levels`: what somebody knows, without a number, identifies nobody.

        `attempts` are those of this dialogue; `tries` are what the call has left, which counts as well.
        `parts_companies` = a number that is only a company's ends the questions after the first answer.
        """
        self._number = number
        self._methods = methods
        self._parts_companies = parts_companies
        self._attempts = attempts
        self._language, self._texts = texts_for(locale.language)
        self._fields = fields_of(methods, today, locale.country, self._texts)
        self._field = 0
        self._given: dict[FieldName, Secret[str]] = {}
        self._confirms: Secret[str] | None = None  # what was typed, until the caller says that it is right
        self._today = today
        self._spoken = SpokenEntry(self._language)
        self._at = At.IDLE
        self._deadline: float | None = None
        self._collector: DigitCollector | None = None
        self._playing = False
        self._answer: IdentityChecked | None = None
        self._token = 0
        self._used = 0
        self._tries = tries or Tries()
        self._verdict_at = self._give_up_at = self._quiet_limit = 0.0
        self._last_digit = float("-inf")

    def let_speak(self) -> None:
        """The first answer may be spoken; for before the beginning."""
        self._spoken.allow()

    @property
    def deadline(self) -> float | None:
        """When to call `tick`, monotonic seconds."""
        if self._at is At.ASKING and not self._playing and self._collector:
            return self._spoken.deadline or self._collector.deadline
        return self._deadline

    @property
    def settled(self) -> bool:
        """Whether the last effect was returned."""
        return self._at is At.SETTLED

    @property
    def _asks(self) -> bool:
        return bool(self._fields)

    def handle(self, event: VerifyEvent, now: float) -> list[VerifyEffect]:
        """Take an event; those that do not fit the state are late and change nothing."""
        match event:
            case VerificationStarted():
                return self._start(now) if self._at is At.IDLE else []
            case PromptsEnded():
                return self._ended(event, now) if event.token == Token(self._token) else []
            case DigitPressed():
                return self._pressed(event.digit.reveal(), now)
            case IdentityChecked():
                return self._checked(event, now) if event.token == Token(self._token) else []
            case SpeechHeard():
                return self._heard(event, now)
        assert_never(event)

    def tick(self, now: float) -> list[VerifyEffect]:
        """A wait is over."""
        due = self.deadline
        if due is None or now < due:
            return []
        match self._at:
            case At.ASKING if self._playing:
                return [StopPrompts(), *self._quiet(now)]
            case At.ASKING if self._spoken.deadline is not None:
                return [*self._spoken.gave_up(), *self._ask((), now)]
            case At.ASKING:
                collected = self._collector.tick(now) if self._collector else None
                return self._collected(collected, now) if collected else []
            case At.CHECKING:
                return self._verdict(now)
            case At.REFUSING:
                return [StopPrompts(), *self._quiet(now)]
            case At.QUIET:
                return self._settle()
            case At.IDLE | At.SETTLED:
                return []
        assert_never(self._at)

    def _start(self, now: float) -> list[VerifyEffect]:
        if not self._asks:
            self._used = 1
            return self._check(now, is_whole=True)
        if not self._tries.left:
            # He has heard three times that it was wrong: there is nothing to hide by asking once more.
            return [self._outcome()]
        return [SecureEntry(on=True), *self._begin((), now)]

    def _begin(self, first: tuple[str, ...], now: float) -> list[VerifyEffect]:
        """Ask for everything; `first` = what to say before, "" = he is asked for the first time."""
        self._field, self._given = 0, {}
        return self._ask(first, now)

    def _ask(self, first: tuple[str, ...], now: float) -> list[VerifyEffect]:
        field, self._confirms = self._fields[self._field], None
        self._collector = DigitCollector(field.collector, now)  # a new one: what was typed ahead is gone
        self._at = At.ASKING
        question = field.texts.again if first and field.texts.again else field.texts.ask
        return self._play((*first, self._texts.say if self._may_speak else question), now)

    @property
    def _may_speak(self) -> bool:
        return self._spoken.offers and self._fields[self._field].name == "date_of_birth"

    def _confirm(self, field: TypedField, given: Secret[str], now: float) -> list[VerifyEffect]:
        self._confirms, self._collector = given, DigitCollector(YES_OR_NO, now)
        return self._play((self._texts.read_back.format(digits=read_back(field, given)),), now)

    def _play(self, texts: tuple[str, ...], now: float) -> list[VerifyEffect]:
        self._playing, self._deadline = True, now + PROMPT_LIMIT_S
        self._token += 1
        prompts = tuple(Say(text=text, language=self._language) for text in texts)
        asks = self._at is At.ASKING
        return [PlayPrompts(token=Token(self._token), prompts=prompts, until_key=asks)]

    def _ended(self, event: PromptsEnded, now: float) -> list[VerifyEffect]:
        if not self._playing:
            return []
        self._playing, self._deadline = False, None
        if self._at is At.REFUSING or event.failed:
            return self._quiet(now)
        if self._collector:
            self._collector.restart_timer(now)
        return (
            self._spoken.listen(now) if event.completed and self._may_speak else []
        )  # else he has begun to press keys

    def _pressed(self, digit: str, now: float) -> list[VerifyEffect]:
        if self._at in (At.IDLE, At.SETTLED):
            return []
        self._last_digit = now
        if self._at is At.QUIET:
            self._deadline = min(now + TAIL_S, self._quiet_limit)
        if self._at is not At.ASKING or not self._collector:
            return []
        stop: list[VerifyEffect] = [StopPrompts()] if self._playing else []
        stop += self._spoken.stop()
        self._playing = False
        collected = self._collector.press(digit, now)
        return stop + (self._collected(collected, now) if collected else [])

    def _collected(self, collected: Collected, now: float) -> list[VerifyEffect]:
        self._collector = None
        field, typed = self._fields[self._field], collected.digits.reveal()
        if self._confirms is not None:
            given = self._confirms if typed == RIGHT else None
        else:
            given = field.parse(collected.digits)
            if given is not None and field.read_back != "none":
                return self._confirm(field, given, now)
        if given is None:
            return self._malformed(field, collected, now)
        return self._taken(field, given, now)

    def _taken(self, field: TypedField, given: Secret[str], now: float) -> list[VerifyEffect]:
        """An answer of the right form; after the last the store is asked."""
        self._given[field.name] = given
        self._field += 1
        if self._field < len(self._fields):
            return self._ask((), now)
        self._spend()
        return self._check(now, is_whole=True)

    def _malformed(self, field: TypedField, collected: Collected, now: float) -> list[VerifyEffect]:
        """What was typed cannot be one, or is not what the caller meant."""
        is_missing = field.arrives and not collected.digits.reveal()
        if is_missing and not collected.timed_out:
            return self._refuse(now)
        if not is_missing and self._tries.is_forgiven():
            return self._ask((field.texts.invalid,), now)
        self._spend()
        return self._check(now, is_whole=False)

    def _heard(self, event: SpeechHeard, now: float) -> list[VerifyEffect]:
        heard = self._spoken.heard(event, self._today)
        if heard is None or self._at is not At.ASKING:
            return []
        outcome, born = heard
        told = AnswerHeard(outcome=outcome)
        if outcome == "failed":
            return [told, *self._ask((), now)]
        self._collector = None
        if born is not None:
            return [told, *self._taken(self._fields[self._field], born, now)]
        if self._tries.is_forgiven():
            return [told, *self._ask((self._texts.unclear,), now)]
        self._spend()
        return [told, *self._check(now, is_whole=False)]

    def _spend(self) -> None:
        self._used += 1
        self._tries.spend()

    def _check(self, now: float, *, is_whole: bool) -> list[VerifyEffect]:
        """Ask the store; what is not whole is wrong, and takes as long."""
        self._at, self._token = At.CHECKING, self._token + 1
        self._answer = None
        self._verdict_at = self._deadline = now + VERDICT_AFTER_S
        self._give_up_at = now + STORE_LIMIT_S
        given, self._given, self._confirms = self._given, {}, None
        if not is_whole:
            self._answer = IdentityChecked(token=Token(self._token), matched=False)
            return []
        return [question(Token(self._token), self._number, given)]

    def _checked(self, event: IdentityChecked, now: float) -> list[VerifyEffect]:
        if self._at is not At.CHECKING or self._answer is not None:
            return []
        self._answer = event
        if self._is_verified and self._asks:
            self._tries.give_back()
        return self._verdict(now) if now >= self._verdict_at else []

    def _verdict(self, now: float) -> list[VerifyEffect]:
        if self._answer is None and now < self._give_up_at:
            # A slow database must not tell by its time what it did: its answers wait for the next step.
            self._verdict_at = self._deadline = min(self._verdict_at + VERDICT_AFTER_S, self._give_up_at)
            return []
        is_away = self._answer is not None and self._answer.away
        if self._is_verified or self._is_company or is_away or not self._asks:
            return self._quiet(now)
        if self._used < self._attempts and self._tries.left:
            return self._begin((self._texts.wrong,), now)
        return self._refuse(now)

    def _refuse(self, now: float) -> list[VerifyEffect]:
        self._at = At.REFUSING
        return self._play((self._texts.failed,), now)

    @property
    def _is_verified(self) -> bool:
        answer = self._answer
        return answer is not None and answer.matched and not answer.failed and bool(answer.customer)

    @property
    def _is_company(self) -> bool:
        answer = self._answer
        return self._parts_companies and answer is not None and answer.company and not answer.failed

    def _quiet(self, now: float) -> list[VerifyEffect]:
        self._at, self._playing, self._collector = At.QUIET, False, None
        self._given, self._confirms = {}, None
        self._quiet_limit = now + MAX_TAIL_S
        self._deadline = self._last_digit + TAIL_S
        return self._settle() if now >= self._deadline else []

    def _settle(self) -> list[VerifyEffect]:
        outcome = self._outcome()
        return [SecureEntry(on=False), outcome] if self._asks else [outcome]

    def _outcome(self) -> VerificationSettled:
        self._at, self._deadline = At.SETTLED, None
        verified, by_pin = self._is_verified, self._answer is not None and self._answer.by_pin
        shown = tuple(one for one in self._methods if one != "pin" or by_pin)  # who has none has shown none
        return VerificationSettled(
            outcome="verified" if verified else "company" if self._is_company else "unverified",
            level=level_of(self._methods) if verified else "V0",
            methods=shown if verified else (),
            attempts=self._used,
            customer=self._answer.customer if verified and self._answer else "",
        )
