"""A caller looks for somebody by name: the dialogue (CF-23)."""

import pytest

from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.ivr.name_search import By, Person
from pbx.media.dialogue import DigitPressed, PlayPrompts, PromptsEnded, Say, StopPrompts
from pbx.services.directory import (
    ATTEMPTS,
    FIRST_KEY_S,
    MAX_CHOICES,
    MAX_KEYS,
    NEXT_KEY_S,
    TEXTS,
    Directory,
    DirectoryEffect,
    DirectoryEnded,
    DirectoryStarted,
)

pytestmark = pytest.mark.requirement("CF-23")
EN = TEXTS["en-GB"]
PEOPLE = (
    Person(extension="1001", name="Alice Smith"),
    Person(extension="1002", name="Bob Smyth"),
    Person(extension="1003", name="Carol Jones"),
)


class Caller:
    """One caller at a directory; what he hears is taken to its end at once."""

    def __init__(self, people: tuple[Person, ...] = PEOPLE, by: By = "last_name") -> None:
        self.machine, self.now = Directory(people, by, "en-GB"), 0.0
        self.said: list[str] = []
        self.chosen: list[str] = []
        self._take(self.machine.handle(DirectoryStarted(), self.now))

    def _take(self, effects: list[DirectoryEffect]) -> None:
        for effect in effects:
            match effect:
                case PlayPrompts():
                    assert effect.until_key
                    self.said = [one.text for one in effect.prompts if isinstance(one, Say)]
                    ended = PromptsEnded(token=effect.token, completed=True, played_ms=900)
                    self._take(self.machine.handle(ended, self.now))
                case DirectoryEnded():
                    self.chosen.append(effect.extension)
                case StopPrompts():
                    raise AssertionError("all was heard")

    def press(self, keys: str) -> None:
        for key in keys:
            self._take(self.machine.handle(DigitPressed(digit=Secret(key)), self.now))

    def waits(self, seconds: float) -> None:
        self.now += seconds
        self._take(self.machine.tick(self.now))


def test_one_of_two_is_chosen() -> None:
    caller = Caller()
    assert caller.said == [EN.last_name]
    caller.press("76#")
    assert caller.said == ["Press 1 for", "Alice Smith", "Press 2 for", "Bob Smyth", EN.again]
    caller.press("2")
    assert (caller.chosen, caller.machine.deadline) == (["1002"], None)
    caller.press("1")
    assert caller.chosen == ["1002"], "it is over"


def test_a_pause_ends_a_name_as_the_hash_does() -> None:
    caller = Caller(by="first_name")
    assert caller.said == [EN.first_name]
    caller.press("2")
    caller.waits(NEXT_KEY_S - 0.1)
    assert len(caller.said) == 1
    caller.press("2")
    caller.waits(NEXT_KEY_S)
    assert caller.said == ["Press 1 for", "Carol Jones", EN.again]


def test_nobody_of_that_name() -> None:
    caller = Caller()
    for _ in range(ATTEMPTS - 1):
        caller.press("99#")
        assert caller.said == [EN.nobody, EN.last_name]
    caller.press("99#")
    assert caller.chosen == [""]


def test_who_presses_nothing_is_asked_so_often() -> None:
    caller = Caller()
    for left in reversed(range(ATTEMPTS)):
        assert caller.chosen == []
        caller.waits(FIRST_KEY_S)
        assert caller.chosen == ([] if left else [""])


def test_who_wants_none_of_them_spells_again() -> None:
    caller = Caller(by="any_name")
    assert caller.said == [EN.any_name]
    for wrong in ("0", "7"):
        caller.press("56637#")
        assert caller.said[1] == "Carol Jones"
        caller.press(wrong)
        assert caller.said == [EN.any_name]
    caller.press("56637#")
    caller.waits(FIRST_KEY_S)
    assert caller.chosen == [""], "three names in all"


def test_a_zero_in_place_of_a_name_leaves() -> None:
    caller = Caller()
    caller.press("0#")
    assert caller.chosen == [""]


@pytest.mark.parametrize(("n", "is_offered"), [(MAX_CHOICES, True), (MAX_CHOICES + 1, False)])
def test_as_many_are_offered_as_there_are_keys_for(n: int, is_offered: bool) -> None:
    caller = Caller(tuple(Person(extension=str(1000 + i), name=f"A Smith {i}") for i in range(n)))
    caller.press("764#")
    if is_offered:
        assert len(caller.said) == 2 * n + 1
        caller.press(str(n))
        assert caller.chosen == [str(1000 + n - 1)]
    else:
        assert caller.said == [EN.too_many, EN.last_name]


def test_a_name_has_at_most_so_many_keys() -> None:
    caller = Caller((Person(extension="1", name="A" * (MAX_KEYS + 3)),))
    caller.press("2" * (MAX_KEYS - 1))
    assert len(caller.said) == 1
    caller.press("2")
    assert len(caller.said) == 3


def test_a_star_begins_the_name_anew() -> None:
    caller = Caller()
    caller.press("99*566#")
    assert caller.said[1] == "Carol Jones"


def test_a_key_into_the_sentence_stops_it() -> None:
    machine = Directory(PEOPLE, "last_name", "de-AT")
    (play,) = machine.handle(DirectoryStarted(), 0.0)
    assert isinstance(play, PlayPrompts) and play.token == Token(1)
    assert play.prompts == (Say(text=TEXTS["de-DE"].last_name, language="de-DE"),)
    assert machine.deadline is None, "nobody has to hurry while he listens"
    assert machine.handle(DigitPressed(digit=Secret("7")), 1.0) == [StopPrompts()]
    assert machine.deadline == 1.0 + NEXT_KEY_S


def test_each_language_says_all_of_it() -> None:
    for texts in TEXTS.values():
        assert "{key}" in texts.choice
        assert len({texts.last_name, texts.first_name, texts.any_name, texts.again, texts.nobody}) == 5
