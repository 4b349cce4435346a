"""Strangers, proven sources and neighbours at the door."""

from dataclasses import replace

import pytest

from pbx.core.address import Remote
from pbx.sip.defence.buckets import Rate
from pbx.sip.defence.defence import Defence
from pbx.sip.defence.settings import DefenceSettings
from pbx.sip.edge import Edges
from pbx.sip.trunk.identification import Identification
from pbx.sip.trunk.peer import TrunkPeer

LIMITS = DefenceSettings(
    source=Rate(per_s=50.0, burst=100),
    neighbour=Rate(per_s=1000.0, burst=200),
    sweep=Rate(per_s=0.2, burst=30),
    strangers="silence",
    fits=True,
)
EVE = Remote("udp", "198.51.100.66", 5060)
TRUNK = TrunkPeer(name="carrier", tenant="acme", networks=("192.0.2.0/24",))
OCTETS = b"OPTIONS sip:x@y SIP/2.0\r\n\r\n"


def defence(settings: DefenceSettings = LIMITS) -> Defence:
    return Defence(settings, Identification((TRUNK,)), Edges(("203.0.113.1/32",)))


def let_in(door: Defence, source: Remote, times: int = 1000) -> int:
    return sum(door.lets_in(OCTETS, source, 0.0) for _ in range(times))


@pytest.mark.requirement("SIP-37")
def test_each_kind_of_source_has_its_own_limit() -> None:
    door = defence()
    assert let_in(door, EVE) == 100
    assert let_in(door, Remote("udp", "198.51.100.67", 5060)) == 100
    assert let_in(door, Remote("udp", "192.0.2.9", 5060)) == 300
    assert let_in(door, Remote("udp", "203.0.113.1", 5060)) == 300
    assert let_in(door, Remote("udp", "127.0.0.1", 5060)) == 1000
    assert door.counts["flood"] == 900 + 900 + 700 + 700


@pytest.mark.requirement("S-14")
def test_strangers_share_a_limit_and_nobody_else_pays_for_it() -> None:
    limit = Rate(per_s=100.0, burst=200)
    door = defence(replace(LIMITS, strangers_in_all=limit))
    crowd = [Remote("udp", f"198.51.100.{n}", 5060) for n in range(50)]
    assert sum(let_in(door, one, 20) for one in crowd) == 200
    assert door.counts == {"crowd": 800}
    assert let_in(door, Remote("udp", "192.0.2.9", 5060), 100) == 100
    assert let_in(door, Remote("udp", "203.0.113.1", 5060), 100) == 100
    door.prove("198.51.100.200")
    door.revive(["198.51.100.201"], 0.0)
    assert [let_in(door, Remote("udp", f"198.51.100.{n}", 5060), 50) for n in (200, 201, 202)] == [50, 50, 0]
    assert door.lets_in(OCTETS, crowd[0], 1.0)


def test_ipv6_hosts_share_the_limit_of_their_network() -> None:
    door = defence()
    assert sum(let_in(door, Remote("udp", f"2001:db8::{n}", 5060), 10) for n in range(20)) == 100


def test_connections_of_one_address_are_counted_apart() -> None:
    door = defence()
    assert [let_in(door, Remote("tcp", EVE.host, 5060, n)) for n in (1, 2)] == [100, 100]


@pytest.mark.parametrize(
    "octets", [b"", b"\x00\x01\x00\x00", b"\x16\xfe\xfd", b"\x80\x00", b"<x>", b" INVITE"]
)
def test_what_cannot_be_sip_is_not_parsed(octets: bytes) -> None:
    door = defence()
    assert not door.lets_in(octets, EVE, 0.0)
    assert door.counts == {"not_sip": 1}


@pytest.mark.parametrize("octets", [b"!odd sip:x SIP/2.0", b"\r\n\r\nINVITE", b"SIP/2.0 200 OK", b"invite"])
def test_what_may_be_sip_is(octets: bytes) -> None:
    assert defence().lets_in(octets, EVE, 0.0)


@pytest.mark.requirement("S-01")
def test_a_stranger_is_heard_when_he_names_a_domain_of_ours() -> None:
    door = defence()
    assert door.ignores(EVE.host, ("1.1.1.1", "elsewhere"), {"acme.example"})
    assert not door.ignores(EVE.host, ("1.1.1.1", "ACME.example"), {"acme.example"})
    for host in ("192.0.2.9", "203.0.113.1", "127.0.0.1"):
        assert not door.ignores(host, ("1.1.1.1",), {"acme.example"})
    door.prove(EVE.host)
    assert not door.ignores(EVE.host, ("1.1.1.1",), {"acme.example"})
    assert door.counts == {"stranger": 1}


@pytest.mark.requirement("S-01")
def test_a_sweep_gets_thirty_challenges() -> None:
    door = defence()
    assert sum(door.may_challenge(EVE.host) for _ in range(1000)) == 30
    door.prove(EVE.host)
    assert all(door.may_challenge(EVE.host) for _ in range(1000))
    assert all(door.may_challenge("192.0.2.9") for _ in range(1000))


def test_other_limits_hold_at_once() -> None:
    door = defence()
    let_in(door, EVE)
    door.swap(DefenceSettings(), Identification(()), Edges())
    assert let_in(door, EVE) == 1000
    assert not door.is_neighbour("192.0.2.9")
