"""Which of several streams from the party's own place is believed to be the party's."""

import random

import pytest

from pbx.media.stream_lock import MAX_AHEAD, MAX_STOPPED_S, OVERLAP_S, RUN, STOPPED_S, StreamLock

pytestmark = [pytest.mark.requirement("S-26"), pytest.mark.rfc("3550", "8")]

PARTY, FORGED, NEXT = 0xAAAA, 0xEEEE, 0xBBBB
STEP_S = 0.02


class Place:
    """Where packets of several streams come from, taken as a receiver takes them."""

    def __init__(self) -> None:
        self.lock = StreamLock()
        self.now = self.heard_at = 0.0
        self.seqs: dict[int, int] = {}

    def comes(self, ssrc: int, *, step: int = 1, wait_s: float = STEP_S) -> bool:
        """Whether the next packet of a stream is taken."""
        self.now += wait_s
        last = self.seqs.get(self.lock.ssrc)
        seq = (self.seqs.get(ssrc, 65_530) + step) % 2**16
        times = self.heard_at, self.now
        if ssrc != self.lock.ssrc and not self.lock.changes(ssrc, seq, last, times):
            self.seqs[ssrc] = seq
            return False
        self.seqs[ssrc], self.heard_at = seq, self.now
        return True

    def come(self, ssrc: int, n_packets: int) -> list[bool]:
        return [self.comes(ssrc) for _ in range(n_packets)]


@pytest.fixture
def place() -> Place:
    """With a party that has begun to speak."""
    one = Place()
    assert all(one.come(PARTY, 10))
    return one


def test_nobody_else_is_heard_while_the_party_speaks(place: Place) -> None:
    for _ in range(500):
        assert place.comes(PARTY)
        assert not place.comes(FORGED, wait_s=0.0)
        assert not place.comes(FORGED, wait_s=0.0)
    assert place.lock.dropped == 1000


def test_random_packets_are_no_stream_however_long_it_is_silent(place: Place) -> None:
    chance = random.Random(35)
    place.now += 60.0
    for _ in range(10_000):
        place.seqs[FORGED] = chance.getrandbits(16)
        assert not place.comes(FORGED if chance.random() < 0.5 else chance.getrandbits(32))
    assert place.comes(PARTY)


def test_a_stream_that_follows_is_heard_a_tenth_of_a_second_after_the_one_before(place: Place) -> None:
    heard = place.come(NEXT, 10)
    assert heard == [False] * 4 + [True] * 6
    place.lock.agreed()
    assert place.comes(PARTY, step=20_000), "and after an offer and answer at once"


def test_the_party_comes_back_from_a_pause_with_its_first_packet(place: Place) -> None:
    place.now += STOPPED_S
    assert place.come(FORGED, RUN) == [False] * (RUN - 1) + [True]
    assert place.comes(PARTY)
    assert not any(place.come(FORGED, 1) + place.come(FORGED, 1)), "it is an intruder again"
    assert place.comes(PARTY)


def test_each_pause_that_is_made_use_of_makes_the_next_one_longer(place: Place) -> None:
    waits = []
    for _ in range(6):
        began = place.now
        while not place.comes(FORGED):
            pass
        waits.append(place.now - began)
        assert place.comes(PARTY)
    assert waits == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.0, 1.0], abs=STEP_S)
    assert max(waits) <= MAX_STOPPED_S + STEP_S


def test_what_is_late_of_the_stream_before_takes_nothing_back(place: Place) -> None:
    place.come(NEXT, 6)
    assert not place.comes(PARTY, step=0)
    assert not place.comes(PARTY, step=-3)
    assert not place.comes(PARTY, step=MAX_AHEAD + 10)
    assert place.comes(NEXT)


def test_what_was_agreed_is_not_undone_by_what_is_on_its_way(place: Place) -> None:
    place.lock.agreed()
    assert place.comes(NEXT)
    for _ in range(5):
        assert not place.comes(PARTY)
        assert place.comes(NEXT)
    place.now += OVERLAP_S
    assert place.comes(PARTY), "that is no overlap: it goes on"
    assert not place.comes(NEXT)


def test_a_third_stream_does_not_make_the_first_one_forgotten(place: Place) -> None:
    place.come(FORGED, 6)
    place.come(NEXT, 6)
    assert place.lock.ssrc == NEXT
    assert place.comes(PARTY)


def test_what_is_authentic_is_believed_at_once(place: Place) -> None:
    place.lock.believe(NEXT)
    assert place.comes(NEXT)
    assert not place.comes(PARTY)


def test_a_stream_of_nothing_that_has_a_number_may_be_followed() -> None:
    lock = StreamLock()
    assert lock.changes(PARTY, 1, None, (0.0, 0.0))
    assert not lock.changes(NEXT, 1, None, (0.0, 1.0))
    assert not lock.changes(NEXT, 2, None, (0.0, 1.0))
    assert lock.changes(NEXT, 3, None, (0.0, 1.0))
