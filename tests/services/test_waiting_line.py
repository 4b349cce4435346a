"""First come, first served, and a point of priority is worth a minute (ACD-03)."""

from pbx.core.ids import CallId
from pbx.services.queue_policy import PRIORITY_WORTH_S
from pbx.services.waiting_line import Waiter, WaitingLine

ONE, TWO, THREE = CallId("one"), CallId("two"), CallId("three")


def line(*waiters: tuple[CallId, float, int]) -> WaitingLine:
    made = WaitingLine()
    for call, joined, priority in waiters:
        made.join(Waiter(call=call, joined=joined, priority=priority))
    return made


def order(line: WaitingLine) -> list[CallId]:
    return [waiter.call for waiter in line]


def test_first_come_first_served() -> None:
    made = line((TWO, 2.0, 0), (ONE, 1.0, 0))
    assert order(made) == [ONE, TWO]
    assert [made.position(call) for call in (ONE, TWO, THREE)] == [1, 2, 0]
    assert (len(made), made.oldest) == (2, 1.0)


def test_a_point_of_priority_is_worth_a_minute_and_no_more() -> None:
    assert order(line((ONE, 0.0, 0), (TWO, PRIORITY_WORTH_S - 0.1, 1))) == [TWO, ONE]
    assert order(line((ONE, 0.0, 0), (TWO, PRIORITY_WORTH_S + 0.1, 1))) == [ONE, TWO]
    assert order(line((ONE, 0.0, 0), (TWO, PRIORITY_WORTH_S, 1))) == [ONE, TWO]


def test_of_two_who_come_at_once_one_is_first() -> None:
    made = line((TWO, 1.0, 0), (ONE, 1.0, 0))
    assert order(made) == [TWO, ONE]
    assert [made.position(call) for call in (TWO, ONE)] == [1, 2]


def test_who_has_left_is_nowhere() -> None:
    made = line((ONE, 1.0, 0), (TWO, 2.0, 0))
    left = made.leave(ONE)
    assert left is not None and left.call == ONE
    assert (made.leave(ONE), made.get(ONE), made.position(TWO)) == (None, None, 1)
    made.leave(TWO)
    assert made.oldest is None
