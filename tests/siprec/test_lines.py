"""Streams and their legs: who gets one, what flows, and where the limits are."""

from dataclasses import replace

from pbx.core.ids import LegId
from pbx.media.effects import CloseLeg, MediaEffect, OpenLeg
from pbx.media.events import LegOpened
from pbx.siprec.events import Recorded
from pbx.siprec.lines import MAX_LINES, Lines
from tests.siprec.recorder import ANN, BOB, CALL, of_kind


def lines() -> Lines:
    names = iter(range(100))
    return Lines(CALL, "ip4", lambda: LegId(f"to-{next(names)}"))


def opened(made: Lines, effects: list[MediaEffect]) -> None:
    for order in of_kind([*effects], OpenLeg):
        made.opened(LegOpened(leg=order.leg, host="192.0.2.9", port=20000))


def test_labels_count_up_and_never_come_again() -> None:
    made = lines()
    opened(made, made.follow((ANN, BOB)))
    made.follow((ANN,))
    opened(made, made.follow((ANN, replace(BOB, leg=LegId("bob-again")))))
    assert [slot and slot.label for slot in made.slots] == ["1", "3"]
    assert (made.label_of(ANN.leg), made.label_of(BOB.leg)) == ("1", "")


def test_a_line_whose_port_is_not_open_is_not_offered() -> None:
    made = lines()
    made.follow((ANN,))
    assert made.slots == (None,) and not made.is_ready and made
    made.opened(LegOpened(leg=LegId("to-0"), host="192.0.2.9", port=20000))
    assert made.is_ready and made.slots[0] is not None


def test_as_many_streams_as_the_limit_says_and_no_more() -> None:
    def party(n: int) -> Recorded:
        return replace(ANN, leg=LegId(f"party-{n}"))

    made = lines()
    assert len(made.follow(tuple(map(party, range(MAX_LINES))))) == MAX_LINES
    assert made.follow(tuple(map(party, range(MAX_LINES + 1)))) == []


def test_the_next_recorder_gets_the_lines_without_those_that_have_ended() -> None:
    made = lines()
    opened(made, made.follow((ANN, BOB)))
    made.follow((BOB,))
    assert made.slots[0] is None
    made.pack()
    assert [slot and slot.label for slot in made.slots] == ["2"]


def test_what_is_closed_is_forgotten() -> None:
    made = lines()
    opened(made, made.follow((ANN,)))
    assert made.close() == [CloseLeg(leg=LegId("to-0"))]
    assert not made and made.legs == frozenset()
    assert made.lost(LegId("to-0")) == [] and not made.drop(LegId("to-0"))
