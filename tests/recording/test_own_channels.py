"""Whose a channel behind the first two was, and why it is silent where it is."""

import pytest

from pbx.core.audio import MAX_CHANNELS
from pbx.recording.gaps import MasterClock
from pbx.recording.journal import Note
from pbx.recording.own_channels import LEFT, TAKEN, Turn, number_of, ordered, turns

CLOCK = MasterClock(origin_ns=0, n_samples=80_000)
SECOND = 1_000_000_000


def noted(at_s: float, kind: str, **details: str) -> Note:
    return Note(at_ns=round(at_s * SECOND), kind=kind, details=details)


def taken(at_s: float, leg: str, channel: str = "3") -> Note:
    return noted(at_s, TAKEN, leg=leg, channel=channel)


def left(at_s: float, leg: str, channel: str = "3") -> Note:
    return noted(at_s, LEFT, leg=leg, channel=channel)


@pytest.mark.parametrize("channel", ["", "0", "2", str(MAX_CHANNELS + 1), "-3", "03", "3 ", "\u0663", "x"])
def test_what_is_no_such_channel_says_nothing(channel: str) -> None:
    assert number_of(taken(0, "b", channel)) is None
    assert turns([taken(0, "b", channel)], CLOCK) == []


def test_only_its_own_notes_give_a_channel_away() -> None:
    assert [number_of(taken(0, "b", str(n))) for n in (3, MAX_CHANNELS)] == [3, MAX_CHANNELS]
    assert number_of(noted(0, "gate", channel="3")) is None


def test_turns_end_when_the_party_leaves_when_another_comes_or_with_the_recording() -> None:
    notes = [taken(1, "b"), taken(2, "c", "4"), left(3, "b"), taken(4, "b"), taken(5, "d")]
    assert turns(notes, CLOCK) == [
        Turn(3, "b", 8000, 24_000),
        Turn(4, "c", 16_000, 80_000),
        Turn(3, "b", 32_000, 40_000),
        Turn(3, "d", 40_000, 80_000),
    ]


@pytest.mark.requirement("R-07")
def test_a_channel_is_silent_by_the_orders_of_whoever_has_it() -> None:
    notes = [
        noted(0, "gate", leg="b", open="false"),  # before it has a channel
        noted(0, "gate", leg="c", open="false"),
        taken(1, "b"),
        noted(2, "gate", leg="b", open="true"),
        noted(3, "secure", leg="b", on="true"),
        noted(3, "secure", leg="c", on="true"),  # another's
        noted(4, "secure", leg="b", on="false"),
        left(5, "b"),
        noted(6, "room.gone", leg="c"),  # what held for it is noted anew
        taken(7, "c"),
        noted(8, "pause", on="true"),
        noted(9, "pause", on="false"),
    ]
    assert ordered(notes, 3, CLOCK) == {
        "absent": [(0, 8000), (40_000, 56_000)],
        "gate": [(8000, 16_000)],
        "secure": [(24_000, 32_000)],
        "pause": [(64_000, 72_000)],
    }
    assert ordered(notes, 4, CLOCK)["absent"] == [(0, 80_000)]


def test_a_gate_that_stays_shut_and_a_pause_last_to_the_end() -> None:
    notes = [taken(0, "b"), noted(1, "gate", leg="b", open="false"), noted(2, "pause", on="true")]
    found = ordered(notes, 3, CLOCK)
    assert (found["gate"], found["pause"]) == ([(8000, 80_000)], [(16_000, 80_000)])


def test_a_pause_goes_on_while_the_channel_changes_hands() -> None:
    pause = noted(1, "pause", on="true"), noted(4, "pause", on="false")
    notes = [taken(0, "b"), pause[0], left(2, "b"), taken(3, "c"), pause[1]]
    assert ordered(notes, 3, CLOCK)["pause"] == [(8000, 32_000)]
