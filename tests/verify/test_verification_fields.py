"""The verification machine with other fields than the date of birth: numbers, accounts, codes."""

import pytest

from pbx.core.secret import Secret
from pbx.media.dialogue import PlayPrompts, SecureEntry
from pbx.verify.effects import VerificationSettled
from pbx.verify.events import VerificationStarted
from pbx.verify.prompts import TEXTS
from tests.verify.caller import Caller

EN = TEXTS["en-GB"]
CODE, TYPED = ("one_time_code",), ("typed_number", "account_number")


def begun(*methods: str, attempts: int = 3) -> Caller:
    caller = Caller(attempts, methods)
    caller.hears(VerificationStarted())
    return caller


def test_number_and_account_are_asked_one_after_the_other_and_read_back() -> None:
    caller = begun(*TYPED)
    caller.types("07700900123#")
    assert caller.said()[-1] == EN.read_back.format(digits="2 3")
    caller.types("1")
    assert caller.said()[-1] == EN.account_number.ask
    caller.types("004211#")
    assert caller.said()[-1] == EN.read_back.format(digits="1 1")
    caller.types("1")
    check = caller.check
    assert (check.number, check.date_of_birth) == ("+447700900123", None)
    assert (check.typed_number, check.account_number) == (Secret("+447700900123"), Secret("004211"))
    caller.store_answers(matched=True, customer="c1")
    caller.until(caller.now + 0.8)
    assert (caller.settled.level, caller.settled.methods) == ("V2", TYPED)


@pytest.mark.parametrize("answer", ["2", "9", ""])
def test_what_was_not_meant_is_asked_for_again(answer: str) -> None:
    caller = begun("phone_number", "account_number")
    caller.types("004211#")
    caller.prompt_ends()
    caller.types(answer)
    caller.until(caller.now + 10.0)
    assert caller.said()[-2:] == [EN.account_number.invalid, EN.account_number.ask]
    caller.types("4711#1")
    assert caller.check.account_number == Secret("4711")


def test_after_a_wrong_answer_all_is_asked_for_again() -> None:
    caller = begun(*TYPED, attempts=2)
    for _ in range(2):
        caller.types("07700900123#1004211#1")
        caller.store_answers(matched=False)
        caller.until(caller.now + 0.8)
    assert caller.said().count(EN.phone_number.ask) == 2
    assert caller.said()[-1] == EN.failed


@pytest.mark.requirement("V-08")
def test_three_format_errors_are_free_in_all_fields_together() -> None:
    caller = begun(*TYPED, attempts=1)
    caller.types("1#12#07700900123#1")  # two numbers that are none
    caller.types("1#")  # the last free one
    assert caller.said()[-2:] == [EN.account_number.invalid, EN.account_number.ask]
    caller.types("1#")
    caller.until(caller.now + 0.8)
    assert caller.said()[-1] == EN.failed


@pytest.mark.requirement("V-11")
def test_a_code_is_v3_and_entered_in_silence() -> None:
    caller = begun(*CODE)
    first, question = (effect for _, effect in caller.trace)
    assert first == SecureEntry(on=True)
    assert isinstance(question, PlayPrompts) and caller.said() == [EN.one_time_code.ask]
    caller.types("012345")
    assert caller.check.one_time_code == Secret("012345")
    assert "012345" not in repr(caller.check)
    typed_at = caller.now
    assert caller.store_answers(matched=True, customer="c1") == []
    assert caller.until(typed_at + 0.799) == []
    settled = VerificationSettled(
        outcome="verified", level="V3", methods=("one_time_code",), attempts=1, customer="c1"
    )
    assert caller.until(typed_at + 0.8) == [SecureEntry(on=False), settled]


@pytest.mark.requirement("V-11")
def test_three_tries_of_a_code() -> None:
    caller = begun(*CODE)
    for _ in range(3):
        caller.types("000000")
        caller.store_answers(matched=False)
        caller.until(caller.now + 0.8)
    asked = [EN.one_time_code.ask, *[EN.wrong, EN.one_time_code.again] * 2, EN.failed]
    assert caller.said() == asked
    caller.prompt_ends(after_s=3.0)
    assert (caller.settled.outcome, caller.settled.attempts) == ("unverified", 3)


def test_a_code_that_does_not_come_is_waited_for_three_times() -> None:
    caller = begun(*CODE)
    for _ in range(3):
        caller.prompt_ends(after_s=5.0)
        caller.until(caller.now + 29.9)
        assert caller.said()[-1] != EN.failed
        caller.until(caller.now + 1.0)
    assert caller.said()[-1] == EN.failed
    assert caller.now < 100.0 + 120.0


@pytest.mark.requirement("V-01")
def test_who_has_no_code_gives_up_at_once_whoever_he_is() -> None:
    """Nothing of it depends on the store, which is not even asked."""
    caller = begun(*CODE)
    caller.types("#")
    assert caller.said()[-1] == EN.failed
    caller.prompt_ends(after_s=3.0)
    assert caller.settled.outcome == "unverified"


@pytest.mark.requirement("V-01")
@pytest.mark.parametrize("answer_after_s", [0.0, 0.05, 0.5, 0.79])
def test_the_verdict_on_a_code_comes_when_that_on_none_does(answer_after_s: float) -> None:
    traces = []
    for delay in (0.0, answer_after_s):
        caller = begun(*CODE)
        caller.types("111111")
        caller.until(caller.now + delay)
        caller.store_answers(matched=False, failed=delay > 0.1)
        caller.until(caller.now + 5.0)
        traces.append([(at, type(effect)) for at, effect in caller.trace])
    assert traces[0] == traces[1]


@pytest.mark.requirement("V-01")
@pytest.mark.parametrize(("typed", "pin"), [("2580#", "2580"), ("#", "")])
def test_everybody_is_asked_for_a_pin_in_the_same_words(typed: str, pin: str) -> None:
    caller = begun("phone_number", "date_of_birth", "pin")
    caller.types("03021980")
    assert caller.said()[-1] == EN.pin.ask
    caller.types(typed)
    assert (caller.check.pin, caller.check.date_of_birth) == (Secret(pin), Secret("19800203"))
    caller.store_answers(matched=True, customer="c1", by_pin=bool(pin))
    caller.until(caller.now + 0.8)
    assert caller.settled.level == "V2"
    assert ("pin" in caller.settled.methods) is bool(pin)


def test_what_cannot_be_a_pin_is_asked_for_again() -> None:
    caller = begun("phone_number", "date_of_birth", "pin")
    caller.types("03021980258#")
    assert caller.said()[-2:] == [EN.pin.invalid, EN.pin.ask]
    caller.types("2580#")
    assert caller.check.pin == Secret("2580") and "2580" not in repr(caller.check)
