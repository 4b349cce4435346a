"""Candidate regions of one party."""

import pytest

from pbx.consent.regions import PartyFacts, candidates

CODES = {"415": "US-CA", "514": "CA-QC"}


@pytest.mark.parametrize(
    ("number", "region", "expected"),
    [
        (None, None, {"unknown"}),
        ("", None, {"unknown"}),
        ("+000", None, {"unknown"}),
        ("+447700900123", None, {"GB"}),
        ("+447700900123", "FR", {"GB", "FR"}),
        (None, "US-WA", {"US-WA"}),
        ("+14155550100", None, {"US-CA"}),
        ("+15145550100", "US-WA", {"CA-QC", "US-WA"}),
        ("+12125550100", None, {"US"}),
    ],
)
def test_candidates(number: str | None, region: str | None, expected: set[str]) -> None:
    party = PartyFacts(role="caller", number=number, region=region)
    assert candidates(party, CODES) == expected
