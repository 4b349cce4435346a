"""Where a number is: its region, every time zone it may have, and None where nobody knows."""

import pytest

from pbx.marketing.place import place_of


@pytest.mark.parametrize(
    ("number", "region", "zones"),
    [
        ("+442079460000", "GB", {"Europe/London"}),
        ("+441534123456", "JE", {"Europe/Jersey"}),
        ("+33612345678", "FR", {"Europe/Paris"}),
        ("+12125550100", "US", {"America/New_York"}),
        ("+18085550100", "US", {"Pacific/Honolulu"}),
        ("+443001234567", "GB", {"Europe/London", "Europe/Jersey", "Europe/Guernsey", "Europe/Isle_of_Man"}),
    ],
)
def test_region_and_zones(number: str, region: str, zones: set[str]) -> None:
    found = place_of(number)
    assert found is not None
    assert (found.region, {zone.key for zone in found.zones}) == (region, zones)


@pytest.mark.parametrize(
    "number",
    [
        "+18005550100",  # toll-free: anywhere in a continent
        "+882123456789",  # of no country
        "+441632960100",  # kept for fiction: the tables do not have it
        "+449011234567",  # premium
        "+999123456789",
        "112",
        "",
    ],
)
def test_what_nobody_knows(number: str) -> None:
    assert place_of(number) is None


def test_a_number_of_fiction_is_taken_for_one_of_its_region() -> None:
    found = place_of("+447700900123", "GB")
    assert found is not None
    assert found.region == "GB"
    assert {zone.key for zone in found.zones} >= {"Europe/London"}
