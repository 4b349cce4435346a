"""Who is told that nothing is recorded, and what waits meanwhile."""

from dataclasses import replace

import pytest

from pbx.call.unrecorded import Unrecorded
from pbx.ivr.events import ConsentEnded
from pbx.recording.failure import FailurePolicy
from pbx.recording.notice import JournalAwaited, JournalFailed, JournalOpened
from tests.call.captures import CONTEXT, LEG, NOW, capture, proof

THEN = ConsentEnded(outcome="granted")


def notices(policy: FailurePolicy, *, recipients: tuple[str, ...] = ("age1acme",)) -> Unrecorded:
    context = replace(CONTEXT, on_recording_failure=policy, recipients=recipients)
    one = capture(context)
    one.settle(LEG, proof(), True, NOW)
    return Unrecorded(context, one)


@pytest.mark.requirement("R-16")
def test_what_comes_next_waits_for_the_notice() -> None:
    one = notices("refuse")
    held = one.before(THEN)
    assert held is not None and held[1] == JournalAwaited()
    assert one.news() is None, "the journal has not answered"
    assert one.ended("recorded") == (False, THEN)
    assert one.ended("recorded") == (False, None), "it is held back once"


@pytest.mark.requirement("R-16")
def test_a_caller_is_told_once() -> None:
    one = notices("announce_unrecorded", recipients=())
    held = one.before(THEN)
    assert held is not None and held[1] == JournalFailed() == one.news()
    assert one.ended("announced") == (True, THEN)
    assert one.before(THEN) is None


def test_where_the_call_goes_on_anyway_nobody_is_told() -> None:
    assert notices("continue", recipients=()).before(THEN) is None


def test_an_open_journal_is_news() -> None:
    context = replace(CONTEXT, on_recording_failure="refuse")
    one = capture(context)
    one.settle(LEG, proof(), True, NOW)
    one.state = "recording"
    assert Unrecorded(context, one).news() == JournalOpened()
