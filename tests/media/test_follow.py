"""The packet that follows the one before, in Python and in C."""

from types import ModuleType

import pytest

from pbx.media import _follow, follow

in_both = pytest.mark.parametrize("leaf", [follow, _follow], ids=["python", "c"])


def test_there_are_two() -> None:
    """Without the leaf in C (`make .venv/.runtime` makes it) the tests below would try Python twice."""
    assert _follow.Outgoing is not follow.Outgoing


@in_both
class TestOutgoing:
    def after(self, leaf: ModuleType, seq: int, rtp_time: int) -> follow.Outgoing:
        """Source 7 has been relayed up to number 9 and time 1000; ours is the next number and time."""
        stream: follow.Outgoing = leaf.Outgoing()
        stream._seq, stream._time, stream._time_shift = seq, rtp_time, 5000
        stream._relay_ssrc, stream._next_seq, stream._next_time = 7, 9, 1000
        return stream

    def told(self, stream: follow.Outgoing) -> tuple[int, ...]:
        return (
            *(stream._seq, stream._time, stream._next_seq, stream._next_time),
            *(stream._relay_seq, stream._relay_time),
        )

    def test_a_packet_that_follows(self, leaf: ModuleType) -> None:
        stream = self.after(leaf, 20, 6000)
        assert stream.follows(7, 9, 1000, 160)
        assert self.told(stream) == (21, 6160, 10, 1160, 9, 1000)

    @pytest.mark.parametrize("source", [(8, 9, 1000), (7, 10, 1000), (7, 8, 1000), (7, 9, 1160)])
    def test_any_other_changes_nothing(self, leaf: ModuleType, source: tuple[int, int, int]) -> None:
        stream = self.after(leaf, 20, 6000)
        before = self.told(stream)
        assert not stream.follows(*source, 160)
        assert self.told(stream) == before

    def test_the_first_follows_none(self, leaf: ModuleType) -> None:
        assert not leaf.Outgoing().follows(0, 0, 0, 160)

    def test_numbers_and_the_times_of_the_source_wrap_ours_does_not(self, leaf: ModuleType) -> None:
        stream = self.after(leaf, 65535, 2**32 - 60)
        stream._next_seq, stream._next_time = 65535, 2**32 - 160
        assert stream.follows(7, 65535, 2**32 - 160, 160)
        assert self.told(stream)[:4] == (0, 2**32 + 100, 0, 0)


@in_both
class TestIncoming:
    def after(self, leaf: ModuleType) -> follow.Incoming:
        stats: follow.Incoming = leaf.Incoming()
        stats._ssrc, stats._next_seq = 7, 65535
        return stats

    def test_the_transit_of_a_packet_that_follows_is_kept(self, leaf: ModuleType) -> None:
        stats = self.after(leaf)
        assert stats.follows(7, 65535, 100, 1.5)
        assert stats.follows(7, 0, 260, 1.52)
        assert (stats._next_seq, stats._pending) == (1, [11900, 11900])

    @pytest.mark.parametrize("packet", [(8, 65535), (7, 0), (7, 65534)])
    def test_any_other_changes_nothing(self, leaf: ModuleType, packet: tuple[int, int]) -> None:
        stats = self.after(leaf)
        assert not stats.follows(*packet, 100, 1.5)
        assert (stats._next_seq, stats._pending) == (65535, [])
