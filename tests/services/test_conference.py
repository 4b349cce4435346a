"""One party of a conference: the door, the keys, the way out."""

import pytest

from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.media.dialogue import DigitPressed, PlayPrompts, PromptsEnded, Say, SecureEntry, StopPrompts
from pbx.services.conference import (
    ATTEMPTS,
    FIRST_KEY_S,
    MOST_DB,
    STEP_DB,
    AttendanceEnded,
    Attendee,
    AttendeeEffect,
    AttendeeStarted,
    EnterRoom,
    Place,
    RoomRefusal,
    RoomSettings,
    TakePlace,
)

pytestmark = pytest.mark.requirement("CNF-01")
OPEN = RoomSettings(name="team")
SHUT = RoomSettings(name="team", pin=Secret("2468"), ask="PIN?", wrong="No.")


def press(one: Attendee, keys: str, now: float = 10.0) -> list[AttendeeEffect]:
    return [effect for key in keys for effect in one.handle(DigitPressed(digit=Secret(key)), now)]


def inside() -> Attendee:
    one = Attendee(OPEN, "en-GB")
    assert one.handle(AttendeeStarted(), 0.0) == [EnterRoom()]
    return one


def at_the_door() -> Attendee:
    one = Attendee(SHUT, "en-GB")
    secure, asked = one.handle(AttendeeStarted(), 0.0)
    assert secure == SecureEntry(on=True)
    assert asked == PlayPrompts(token=Token(1), prompts=(Say(text="PIN?"),), until_key=True)
    return one


def places(effects: list[AttendeeEffect]) -> list[Place]:
    return [effect.place for effect in effects if isinstance(effect, TakePlace)]


def test_the_pin_opens_the_door_and_cuts_the_question_short() -> None:
    effects = press(at_the_door(), "2468")
    assert effects == [StopPrompts(), SecureEntry(on=False), EnterRoom()]


def test_three_wrong_pins_and_no_more() -> None:
    one = at_the_door()
    for _ in range(ATTEMPTS - 1):
        effects = press(one, "1111")
        assert EnterRoom() not in effects
        said = next(effect for effect in effects if isinstance(effect, PlayPrompts))
        assert said.prompts == (Say(text="No."), Say(text="PIN?"))
    assert press(one, "1111")[-2:] == [SecureEntry(on=False), AttendanceEnded(outcome="refused")]
    assert press(one, "2468") == []


@pytest.mark.parametrize("keys", ["24681", "246#", "#", "*#"])
def test_what_is_nearly_the_pin_is_not(keys: str) -> None:
    one = at_the_door()
    assert (EnterRoom() in press(one, keys)) is (keys == "24681")  # the last key is one too many, inside


def test_who_types_nothing_is_asked_again_once_the_question_was_heard() -> None:
    one = at_the_door()
    assert one.deadline is None
    one.handle(PromptsEnded(token=Token(1), completed=True, played_ms=900), 5.0)
    assert one.deadline == 5.0 + FIRST_KEY_S
    assert one.tick(5.0 + FIRST_KEY_S - 0.1) == []
    assert any(isinstance(effect, PlayPrompts) for effect in one.tick(5.0 + FIRST_KEY_S))
    assert one.deadline is None


def test_the_end_of_an_earlier_question_starts_no_clock() -> None:
    one = at_the_door()
    press(one, "1111")
    one.handle(PromptsEnded(token=Token(1), completed=False, played_ms=100), 11.0)
    assert one.deadline is None


@pytest.mark.parametrize("keys", ["1", "*1"])
def test_mute_is_a_switch_and_can_be_heard(keys: str) -> None:
    one = inside()
    muted, once = press(one, keys)
    spoken, twice = press(one, keys)
    assert places([muted, spoken]) == [Place(muted=True), Place()]
    assert isinstance(once, PlayPrompts) and isinstance(twice, PlayPrompts)
    assert (len(once.prompts), len(twice.prompts)) == (1, 3)


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("4", Place(out_db=-STEP_DB)),
        ("6", Place(out_db=STEP_DB)),
        ("7", Place(in_db=-STEP_DB)),
        ("9", Place(in_db=STEP_DB)),
    ],
)
def test_volumes_have_an_end(key: str, place: Place) -> None:
    one = inside()
    assert places(press(one, key)) == [place]
    most = places(press(one, 9 * key))[-1]
    assert max(abs(most.in_db), abs(most.out_db)) == MOST_DB


def test_other_keys_mean_nothing() -> None:
    assert press(inside(), "023580*ABCD") == []


def test_hash_leads_out_once() -> None:
    one = inside()
    assert press(one, "#") == [AttendanceEnded(outcome="next")]
    assert press(one, "#1") == []
    assert one.handle(RoomRefusal(), 20.0) == []


def test_who_finds_no_seat_goes_on_elsewhere() -> None:
    assert inside().handle(RoomRefusal(), 1.0) == [AttendanceEnded(outcome="refused")]


def test_the_pin_is_not_shown() -> None:
    assert "2468" not in repr(SHUT)
