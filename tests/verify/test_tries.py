"""The tries of one call, through one dialogue after the other."""

import pytest

from pbx.verify.effects import VerificationSettled
from pbx.verify.events import VerificationStarted
from pbx.verify.prompts import TEXTS
from pbx.verify.tries import FREE_FORMAT_ERRORS, PAIRS, Tries
from tests.verify.caller import Caller, asked

EN = TEXTS["en-GB"]


def guess(caller: Caller, *, matched: bool = False) -> None:
    """One whole pair and its verdict."""
    caller.types("03021980")
    caller.store_answers(matched=matched, customer="c1" if matched else "")
    caller.until(caller.now + 0.9)


@pytest.mark.requirement("V-02")
def test_a_second_dialogue_has_what_the_first_one_left() -> None:
    tries = Tries()
    first = asked(attempts=2, tries=tries)
    guess(first)
    guess(first)
    assert first.said()[-1] == EN.failed
    second = asked(attempts=3, tries=tries)
    guess(second)
    assert second.said()[-1] == EN.failed, "the third of the call is the last one"
    assert tries.left == 0


@pytest.mark.requirement("V-02")
def test_whoever_has_none_left_is_asked_nothing() -> None:
    tries = Tries()
    for _ in range(PAIRS):
        tries.spend()
    caller = Caller(tries=tries)
    nobody = VerificationSettled(outcome="unverified", level="V0", methods=(), attempts=0)
    assert caller.hears(VerificationStarted()) == [nobody]
    assert caller.machine.settled
    by_number = Caller(methods=("phone_number",), tries=tries)
    by_number.hears(VerificationStarted())
    assert by_number.check.date_of_birth is None, "a number is not guessed"


def test_what_was_right_was_no_guess() -> None:
    tries = Tries()
    caller = asked(tries=tries)
    guess(caller)
    guess(caller, matched=True)
    assert caller.settled.level == "V2"
    assert tries.left == PAIRS - 1


def test_whoever_leaves_before_the_answer_has_had_his_try() -> None:
    tries = Tries()
    asked(tries=tries).types("03021980")
    assert tries.left == PAIRS - 1


@pytest.mark.requirement("V-02")
def test_format_errors_are_counted_over_the_whole_call() -> None:
    tries = Tries()
    for _ in range(FREE_FORMAT_ERRORS):
        asked(tries=tries).types("32131980")
    assert tries.left == PAIRS
    asked(tries=tries).types("32131980")
    assert tries.left == PAIRS - 1
