"""What a waiting caller hears and presses; announcements hold nobody up (ACD-08)."""

from dataclasses import replace

import pytest

from pbx.core.ids import CallId, Token
from pbx.core.secret import Secret
from pbx.ivr.speech import Speech
from pbx.media.dialogue import DigitPressed, PlayPrompts, PromptsEnded, Say, StopPrompts
from pbx.services.queue_policy import Announcements, QueuePolicy
from pbx.services.queue_wait import (
    MAX_TOLD_MIN,
    NobodyLeft,
    WaitEffect,
    WaitEnded,
    WaitEvent,
    Waiting,
    WaitStarted,
    parts_of,
)
from pbx.services.queues import Standing

pytestmark = pytest.mark.requirement("ACD-08")
CALL = CallId("c")
TOLD = Announcements(
    every_s=30.0,
    first_s=5.0,
    position="You are number {position}.",
    wait="{minutes} minutes.",
    comfort="Hold.",
)
POLICY = QueuePolicy(
    name="support", members=("1001",), max_wait_s=100.0, announcements=TOLD, exit_key="0", callback_key="1"
)


class Place:
    """A line of one: where its caller stands."""

    def __init__(self) -> None:
        self.now = Standing(position=2, wait_s=None, is_offered=False)

    def standing(self, call: CallId) -> Standing:
        assert call == CALL
        return self.now


def waiting(policy: QueuePolicy = POLICY) -> tuple[Waiting, Place]:
    place = Place()
    machine = Waiting(policy, CALL, place, Speech())
    assert machine.deadline is None
    assert machine.handle(WaitStarted(), 0.0) == []
    return machine, place


def said(effects: list[WaitEffect]) -> list[str]:
    return [
        one.text
        for effect in effects
        if isinstance(effect, PlayPrompts)
        for one in effect.prompts
        if isinstance(one, Say)
    ]


def key(digit: str) -> DigitPressed:
    return DigitPressed(digit=Secret(digit))


def ended(token: int) -> PromptsEnded:
    return PromptsEnded(token=Token(token), completed=True, played_ms=1000)


def test_he_is_told_where_he_stands_every_so_often() -> None:
    machine, place = waiting()
    assert machine.deadline == 5.0
    assert machine.tick(4.9) == []
    assert said(machine.tick(5.0)) == ["You are number 2", "Hold."]
    assert machine.deadline == 100.0  # while it plays
    machine.handle(ended(1), 8.0)
    assert machine.deadline == 38.0
    place.now = Standing(position=1, wait_s=200.0, is_offered=False)
    assert said(machine.tick(38.0)) == ["You are number 1", "3 minutes.", "Hold."]


@pytest.mark.parametrize(
    ("wait_s", "told"),
    [(1.0, ["1 minutes."]), (MAX_TOLD_MIN * 60.0, ["60 minutes."]), (MAX_TOLD_MIN * 60.0 + 60.0, [])],
)
def test_a_wait_of_hours_is_not_told(wait_s: float, told: list[str]) -> None:
    machine, place = waiting(
        replace(POLICY, announcements=Announcements(first_s=5.0, wait="{minutes} minutes."))
    )
    place.now = Standing(position=1, wait_s=wait_s, is_offered=False)
    assert said(machine.tick(5.0)) == told


def test_nothing_is_said_while_telephones_ring_for_him() -> None:
    machine, place = waiting()
    place.now = replace(place.now, is_offered=True)
    assert machine.deadline is None
    assert machine.tick(500.0) == []
    place.now = replace(place.now, is_offered=False)
    assert machine.tick(50.0) != []


def test_a_key_counts_in_the_middle_of_an_announcement() -> None:
    machine, _ = waiting()
    machine.tick(5.0)
    assert machine.handle(key("7"), 6.0) == []
    assert machine.handle(key("0"), 6.0) == [StopPrompts(), WaitEnded(outcome="exit")]


def test_a_key_counts_while_telephones_ring() -> None:
    machine, place = waiting()
    place.now = replace(place.now, is_offered=True)
    assert machine.handle(key("1"), 6.0) == [WaitEnded(outcome="callback")]


def test_a_key_of_nothing_is_none() -> None:
    machine, _ = waiting(replace(POLICY, exit_key=None, callback_key=None))
    assert machine.handle(key("0"), 1.0) == machine.handle(key("1"), 1.0) == []


def test_his_patience_ends_even_if_an_announcement_plays() -> None:
    machine, _ = waiting()
    machine.tick(5.0)
    assert machine.tick(99.9) == []
    assert machine.tick(100.0) == [StopPrompts(), WaitEnded(outcome="timeout")]
    assert machine.deadline is None


def test_a_silent_queue_says_nothing() -> None:
    machine, _ = waiting(replace(POLICY, announcements=Announcements()))
    assert machine.deadline == 100.0


def test_nothing_to_say_now_is_tried_again_later() -> None:
    machine, _ = waiting(replace(POLICY, announcements=Announcements(every_s=30.0, wait="{minutes} min.")))
    assert machine.tick(5.0) == []
    assert machine.deadline == 35.0


@pytest.mark.parametrize("event", [WaitStarted(), NobodyLeft(), key("0"), ended(1)])
def test_after_the_end_nothing_counts(event: WaitEvent) -> None:
    machine, _ = waiting()
    assert machine.handle(NobodyLeft(), 1.0) == [WaitEnded(outcome="no_agents")]
    assert machine.handle(event, 2.0) == []
    assert machine.tick(500.0) == []


@pytest.mark.parametrize("event", [NobodyLeft(), key("0"), ended(1)])
def test_before_the_start_nothing_counts(event: WaitEvent) -> None:
    machine = Waiting(POLICY, CALL, Place(), Speech())
    assert machine.handle(event, 0.0) == []


def test_the_end_of_an_older_announcement_is_none() -> None:
    machine, _ = waiting()
    machine.tick(5.0)
    machine.handle(ended(7), 6.0)
    assert machine.deadline == 100.0


def test_a_number_stands_between_the_halves_of_its_sentence() -> None:
    assert parts_of("Hold.", {}) == ["Hold."]
    before, number, after = parts_of("You are {position} of all.", {"position": 3})
    assert (before, after) == ("You are", "of all.") and not isinstance(number, str)
    assert len(parts_of("{minutes} minutes", {"minutes": 3})) == 2
