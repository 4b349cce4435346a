"""Octets in memory are read as those of a file are."""

from pbx.recording.octets import HeldOctets


def test_reading_ends_where_the_octets_end() -> None:
    octets = HeldOctets(b"abcdef")
    assert octets.size == 6
    assert (octets.read(0, 2), octets.read(4, 9), octets.read(6, 1)) == (b"ab", b"ef", b"")
