"""A sentence for a party that is about to leave: when it is over, whatever becomes of it."""

import pytest

from pbx.call.announcement import MOST_S, Announcement
from pbx.call.effects import PreparePrompts
from pbx.call.events import PromptsMissing, PromptsReady
from pbx.call.tokens import Tokens
from pbx.core.ids import CallId, LegId, Token
from pbx.media.dialogue import Say
from pbx.media.effects import FileSource, Play, StopPlay
from pbx.media.events import PlayEnded

pytestmark = pytest.mark.requirement("CF-16")
CALL, LEG = CallId("c"), LegId("parker")
SOURCE = FileSource(path="p.wav", sha256="00", duration_ms=1000)


@pytest.fixture
def said() -> Announcement:
    one = Announcement(CALL, Tokens())
    (order,) = one.begin(LEG, Say(text="Parked at 7 0 1."), 10.0)
    assert isinstance(order, PreparePrompts)
    return one


def ready(one: Announcement) -> Play:
    event = PromptsReady(call=CALL, token=Tokens().next(), sources=(SOURCE,), sha256="ab")
    (order,), is_over = one.take(event)
    assert isinstance(order, Play) and not is_over
    return order


def ended(play: Play, leg: LegId = LEG) -> PlayEnded:
    return PlayEnded(leg=leg, token=play.token, played_ms=1000, total_ms=1000, completed=True)


def test_it_is_over_when_it_was_heard(said: Announcement) -> None:
    play = ready(said)
    assert play.leg == LEG
    assert said.take(ended(play, LegId("other"))) == ([], False)
    assert said.is_running
    assert said.take(ended(play)) == ([], True)
    assert not said.is_running and said.deadline is None
    assert said.take(ended(play)) == ([], False)


def test_it_is_over_when_nobody_can_speak_it(said: Announcement) -> None:
    other = PromptsMissing(call=CALL, token=Token(99), reason="no engine")
    assert said.take(other) == ([], False)
    mine = PromptsMissing(call=CALL, token=Tokens().next(), reason="no engine")
    assert said.take(mine) == ([], True)


def test_it_may_take_ten_seconds(said: Announcement) -> None:
    assert said.deadline == 10.0 + MOST_S == 20.0
    assert said.stop() == []


def test_what_is_heard_already_is_stopped(said: Announcement) -> None:
    ready(said)
    assert said.stop() == [StopPlay(leg=LEG)]
    assert said.stop() == []
    assert not said.is_running
