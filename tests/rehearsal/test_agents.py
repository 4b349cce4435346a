"""In a rehearsal everybody is there."""

from pbx.media.effects import Music
from pbx.rehearsal.agents import attended
from pbx.services.queue_policy import QueuePolicy


def test_everybody_is_logged_in_and_nothing_is_played() -> None:
    music = Music(sources=(), order="listed", resume="clock")
    policy = QueuePolicy(name="x", members=("1001",), login=True, music=music)
    assert attended({"x": policy}) == {"x": QueuePolicy(name="x", members=("1001",), login=False)}
