"""The verification machine, as a call flow on a clock that starts at 100 s."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.media.dialogue import DigitPressed, PlayPrompts, SecureEntry, StopPrompts
from pbx.verify.effects import CheckIdentity, VerificationSettled
from pbx.verify.events import IdentityChecked, VerificationStarted
from pbx.verify.prompts import TEXTS
from tests.verify.caller import Caller, asked

EN = TEXTS["en-GB"]


def test_taps_are_silent_before_the_first_prompt() -> None:
    caller = Caller()
    first = caller.hears(VerificationStarted())
    assert first[0] == SecureEntry(on=True)
    assert isinstance(first[1], PlayPrompts)
    assert caller.said() == [EN.ask]


def test_verified() -> None:
    caller = asked()
    caller.prompt_ends()
    effects = caller.types("03021980")
    check = effects[-1]
    assert isinstance(check, CheckIdentity)
    assert check.date_of_birth is not None
    assert (check.number, check.date_of_birth.reveal()) == ("+447700900123", "19800203")
    assert caller.store_answers(matched=True, customer="c1") == []
    typed_at = caller.now
    assert caller.until(typed_at + 0.799) == []
    assert caller.until(typed_at + 0.8) == [
        SecureEntry(on=False),
        VerificationSettled(
            outcome="verified",
            level="V2",
            methods=("phone_number", "date_of_birth"),
            attempts=1,
            customer="c1",
        ),
    ]
    assert caller.machine.settled
    assert caller.machine.deadline is None


@pytest.mark.parametrize(
    ("matched", "settled"),
    [
        (
            True,
            VerificationSettled(
                outcome="verified", level="V1", methods=("phone_number",), attempts=1, customer="c1"
            ),
        ),
        (False, VerificationSettled(outcome="unverified", level="V0", methods=(), attempts=1)),
    ],
)
def test_by_the_number_alone_nothing_is_asked(matched: bool, settled: VerificationSettled) -> None:
    caller = Caller(methods=("phone_number",))
    (check,) = caller.hears(VerificationStarted())
    assert isinstance(check, CheckIdentity)
    assert (check.number, check.date_of_birth) == ("+447700900123", None)
    assert caller.types("1", every_s=0.1) == []
    assert caller.store_answers(matched=matched, customer="c1" if matched else "") == []
    assert caller.until(100.799) == []
    assert caller.until(100.8) == [settled]
    assert caller.said() == []


@pytest.mark.requirement("V-15")
def test_a_company_goes_its_own_way_after_the_date_and_no_sooner_than_others() -> None:
    caller = Caller(parts_companies=True)
    caller.hears(VerificationStarted())
    caller.prompt_ends()
    caller.types("03021980")
    typed_at = caller.now
    assert caller.store_answers(matched=False, company=True) == []
    assert caller.until(typed_at + 0.799) == []
    settled = VerificationSettled(outcome="company", level="V0", methods=(), attempts=1)
    assert caller.until(typed_at + 0.8) == [SecureEntry(on=False), settled]
    assert caller.said() == [EN.ask]


@pytest.mark.requirement("V-15")
def test_a_company_is_asked_like_everybody_where_nothing_else_is_for_it() -> None:
    caller = asked(attempts=2)
    for _ in range(2):
        caller.types("03021980")
        caller.store_answers(matched=False, company=True)
        caller.until(caller.now + 0.8)
    caller.prompt_ends(after_s=3.0)
    assert caller.said() == [EN.ask, EN.wrong, EN.ask, EN.failed]
    assert (caller.settled.outcome, caller.settled.attempts) == ("unverified", 2)


@pytest.mark.requirement("VER-08")
def test_whoever_cannot_be_verified_now_is_not_asked_three_times() -> None:
    caller = asked()
    caller.types("03021980")
    typed_at = caller.now
    assert caller.store_answers(matched=False, away=True) == []
    assert caller.until(typed_at + 0.799) == []
    caller.until(typed_at + 0.8)
    assert (caller.settled.outcome, caller.settled.attempts) == ("unverified", 1)
    assert caller.said() == [EN.ask]


def test_by_the_number_alone_a_company_is_known_too() -> None:
    caller = Caller(methods=("phone_number",), parts_companies=True)
    caller.hears(VerificationStarted())
    caller.store_answers(matched=False, company=True)
    caller.until(100.8)
    assert (caller.settled.outcome, caller.settled.level) == ("company", "V0")


def test_by_the_number_alone_a_slow_store_has_failed() -> None:
    caller = Caller(methods=("phone_number",))
    caller.hears(VerificationStarted())
    caller.until(200.0)
    assert caller.settled.outcome == "unverified"
    assert caller.trace[-1][0] == 105.0


def test_barge_in_stops_the_prompt_once() -> None:
    caller = asked()
    effects = caller.types("03021980")
    assert effects[0] == StopPrompts()
    assert [type(effect) for effect in effects] == [StopPrompts, CheckIdentity]


def test_star_clears_and_hash_ends() -> None:
    caller = asked()
    caller.prompt_ends()
    effects = caller.types("0302*03021980")
    assert isinstance(effects[-1], CheckIdentity)
    other = asked()
    other.prompt_ends()
    assert isinstance(other.types("0302#")[-1], PlayPrompts)
    assert other.said()[-2:] == [EN.invalid, EN.ask]


def test_first_digit_wait_begins_after_the_prompt() -> None:
    caller = asked()
    caller.prompt_ends(after_s=20.0)
    assert caller.until(caller.now + 9.9) == []
    assert isinstance(caller.until(caller.now + 0.2)[-1], PlayPrompts)


def test_three_format_errors_are_free_the_fourth_costs_an_attempt() -> None:
    caller = asked(attempts=1)
    for _ in range(3):
        caller.prompt_ends()
        caller.types("32131980")
        assert caller.said()[-2:] == [EN.invalid, EN.ask]
    caller.prompt_ends()
    assert caller.types("32131980") == []
    caller.until(caller.now + 0.8)
    assert caller.said()[-1] == EN.failed
    caller.prompt_ends(after_s=3.0)
    assert (caller.settled.outcome, caller.settled.attempts) == ("unverified", 1)


def test_three_wrong_pairs() -> None:
    caller = asked()
    for _ in range(3):
        caller.types("03021981")
        caller.store_answers(matched=False)
        caller.until(caller.now + 0.8)
    assert caller.said() == [EN.ask, EN.wrong, EN.ask, EN.wrong, EN.ask, EN.failed]
    assert not caller.machine.settled
    assert caller.prompt_ends(after_s=3.0)[-1] == VerificationSettled(
        outcome="unverified", level="V0", methods=(), attempts=3
    )


def test_verified_at_the_second_attempt() -> None:
    caller = asked()
    caller.types("03021981")
    caller.store_answers(matched=False)
    caller.until(caller.now + 0.8)
    caller.types("03021980")
    caller.store_answers(matched=True, customer="c1")
    caller.until(caller.now + 0.8)
    assert (caller.settled.outcome, caller.settled.attempts) == ("verified", 2)


@pytest.mark.requirement("V-01")
@pytest.mark.parametrize("answer_after_s", [0.0, 0.05, 0.5, 0.79])
def test_verdict_time_does_not_depend_on_the_store(answer_after_s: float) -> None:
    traces = []
    for delay in (0.0, answer_after_s):
        caller = asked(attempts=2)
        for _ in range(2):
            caller.types("03021981")
            typed_at = caller.now
            caller.until(typed_at + delay)
            caller.store_answers(matched=False)
            caller.until(typed_at + 0.8)
        caller.prompt_ends(after_s=3.0)
        traces.append(caller.trace)
    assert traces[0] == traces[1]


@pytest.mark.requirement("V-01")
def test_right_and_wrong_are_heard_at_the_same_moment() -> None:
    moments = []
    for matched in (True, False):
        caller = asked(attempts=1)
        caller.types("03021980")
        caller.store_answers(matched=matched, customer="c1" if matched else "")
        caller.until(caller.now + 0.8)
        moments.append(caller.trace[-1][0])
    assert moments[0] == moments[1]


def test_a_store_slower_than_five_seconds_has_failed() -> None:
    caller = asked(attempts=1)
    caller.types("03021980")
    typed_at = caller.now
    check = caller.check
    assert caller.until(typed_at + 4.999) == []
    assert isinstance(caller.until(typed_at + 5.0)[-1], PlayPrompts)
    assert caller.hears(IdentityChecked(token=check.token, matched=True, customer="c1")) == []
    caller.prompt_ends(after_s=3.0)
    assert caller.settled.outcome == "unverified"


@pytest.mark.parametrize("failed, customer", [(True, "c1"), (False, "")])
def test_a_failed_or_nameless_match_is_no_match(failed: bool, customer: str) -> None:
    caller = asked(attempts=1)
    caller.types("03021980")
    caller.hears(IdentityChecked(token=caller.check.token, matched=True, customer=customer, failed=failed))
    caller.until(caller.now + 0.8)
    assert caller.said()[-1] == EN.failed


def test_an_answer_with_another_token_is_ignored() -> None:
    caller = asked(attempts=1)
    caller.types("03021980")
    caller.hears(IdentityChecked(token=Token(99), matched=True, customer="c1"))
    caller.until(caller.now + 6.0)
    assert caller.said()[-1] == EN.failed


@pytest.mark.requirement("V-07")
def test_taps_stay_silent_until_300_ms_after_the_last_digit() -> None:
    caller = asked(attempts=1)
    caller.types("03021980")
    caller.store_answers(matched=True, customer="c1")
    caller.until(caller.now + 0.7)
    caller.hears(DigitPressed(digit=Secret("1")))  # one too many
    pressed_at = caller.now
    assert caller.until(pressed_at + 0.29) == []
    assert caller.until(pressed_at + 0.31)[0] == SecureEntry(on=False)


@pytest.mark.requirement("V-07")
def test_endless_keys_hold_the_verdict_back_for_two_seconds_only() -> None:
    caller = asked(attempts=1)
    caller.types("03021980")
    caller.store_answers(matched=True, customer="c1")
    effects = caller.types("1" * 40, every_s=0.1)
    assert VerificationSettled in [type(effect) for effect in effects]


def test_a_question_that_cannot_be_played_fails_closed() -> None:
    caller = asked()
    assert caller.prompt_ends(after_s=0.1, failed=True) == [
        SecureEntry(on=False),
        VerificationSettled(outcome="unverified", level="V0", methods=(), attempts=0),
    ]


def test_a_dead_player_does_not_hold_the_call() -> None:
    caller = asked()
    effects = caller.until(caller.now + 60.0)
    assert [type(effect) for effect in effects] == [StopPrompts, SecureEntry, VerificationSettled]


@pytest.mark.requirement("V-07")
def test_no_digit_in_any_repr() -> None:
    caller = asked()
    caller.types("31121901"[:8])
    assert "31121901" not in repr(caller.trace)
    assert "19011231" not in repr(caller.trace)


def test_nothing_after_the_end() -> None:
    caller = asked()
    caller.prompt_ends(after_s=0.1, failed=True)
    assert caller.types("03021980") == []
    assert caller.hears(VerificationStarted()) == []
    assert caller.machine.tick(caller.now + 100) == []


@pytest.mark.requirement("V-01")
@given(
    st.lists(
        st.one_of(
            st.sampled_from("0123456789*#"),
            st.sampled_from(["ended", "failed", "matched", "unmatched", "start"]),
            st.floats(min_value=0.0, max_value=20.0),
        ),
        max_size=80,
    ),
    st.integers(min_value=1, max_value=3),
)
def test_any_input_in_any_state_ends_once_with_taps_open(inputs: list[str | float], attempts: int) -> None:
    caller = asked(attempts)
    for given_input in inputs:
        if isinstance(given_input, float):
            caller.until(caller.now + given_input)
        elif given_input == "start":
            assert caller.hears(VerificationStarted()) == []
        elif given_input in ("ended", "failed"):
            caller.prompt_ends(after_s=0.0, failed=given_input == "failed")
        elif given_input in ("matched", "unmatched"):
            if any(isinstance(effect, CheckIdentity) for _, effect in caller.trace):
                caller.store_answers(matched=given_input == "matched", customer="c1")
        else:
            caller.hears(DigitPressed(digit=Secret(given_input)))
    for _ in range(20):
        if not caller.machine.settled:
            assert caller.machine.deadline is not None
            caller.until(caller.now + 60.0)
    assert isinstance(caller.settled, VerificationSettled)
    taps = [effect.on for _, effect in caller.trace if isinstance(effect, SecureEntry)]
    assert taps == [True, False]
    assert caller.settled.attempts <= attempts


@pytest.mark.requirement("V-01")
@pytest.mark.parametrize("matched", [True, False])
@pytest.mark.parametrize(
    ("answer_after_s", "heard_after_s"), [(0.79, 0.8), (0.81, 1.6), (1.59, 1.6), (4.9, 5.0)]
)
def test_late_answers_are_heard_in_steps(answer_after_s: float, heard_after_s: float, matched: bool) -> None:
    caller = asked(attempts=1)
    caller.types("03021980")
    typed_at = caller.now
    assert caller.until(typed_at + answer_after_s) == []
    assert caller.store_answers(matched=matched, customer="c1" if matched else "") == []
    caller.until(typed_at + 6.0)
    first = next(at for at, effect in caller.trace if at > typed_at)
    assert round(first - typed_at, 6) == heard_after_s
