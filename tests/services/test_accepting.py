"""Who picks up outside takes the call by a key, or does not have it."""

import pytest

from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.media.dialogue import DigitPressed, PlayPrompts, PromptsEnded, Say, StopPrompts
from pbx.services.accepting import (
    KEY,
    LISTEN_S,
    MAX_ASKS,
    MOST_S,
    SENTENCE_S,
    TEXTS,
    Accepted,
    Accepting,
    AcceptingEffect,
    AcceptingStarted,
    NotAccepted,
)


def press(machine: Accepting, key: str, now: float = 0.0) -> list[AcceptingEffect]:
    return machine.handle(DigitPressed(digit=Secret(key)), now)


def ended(machine: Accepting, token: int, now: float = 0.0, *, failed: bool = False) -> list[AcceptingEffect]:
    event = PromptsEnded(token=Token(token), completed=not failed, played_ms=0, sha256="", failed=failed)
    return machine.handle(event, now)


def asked(effects: list[AcceptingEffect]) -> str:
    (play,) = effects
    assert isinstance(play, PlayPrompts) and play.until_key
    (say,) = play.prompts
    assert isinstance(say, Say)
    return say.text


@pytest.mark.parametrize(
    ("language", "tag"), [("en-GB", "en-GB"), ("de-CH", "de-DE"), ("fr-FR", "fr-FR"), ("es-ES", "es-ES")]
)
def test_the_question_is_in_the_language_of_the_tenant(language: str, tag: str) -> None:
    assert asked(Accepting(language).handle(AcceptingStarted(), 0.0)) == TEXTS[tag]


def test_the_key_takes_it_whenever_it_is_pressed() -> None:
    machine = Accepting("en-GB")
    machine.handle(AcceptingStarted(), 0.0)
    assert press(machine, KEY) == [StopPrompts(), Accepted()]
    assert (press(machine, KEY), machine.deadline, machine.tick(99.0)) == ([], None, [])
    late = Accepting("en-GB")
    late.handle(AcceptingStarted(), 0.0)
    ended(late, 1, 2.0)
    assert press(late, KEY, 3.0) == [Accepted()]


def test_who_says_nothing_is_asked_so_often() -> None:
    machine, now = Accepting("en-GB"), 0.0
    machine.handle(AcceptingStarted(), now)
    for n_asked in range(1, MAX_ASKS + 1):
        assert ended(machine, n_asked, now) == []
        assert machine.deadline == now + LISTEN_S
        now += LISTEN_S
        effects = machine.tick(now)
        assert effects == [NotAccepted()] if n_asked == MAX_ASKS else asked(effects)
    assert press(machine, KEY) == []


def test_another_key_asks_again() -> None:
    machine = Accepting("en-GB")
    machine.handle(AcceptingStarted(), 0.0)
    for _ in range(MAX_ASKS - 1):
        assert asked(press(machine, "2"))
    assert press(machine, "2") == [NotAccepted()]


def test_a_sentence_that_cannot_be_played_lets_the_key_count() -> None:
    machine = Accepting("en-GB")
    machine.handle(AcceptingStarted(), 0.0)
    assert ended(machine, 1, failed=True) == []
    assert press(machine, KEY) == [Accepted()]


def test_a_player_that_says_nothing_more_is_not_waited_for() -> None:
    machine, now, effects = Accepting("en-GB"), 0.0, list[AcceptingEffect]()
    machine.handle(AcceptingStarted(), now)
    assert machine.deadline == SENTENCE_S
    while machine.deadline is not None:
        now = machine.deadline
        effects = machine.tick(now)
    assert (effects, now) == ([NotAccepted()], MOST_S)
    assert machine.handle(AcceptingStarted(), now) == []
