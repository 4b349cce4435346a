"""A question that is put several times."""

from pbx.core.secret import Secret
from pbx.ivr.asking import Asking
from pbx.ivr.entry import EntrySettings
from pbx.media.collector import CollectorSettings

SETTINGS = EntrySettings(text="Number?", collector=CollectorSettings(max_digits=2))


def test_it_is_put_as_often_as_it_may_be() -> None:
    asking = Asking(SETTINGS, 2)
    assert (asking.is_open, asking.deadline) == (False, None)
    assert [asking.put() for _ in range(3)] == [True, True, False]


def test_what_is_entered_closes_the_round() -> None:
    asking = Asking(SETTINGS, 2)
    asking.put()
    assert asking.speaking
    assert asking.press(Secret("1"), 1.0) is None
    collected = asking.press(Secret("2"), 2.0)
    assert collected is not None and collected.digits == Secret("12")
    assert not asking.is_open and not asking.speaking
    assert asking.press(Secret("3"), 3.0) is None


def test_the_wait_begins_when_the_question_was_heard() -> None:
    asking = Asking(SETTINGS, 1)
    asking.put()
    assert asking.deadline is None
    asking.prompt_ended(10.0)
    assert asking.deadline == 15.0
    collected = asking.tick(15.0)
    assert collected is not None and collected.timed_out
    assert asking.tick(20.0) is None
