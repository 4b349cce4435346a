"""The queue of the sample as calls know it."""

from pbx.assembly.queues import queues_of
from pbx.config.load import load
from pbx.media.effects import Music
from tests.e2e.running import CONFIG


def test_a_queue_works_as_it_is_written() -> None:
    music = Music(sources=(), order="listed", resume="clock")
    policy = queues_of(load(CONFIG).tenants["acme"], {"acme/hold": music})["service"]
    assert (policy.title, policy.members, policy.strategy) == ("Service", ("1001", "1002"), "longest_idle")
    assert (policy.ring_s, policy.wrap_up_s, policy.max_wait_s, policy.max_length) == (20.0, 10.0, 300.0, 20)
    assert (policy.login, policy.exit_key, policy.music) == (False, "0", music)
    assert policy.announcements.is_silent
