"""The two dialogues of a call-back: what a caller is told, and what whoever answers is asked."""

from collections import Counter

import pytest

from pbx.core.ids import SeededIds, Token
from pbx.core.secret import Secret
from pbx.media.dialogue import DialogueEvent, DigitPressed, PlayPrompts, PromptsEnded, Say, StopPrompts
from pbx.verify.call_back import (
    KEY_S,
    KEYS,
    PROMPT_LIMIT_S,
    ROUNDS,
    CallBackNotice,
    Confirmation,
    draw_key,
)
from pbx.verify.effects import CallBackAnnounced, CallBackConfirmed, CallBackUnconfirmed, VerifyEffect
from pbx.verify.events import VerificationStarted
from pbx.verify.prompts import TEXTS

EN = TEXTS["en-GB"]


class Answered:
    """Somebody at the number on file, on a clock that starts at 100 s."""

    def __init__(self, key: str = "7") -> None:
        self.machine, self.now = Confirmation("en-GB", "Acme", key), 100.0
        self.asked: list[PlayPrompts] = []
        self.hears(VerificationStarted())

    def hears(self, event: DialogueEvent | VerificationStarted) -> list[VerifyEffect]:
        return self._noted(self.machine.handle(event, self.now))

    def waits(self) -> list[VerifyEffect]:
        due = self.machine.deadline
        assert due is not None
        self.now = due
        return self._noted(self.machine.tick(due))

    def presses(self, key: str) -> list[VerifyEffect]:
        return self.hears(DigitPressed(digit=Secret(key)))

    def question_ends(self, *, failed: bool = False) -> list[VerifyEffect]:
        token = self.asked[-1].token
        return self.hears(
            PromptsEnded(token=token, completed=not failed, played_ms=5000, sha256="", failed=failed)
        )

    def _noted(self, effects: list[VerifyEffect]) -> list[VerifyEffect]:
        self.asked += [one for one in effects if isinstance(one, PlayPrompts)]
        return effects


def test_who_presses_the_key_that_was_said_has_confirmed() -> None:
    phone = Answered("7")
    [said] = phone.asked[0].prompts
    assert said == Say(text=EN.call_back_confirm.format(name="Acme", digit="7"), language="en-GB")
    assert phone.asked[0].until_key
    phone.question_ends()
    assert phone.presses("7") == [CallBackConfirmed()]
    assert phone.machine.deadline is None
    assert phone.presses("7") == []


def test_a_key_cuts_the_question_short() -> None:
    assert Answered("7").presses("7") == [StopPrompts(), CallBackConfirmed()]


def test_a_machine_that_answers_presses_nothing() -> None:
    phone = Answered()
    for _ in range(ROUNDS - 1):
        phone.question_ends()
        began = phone.now
        assert [type(one) for one in phone.waits()] == [PlayPrompts]
        assert phone.now == began + KEY_S
    phone.question_ends()
    assert phone.waits() == [CallBackUnconfirmed(why="no_key")]
    assert len(phone.asked) == ROUNDS and phone.machine.deadline is None


def test_wrong_keys_are_rounds_too() -> None:
    phone = Answered("7")
    for _ in range(ROUNDS - 1):
        assert [type(one) for one in phone.presses("1")] == [StopPrompts, PlayPrompts]
    assert phone.presses("1") == [StopPrompts(), CallBackUnconfirmed(why="no_key")]
    assert phone.presses("7") == []


def test_a_question_that_nobody_can_speak_confirms_nothing() -> None:
    assert Answered().question_ends(failed=True) == [CallBackUnconfirmed(why="unspoken")]


def test_a_player_that_says_nothing_is_given_up() -> None:
    phone = Answered()
    assert phone.waits() == [StopPrompts(), CallBackUnconfirmed(why="no_key")]
    assert phone.now == 100.0 + PROMPT_LIMIT_S


def test_the_end_of_an_older_question_is_late() -> None:
    phone = Answered()
    phone.presses("1")
    due = phone.machine.deadline
    old = PromptsEnded(token=phone.asked[0].token, completed=False, played_ms=1, sha256="", failed=False)
    assert phone.hears(old) == [] and phone.machine.deadline == due


def test_all_nine_keys_are_equally_likely() -> None:
    ids = SeededIds()
    drawn = Counter(draw_key(ids) for _ in range(9000))
    assert set(drawn) == set(KEYS)
    assert all(850 <= n <= 1150 for n in drawn.values()), drawn  # 1,000 ± 5 sigma


@pytest.mark.parametrize(("digits", "said"), [("", EN.call_back), ("42", EN.call_back_ends)])
def test_a_caller_is_told_and_let_go(digits: str, said: str) -> None:
    notice = CallBackNotice("en-GB", digits)
    [play] = notice.handle(VerificationStarted(), 5.0)
    assert isinstance(play, PlayPrompts) and not play.until_key
    assert play.prompts == (Say(text=said.format(digits="4 2"), language="en-GB"),)
    assert notice.handle(DigitPressed(digit=Secret("1")), 6.0) == []
    ended = PromptsEnded(token=Token(1), completed=True, played_ms=1, sha256="", failed=False)
    assert notice.handle(ended, 9.0) == [CallBackAnnounced()]
    assert notice.handle(ended, 9.0) == [] and notice.deadline is None


def test_a_sentence_that_never_ends_does_not_hold_the_call() -> None:
    notice = CallBackNotice("en-GB")
    notice.handle(VerificationStarted(), 5.0)
    assert notice.tick(64.9) == []
    assert notice.tick(65.0) == [StopPrompts(), CallBackAnnounced()]
