"""Who has proved himself, and for how long."""

from pbx.sip.defence.proven import MAX_SOURCES, PROVEN_S, ProvenSources


def test_a_proof_holds_for_a_day() -> None:
    proven = ProvenSources()
    assert not proven.has("192.0.2.1", 0.0)
    proven.prove("192.0.2.1", 5.0)
    assert proven.has("192.0.2.1", 5.0 + PROVEN_S)
    assert not proven.has("192.0.2.1", 5.1 + PROVEN_S)
    assert not proven.has("192.0.2.2", 5.0)


def test_an_ipv6_network_is_one_source() -> None:
    proven = ProvenSources()
    proven.prove("2001:db8::1", 0.0)
    assert proven.has("2001:db8::2", 0.0)


def test_the_table_is_bounded() -> None:
    proven = ProvenSources()
    for n in range(MAX_SOURCES + 1):
        proven.prove(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", 0.0)
    assert len(proven) == MAX_SOURCES
    assert not proven.has("10.0.0.0", 0.0)
