"""The consent dialogue as a call flow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.consent.dialogue import ConsentDialogue
from pbx.consent.effects import ConsentDecision, ConsentEffect, ConsentProof, ConsentSettled, Mode
from pbx.consent.events import ConsentEvent, ConsentStarted
from pbx.consent.texts import ConsentTexts
from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.media.dialogue import DigitPressed, PlayPrompts, PromptsEnded, Say, StopPrompts

TEXTS = ConsentTexts.from_data(
    {
        "en-GB": {
            "notify": "We record {purposes}.",
            "notify_optout": "We record {purposes}. Press 2 for no.",
            "ask": "May we record {purposes}? 1 yes, 2 no.",
            "withdraw": "Later press {key}.",
            "star": "star",
            "and": "and",
            "default_purpose": "a little",
            "purposes": {"quality": "for quality"},
        }
    }
)
SHA = "ab" * 32


def decision(mode: Mode) -> ConsentDecision:
    return ConsentDecision(
        mode=mode, regions=("GB",), rules=(f"GB: {mode}",), rules_version="v1", rules_sha256="00"
    )


def dialogue(
    mode: Mode, language: str = "en-GB", purposes: tuple[str, ...] = ("quality",)
) -> ConsentDialogue:
    return ConsentDialogue(decision(mode), purposes=purposes, language=language, texts=TEXTS)


def started(mode: Mode) -> ConsentDialogue:
    machine = dialogue(mode)
    assert [type(effect) for effect in machine.handle(ConsentStarted(), 0.0)] == [PlayPrompts]
    return machine


def ended(n: int = 1, *, completed: bool = True, failed: bool = False) -> PromptsEnded:
    return PromptsEnded(token=Token(n), completed=completed, played_ms=4_000, sha256=SHA, failed=failed)


def key(digit: str) -> ConsentEvent:
    return DigitPressed(digit=Secret(digit))


def outcome(effects: list[ConsentEffect]) -> tuple[bool, str, str]:
    last = effects[-1]
    assert isinstance(last, ConsentSettled)
    return last.record, last.proof.state, last.proof.key


def proof(effects: list[ConsentEffect]) -> ConsentProof:
    last = effects[-1]
    assert isinstance(last, ConsentSettled)
    return last.proof


def test_none_records_at_once_and_says_nothing() -> None:
    machine = dialogue("none")
    effects = machine.handle(ConsentStarted(), 0.0)
    assert len(effects) == 1
    assert outcome(effects) == (True, "unknown", "")
    assert machine.settled


def test_never_does_not_record() -> None:
    assert outcome(dialogue("never").handle(ConsentStarted(), 0.0)) == (False, "unknown", "")


def test_notify_plays_the_text_and_proves_it() -> None:
    machine = dialogue("notify")
    [play] = machine.handle(ConsentStarted(), 0.0)
    assert play == PlayPrompts(
        token=Token(1), prompts=(Say(text="We record for quality.", language="en-GB"),)
    )
    effects = machine.handle(ended(), 4.0)
    assert outcome(effects) == (True, "informed", "")
    assert proof(effects) == ConsentProof(
        party="caller",
        decision=decision("notify"),
        state="informed",
        prompt="We record for quality.",
        prompt_sha256=SHA,
        language="en-GB",
        played_ms=4_000,
        purposes=("quality",),
        act="stayed",
    )


@pytest.mark.requirement("C-04")
@pytest.mark.parametrize("how", [{"completed": False}, {"completed": False, "failed": True}])
def test_notify_is_repeated_once_then_unrecorded(how: dict[str, bool]) -> None:
    machine = started("notify")
    assert [type(effect) for effect in machine.handle(ended(1, **how), 1.0)] == [PlayPrompts]
    assert outcome(machine.handle(ended(2, **how), 2.0)) == (False, "unknown", "")


def test_notify_informed_at_the_second_time() -> None:
    machine = started("notify")
    machine.handle(ended(1, completed=False), 1.0)
    assert machine.handle(ended(1), 1.5) == []  # late, of the first round
    assert outcome(machine.handle(ended(2), 5.0)) == (True, "informed", "")


def test_keys_do_not_cut_a_notice() -> None:
    machine = started("notify")
    for digit in "12*#":
        assert machine.handle(key(digit), 1.0) == []


@pytest.mark.requirement("C-06")
def test_optout_window_is_two_seconds() -> None:
    machine = started("notify_optout")
    assert machine.handle(ended(), 4.0) == []
    assert machine.deadline == 6.0
    assert machine.tick(5.999) == []
    assert outcome(machine.tick(6.0)) == (True, "informed", "")


@pytest.mark.requirement("C-06")
def test_optout_during_the_prompt() -> None:
    machine = started("notify_optout")
    assert machine.handle(key("1"), 0.5) == []
    assert machine.handle(key("2"), 1.0) == [StopPrompts()]
    effects = machine.handle(ended(completed=False), 1.1)
    assert outcome(effects) == (False, "declined", "2")
    assert proof(effects).prompt_sha256 == SHA


@pytest.mark.requirement("C-06")
def test_optout_in_the_window() -> None:
    machine = started("notify_optout")
    machine.handle(ended(), 4.0)
    assert outcome(machine.handle(key("2"), 5.9)) == (False, "declined", "2")


def test_optout_counts_even_when_the_player_died() -> None:
    machine = started("notify_optout")
    machine.handle(key("2"), 1.0)
    assert machine.deadline == 3.0
    assert outcome(machine.tick(3.0)) == (False, "declined", "2")


@pytest.mark.requirement("C-04")
def test_optout_prompt_that_is_never_completed() -> None:
    machine = started("notify_optout")
    machine.handle(ended(1, completed=False), 1.0)
    assert outcome(machine.handle(ended(2, completed=False), 2.0)) == (False, "unknown", "")


@pytest.mark.parametrize("mode", ["optin_one", "optin_all"])
@pytest.mark.parametrize(
    ("digit", "expected"), [("1", (True, "granted", "1")), ("2", (False, "declined", "2"))]
)
def test_answer_after_the_question(mode: Mode, digit: str, expected: tuple[bool, str, str]) -> None:
    machine = started(mode)
    machine.handle(ended(), 4.0)
    assert machine.handle(key("5"), 5.0) == []
    effects = machine.handle(key(digit), 6.0)
    assert outcome(effects) == expected
    assert (proof(effects).played_ms, proof(effects).prompt_sha256) == (4_000, SHA)


def test_yes_during_the_question() -> None:
    machine = started("optin_one")
    assert machine.handle(key("1"), 1.0) == [StopPrompts()]
    assert machine.handle(key("2"), 1.01) == []
    assert outcome(machine.handle(ended(completed=False), 1.1)) == (True, "granted", "1")


def test_yes_to_a_question_that_was_not_heard_is_no_consent() -> None:
    machine = started("optin_one")
    machine.handle(key("1"), 0.0)
    assert outcome(machine.handle(ended(completed=False, failed=True), 0.1)) == (False, "unknown", "")
    other = started("optin_one")
    other.handle(key("1"), 0.0)
    assert outcome(other.tick(2.0)) == (False, "unknown", "")


def test_yes_before_the_question_is_ignored() -> None:
    machine = dialogue("optin_one")
    assert machine.handle(key("1"), 0.0) == []
    machine.handle(ConsentStarted(), 0.1)
    assert not machine.settled


def test_silence_is_no() -> None:
    machine = started("optin_all")
    machine.handle(ended(1), 4.0)
    assert machine.deadline == 12.0
    assert [type(effect) for effect in machine.tick(12.0)] == [PlayPrompts]
    machine.handle(ended(2), 16.0)
    assert outcome(machine.tick(24.0)) == (False, "declined", "")


@pytest.mark.requirement("C-05")
@pytest.mark.parametrize("mode", ["notify", "notify_optout", "optin_one", "optin_all"])
def test_missing_language_or_purpose_fails_closed(mode: Mode) -> None:
    for machine in (dialogue(mode, language="fr-FR"), dialogue(mode, purposes=("espionage",))):
        effects = machine.handle(ConsentStarted(), 0.0)
        assert len(effects) == 1
        assert outcome(effects) == (False, "unknown", "")
        assert proof(effects).prompt == ""


@pytest.mark.parametrize("mode", ["notify", "notify_optout", "optin_one", "optin_all"])
def test_dead_player_ends_unrecorded(mode: Mode) -> None:
    machine = started(mode)
    effects = machine.tick(60.0)
    assert effects[0] == StopPrompts()
    assert outcome(effects) == (False, "unknown", "")


def test_nothing_after_the_end() -> None:
    machine = started("notify")
    machine.handle(ended(), 4.0)
    for event in (ConsentStarted(), ended(), key("2")):
        assert machine.handle(event, 9.0) == []
    assert machine.tick(99.0) == []
    assert machine.deadline is None


@given(
    st.sampled_from(["none", "notify", "notify_optout", "optin_one", "optin_all", "never"]),
    st.lists(
        st.one_of(
            st.sampled_from(["1", "2", "5", "start", "tick"]),
            st.builds(ended, st.integers(1, 2), completed=st.booleans(), failed=st.booleans()),
        ),
        max_size=30,
    ),
)
def test_any_input_in_any_state_settles_once_and_never_records_after_a_no(
    mode: Mode, inputs: list[str | PromptsEnded]
) -> None:
    machine, now = dialogue(mode), 0.0
    effects = machine.handle(ConsentStarted(), now)
    for given_input in [*inputs, *["tick"] * 6]:
        now += 0.5
        if isinstance(given_input, PromptsEnded):
            effects += machine.handle(given_input, now)
        elif given_input == "start":
            effects += machine.handle(ConsentStarted(), now)
        elif given_input == "tick":
            now = max(now, machine.deadline or now)
            effects += machine.tick(now)
        else:
            effects += machine.handle(key(given_input), now)
    settled = [effect for effect in effects if isinstance(effect, ConsentSettled)]
    assert effects[-1:] == settled
    [last] = settled
    allowed = {"none": ("unknown",), "never": ()}.get(
        mode, ("informed",) if mode.startswith("notify") else ("granted",)
    )
    assert last.record == (last.proof.state in allowed)


@pytest.mark.requirement("C-05")
def test_the_language_that_was_wanted_is_in_the_proof_and_nothing_was_said() -> None:
    machine = ConsentDialogue(
        decision("notify"), purposes=("quality",), language="", texts=TEXTS, missing="fr-FR"
    )
    said = proof(machine.handle(ConsentStarted(), 0.0))
    assert (said.state, said.prompt, said.language, said.missing) == ("unknown", "", "", "fr-FR")
    for mode in ("none", "never"):
        silent = ConsentDialogue(decision(mode), purposes=(), language="", texts=TEXTS, missing="fr-FR")
        assert proof(silent.handle(ConsentStarted(), 0.0)).missing == "", "nothing had to be said"


@pytest.mark.requirement("C-05")
def test_words_that_nobody_could_say_were_missing_too() -> None:
    machine = started("notify")
    machine.handle(ended(failed=True, completed=False), 1.0)
    assert proof(machine.handle(ended(2, failed=True, completed=False), 2.0)).missing == "en-GB"
    heard = started("notify")
    assert proof(heard.handle(ended(), 1.0)).missing == ""


@pytest.mark.parametrize(
    ("mode", "digit", "act"),
    [("optin_all", "1", "key"), ("optin_all", "2", "key"), ("notify_optout", "2", "key")],
)
def test_who_answers_by_a_key_has_done_something(mode: Mode, digit: str, act: str) -> None:
    machine = started(mode)
    machine.handle(ended(), 4.0)
    assert proof(machine.handle(key(digit), 5.0)).act == act


def test_to_stay_is_an_act_and_silence_after_a_question_is_none() -> None:
    machine = started("notify_optout")
    machine.handle(ended(), 4.0)
    told = proof(machine.tick(6.0))
    assert (told.state, told.act) == ("informed", "stayed")
    machine = started("optin_one")
    machine.handle(ended(), 4.0)
    machine.tick(12.0)
    machine.handle(ended(2), 16.0)
    asked = proof(machine.tick(24.0))
    assert (asked.state, asked.act) == ("declined", "")


def test_who_hears_nothing_has_not_stayed() -> None:
    machine = started("notify")
    machine.handle(ended(failed=True), 4.0)
    assert proof(machine.handle(ended(2, failed=True), 5.0)).act == ""
