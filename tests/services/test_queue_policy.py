"""How a queue works where nothing is written."""

from pbx.services.queue_policy import Announcements, QueuePolicy


def test_a_queue_without_texts_is_silent() -> None:
    assert QueuePolicy(name="x", members=("1001",)).announcements.is_silent
    assert not Announcements(position="{position}").is_silent
    assert not Announcements(wait="{minutes}").is_silent
    assert not Announcements(comfort="Hello.").is_silent
