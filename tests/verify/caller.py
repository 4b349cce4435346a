"""A caller who is verified, on a clock that starts at 100 s."""

from datetime import date
from typing import Literal

from pbx.core.secret import Secret
from pbx.media.dialogue import DigitPressed, PlayPrompts, PromptsEnded
from pbx.verify.effects import CheckIdentity, HearAnswer, VerificationSettled, VerifyEffect
from pbx.verify.events import IdentityChecked, SpeechHeard, VerificationStarted, VerifyEvent
from pbx.verify.fields import Locale
from pbx.verify.tries import Tries
from pbx.verify.verification import METHODS, Verification

TODAY = date(2026, 11, 24)


class Caller:
    """Drives one machine and keeps the trace of what it ordered, with times."""

    def __init__(
        self,
        attempts: int = 3,
        methods: tuple[str, ...] = METHODS,
        tries: Tries | None = None,
        *,
        parts_companies: bool = False,
        may_speak: bool = False,
    ) -> None:
        self.machine = Verification(
            *("+447700900123", attempts, TODAY, Locale()),
            methods=methods,
            tries=tries,
            parts_companies=parts_companies,
        )
        if may_speak:
            self.machine.let_speak()
        self.now = 100.0
        self.trace: list[tuple[float, VerifyEffect]] = []

    def hears(self, event: VerifyEvent) -> list[VerifyEffect]:
        return self._note(self.machine.handle(event, self.now))

    def until(self, when: float) -> list[VerifyEffect]:
        """Let time pass, ticking at every deadline."""
        out: list[VerifyEffect] = []
        while (due := self.machine.deadline) is not None and due <= when:
            self.now = due
            out += self._note(self.machine.tick(due))
        self.now = when
        return out

    def types(self, digits: str, every_s: float = 0.2) -> list[VerifyEffect]:
        out: list[VerifyEffect] = []
        for digit in digits:
            out += self.until(round(self.now + every_s, 6))
            out += self.hears(DigitPressed(digit=Secret(digit)))
        return out

    def prompt_ends(self, after_s: float = 10.0, *, failed: bool = False) -> list[VerifyEffect]:
        out = self.until(self.now + after_s)
        token = max(effect.token for _, effect in self.trace if isinstance(effect, PlayPrompts))
        return out + self.hears(
            PromptsEnded(token=token, completed=not failed, played_ms=10_000, failed=failed)
        )

    def says(
        self, words: str, confidence: float = 1.0, outcome: Literal["heard", "silence", "failed"] = "heard"
    ) -> list[VerifyEffect]:
        token = max(effect.token for _, effect in self.trace if isinstance(effect, HearAnswer))
        heard = SpeechHeard(token=token, outcome=outcome, words=Secret(words), confidence=confidence)
        return self.hears(heard)

    def store_answers(
        self,
        *,
        matched: bool,
        customer: str = "",
        company: bool = False,
        away: bool = False,
        failed: bool = False,
        by_pin: bool = False,
    ) -> list[VerifyEffect]:
        answer = IdentityChecked(
            token=self.check.token,
            matched=matched,
            customer=customer,
            company=company,
            failed=away or failed,
            away=away,
            by_pin=by_pin,
        )
        return self.hears(answer)

    @property
    def check(self) -> CheckIdentity:
        return [effect for _, effect in self.trace if isinstance(effect, CheckIdentity)][-1]

    @property
    def settled(self) -> VerificationSettled:
        last = self.trace[-1][1]
        assert isinstance(last, VerificationSettled)
        return last

    def said(self) -> list[str]:
        return [
            getattr(prompt, "text", "")
            for _, effect in self.trace
            if isinstance(effect, PlayPrompts)
            for prompt in effect.prompts
        ]

    def _note(self, effects: list[VerifyEffect]) -> list[VerifyEffect]:
        self.trace += [(round(self.now, 6), effect) for effect in effects]
        return effects


def asked(attempts: int = 3, tries: Tries | None = None) -> Caller:
    caller = Caller(attempts, tries=tries)
    caller.hears(VerificationStarted())
    return caller
