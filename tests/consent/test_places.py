"""Where parties may be besides what their number says."""

from ipaddress import ip_network

import pytest

from pbx.consent.io.shipped import shipped_rules
from pbx.consent.places import NOWHERE_ELSE, Places, stranger
from pbx.consent.regions import PartyFacts

PLACES = Places(
    work={"1003": "DE"},
    networks=(
        (ip_network("198.51.100.0/24"), "FR"),
        (ip_network("198.51.100.128/25"), "US-CA"),
        (ip_network("2001:db8::/32"), "CH"),
    ),
    recorder="SE",
)


def regions(party: PartyFacts) -> dict[str, str]:
    """What points to which place, by what the resolver itself says."""
    return {one.source: one.region for one in shipped_rules().resolve((party,)).trace}


@pytest.mark.requirement("C-09")
@pytest.mark.parametrize(
    ("extension", "hop", "expected"),
    [
        ("1001", "", {"place": "GB"}),
        ("1001", "192.0.2.1", {"place": "GB"}),
        ("1001", "198.51.100.1", {"place": "GB", "network": "FR"}),
        ("1001", "198.51.100.129", {"place": "GB", "network": "US-CA"}),
        ("1001", "2001:db8::7", {"place": "GB", "network": "CH"}),
        ("1001", "phone.example", {"place": "GB"}),
        ("1003", "198.51.100.1", {"place": "GB", "work place": "DE", "network": "FR"}),
    ],
)
def test_a_telephone_of_ours(extension: str, hop: str, expected: dict[str, str]) -> None:
    assert regions(PLACES.extension("agent", extension, "GB", hop)) == expected


def test_who_says_nothing_is_at_home() -> None:
    assert regions(NOWHERE_ELSE.extension("agent", "1003", "GB", "198.51.100.1")) == {"place": "GB"}
    assert NOWHERE_ELSE.common(()) == ()


def test_the_number_that_was_called_and_the_recorder_count_in_every_call() -> None:
    called, recorder = PLACES.common({"+33123456789", "support", "1001"})
    assert (called.role, regions(called)) == ("called number", {"number": "FR"})
    assert (recorder.role, regions(recorder)) == ("recorder", {"place": "SE"})


@pytest.mark.requirement("C-09")
def test_a_number_under_a_false_signature_may_be_anywhere() -> None:
    assert regions(stranger("caller", "+447700900123")) == {"number": "GB"}
    doubted = stranger("caller", "+447700900123", is_doubted=True)
    assert regions(doubted) == {"number": "GB", "false number": "unknown"}
    assert shipped_rules().resolve((doubted,)).mode == "notify_optout"
    assert regions(stranger("caller", "")) == {"nothing known": "unknown"}
