"""Each number has a class; what nobody knows is the worst one."""

import pytest

from pbx.fraud.destinations import Destination, destination, place_of


@pytest.mark.requirement("CF-30")
@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+448001234567", "free"),
        ("+442079460000", "national"),
        ("+443001234567", "national"),
        ("+441632960150", "national"),  # drama
        ("+447700900123", "mobile"),  # drama
        ("+447400123456", "mobile"),
        ("+449090123456", "premium"),
        ("+448451234567", "premium"),
        ("+447012345678", "premium"),  # personal numbers: 070
        ("+449551234567", "high_risk"),  # nobody knows such a range
        ("+33123456789", "international"),
        ("+447781123456", "international"),  # Guernsey, which shares +44
        ("+33899123456", "high_risk"),  # premium abroad
        ("+870773123456", "high_risk"),
        ("+881612345678", "high_risk"),
        ("+88213123456", "high_risk"),
        ("+883510001234567", "high_risk"),
        ("+979123456789", "high_risk"),
        ("+80012345678", "international"),
    ],
)
def test_called_from_britain(number: str, expected: str) -> None:
    assert destination(number, "GB", {}) == expected


def test_the_longest_prefix_of_the_tenant_comes_first() -> None:
    own = {"+252": Destination.HIGH_RISK, "+2526": Destination.MOBILE, "+4420": Destination.FREE}
    assert destination("+25261234567", "GB", own) == "mobile"
    assert destination("+25251234567", "GB", own) == "high_risk"
    assert destination("+442079460000", "GB", own) == "free"


def test_codes_without_a_country_are_places_too() -> None:
    assert [place_of(one) for one in ("+33123456789", "+881612345678", "+442079460000")] == [
        "FR",
        "+881",
        "GB",
    ]
