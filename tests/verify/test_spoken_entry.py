"""A date of birth that is said instead of typed, as a call flow on a clock that starts at 100 s."""

import pytest

from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.media.dialogue import PromptsEnded, SecureEntry
from pbx.verify.effects import (
    AnswerHeard,
    CheckIdentity,
    HearAnswer,
    SpokenOutcome,
    StopHearing,
    VerificationSettled,
    VerifyEffect,
)
from pbx.verify.events import SpeechHeard, VerificationStarted
from pbx.verify.prompts import TEXTS
from pbx.verify.spoken_entry import CERTAIN, HEARD_LIMIT_S
from pbx.verify.tries import FREE_FORMAT_ERRORS, Tries
from tests.verify.caller import Caller

EN = TEXTS["en-GB"]
SAID = "third of february nineteen eighty"
LISTEN = HearAnswer(token=Token(1), grammar="date_of_birth", language="en-GB")


def asked(tries: Tries | None = None) -> Caller:
    """He has heard the question to its end."""
    caller = Caller(may_speak=True, tries=tries)
    caller.hears(VerificationStarted())
    assert caller.prompt_ends() == [LISTEN]
    return caller


def outcomes(effects: list[VerifyEffect]) -> list[SpokenOutcome]:
    return [effect.outcome for effect in effects if isinstance(effect, AnswerHeard)]


def test_a_spoken_date_is_checked_as_a_typed_one_is() -> None:
    caller = asked()
    effects = caller.says(SAID)
    assert outcomes(effects) == ["taken"]
    assert caller.check.date_of_birth == Secret("19800203")
    said_at = caller.now
    assert caller.store_answers(matched=True, customer="c1") == []
    assert caller.until(said_at + 0.799) == []
    assert caller.until(said_at + 0.8) == [
        SecureEntry(on=False),
        VerificationSettled(
            outcome="verified",
            level="V2",
            methods=("phone_number", "date_of_birth"),
            attempts=1,
            customer="c1",
        ),
    ]
    assert caller.said() == [EN.say]


@pytest.mark.requirement("V-01")
@pytest.mark.parametrize("after_s", [0.0, 0.5, 0.79])
def test_what_the_store_finds_is_told_neither_sooner_nor_in_other_words(after_s: float) -> None:
    traces = []
    for company in (True, False):
        caller = asked()
        caller.says(SAID)
        said_at = caller.now
        caller.until(said_at + after_s)
        caller.store_answers(matched=False, company=company)
        caller.until(said_at + 0.8)
        traces.append(caller.trace)
    assert traces[0] == traces[1]
    assert caller.said() == [EN.say, EN.wrong, EN.ask]


def test_after_a_date_that_was_wrong_he_has_keys_only() -> None:
    caller = asked()
    caller.says(SAID)
    caller.store_answers(matched=False)
    caller.until(caller.now + 0.8)
    assert caller.prompt_ends() == []
    caller.types("03021980")
    caller.store_answers(matched=True, customer="c1")
    caller.until(caller.now + 0.8)
    assert (caller.settled.outcome, caller.settled.attempts) == ("verified", 2)


@pytest.mark.parametrize(
    ("words", "confidence", "outcome"),
    [
        (SAID, CERTAIN - 0.001, "unclear"),
        (SAID, float("nan"), "unclear"),
        ("", 1.0, "no_date"),
        ("thirty first of june nineteen eighty", 1.0, "no_date"),
        ("one two three", 1.0, "no_date"),
    ],
)
def test_what_is_no_sure_date_is_not_compared(words: str, confidence: float, outcome: SpokenOutcome) -> None:
    caller = asked()
    effects = caller.says(words, confidence)
    assert outcomes(effects) == [outcome]
    assert caller.said() == [EN.say, EN.unclear, EN.ask]
    assert not any(isinstance(effect, CheckIdentity) for effect in effects)
    assert caller.prompt_ends() == []


def test_the_threshold_itself_counts() -> None:
    assert outcomes(asked().says(SAID, CERTAIN)) == ["taken"]


def test_who_says_nothing_is_asked_for_keys() -> None:
    caller = asked()
    assert outcomes(caller.says("", outcome="silence")) == ["silence"]
    assert caller.said() == [EN.say, EN.unclear, EN.ask]


def test_without_a_recogniser_he_is_asked_for_keys_and_it_costs_nothing() -> None:
    tries = Tries()
    caller = asked(tries)
    assert outcomes(caller.says("", outcome="failed")) == ["failed"]
    assert caller.said() == [EN.say, EN.ask]
    assert [tries.is_forgiven() for _ in range(FREE_FORMAT_ERRORS + 1)] == [True, True, True, False]


def test_whoever_is_not_understood_in_one_flow_after_the_other_uses_up_his_tries() -> None:
    tries = Tries()
    for _ in range(FREE_FORMAT_ERRORS):
        asked(tries).says("", 1.0)
    assert tries.left == 3
    caller = asked(tries)
    assert outcomes(caller.says("", 1.0)) == ["no_date"]
    assert tries.left == 2
    assert caller.said() == [EN.say]
    assert caller.until(caller.now + 0.8)


def test_a_recogniser_that_never_answers_is_waited_for_in_vain_once() -> None:
    caller = asked()
    asked_at = caller.now
    assert caller.until(asked_at + HEARD_LIMIT_S - 0.001) == []
    effects = caller.until(asked_at + HEARD_LIMIT_S)
    assert effects[0] == StopHearing()
    assert outcomes(effects) == ["failed"]
    assert caller.said() == [EN.say, EN.ask]


@pytest.mark.parametrize("during_prompt", [True, False])
def test_keys_count_as_if_nobody_listened(during_prompt: bool) -> None:
    caller = Caller(may_speak=True)
    caller.hears(VerificationStarted())
    if not during_prompt:
        caller.prompt_ends()
    effects = caller.types("0")
    assert (StopHearing() in effects) is not during_prompt
    caller.types("3021980")
    assert caller.check.date_of_birth == Secret("19800203")


def test_a_question_that_a_key_cut_short_is_not_listened_to() -> None:
    caller = Caller(may_speak=True)
    (_, question) = caller.hears(VerificationStarted())
    token = getattr(question, "token", Token(0))
    assert caller.hears(PromptsEnded(token=token, completed=False, played_ms=900)) == []


def test_words_that_come_late_change_nothing() -> None:
    caller = asked()
    caller.types("0")
    assert caller.says(SAID) == []
    late = SpeechHeard(token=Token(7), outcome="heard", words=Secret(SAID), confidence=1.0)
    assert asked().hears(late) == []


def test_nobody_is_listened_to_where_the_flow_does_not_say_so() -> None:
    caller = Caller()
    caller.hears(VerificationStarted())
    assert caller.prompt_ends() == []
    assert caller.said() == [EN.ask]


def test_the_words_are_in_no_text() -> None:
    heard = SpeechHeard(token=Token(1), outcome="heard", words=Secret(SAID), confidence=0.9)
    assert "february" not in repr(heard)
