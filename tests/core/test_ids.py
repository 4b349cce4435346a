"""Reproducible identifiers for tests, and what is made of random octets."""

from pbx.core.ids import SeededIds, hex_id, uint32


def test_one_seed_one_sequence() -> None:
    first, second, other = SeededIds("a"), SeededIds("a"), SeededIds("b")
    octets = first.octets(40)
    assert len(octets) == 40 and octets == second.octets(40) != other.octets(40)
    assert first.octets(8) != octets[:8]


def test_hex_id_and_uint32() -> None:
    assert len(hex_id(SeededIds(), 8)) == 16
    assert 0 <= uint32(SeededIds()) < 1 << 32
