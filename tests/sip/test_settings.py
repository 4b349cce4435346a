"""What an endpoint assumes when it is told nothing."""

import pytest

from pbx.core.address import Address
from pbx.sip.listeners import Listener, Listeners
from pbx.sip.settings import EndpointSettings, TrunkPeer, nobody

LISTEN = Address("10.0.0.1", 5060)


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_nobody_is_known_by_default(algorithm: str) -> None:
    settings = EndpointSettings(listen=LISTEN)
    assert settings.lookup_ha1 is nobody
    assert settings.lookup_ha1("example.test", "alice", algorithm) is None


def test_the_defaults_let_nobody_in() -> None:
    settings = EndpointSettings(listen=LISTEN)
    assert (settings.domains, settings.trunks, settings.accept_calls_from_anyone) == ({}, (), False)
    assert not TrunkPeer(name="carrier", tenant="acme", networks=()).trusted


def test_two_endpoints_share_no_domains() -> None:
    one, other = EndpointSettings(listen=LISTEN), EndpointSettings(listen=LISTEN)
    one.domains["example.test"] = "acme"
    assert other.domains == {}


def test_a_realm_without_a_choice_offers_every_algorithm_best_first() -> None:
    settings = EndpointSettings(listen=LISTEN, algorithms={"old.test": ("MD5",)})
    assert settings.algorithms_of("old.test") == ("MD5",)
    assert settings.algorithms_of("example.test") == ("SHA-256", "MD5")


@pytest.mark.parametrize(
    ("hosts", "families"),
    [(("192.0.2.1",), ("A",)), (("::1",), ("AAAA",)), (("::1", "192.0.2.1"), ("A", "AAAA"))],
)
def test_servers_are_looked_up_in_the_families_that_we_have(
    hosts: tuple[str, ...], families: tuple[str, ...]
) -> None:
    listeners = Listeners(tuple(Listener(transport="udp", bind=Address(host, 5060)) for host in hosts))
    settings = EndpointSettings(listen=Address("192.0.2.9", 5060), listeners=listeners)
    assert settings.abilities.families == families
