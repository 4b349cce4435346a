"""Candidate regions of one party."""

import pytest

from pbx.consent.regions import Areas, Candidate, PartyFacts, candidates

AREAS: Areas = {
    "+1": {"415": ("US-CA",), "514": ("CA-QC",), "867": ("CA-YT", "CA-NT", "CA-NU")},
    "+61": {"2": ("AU-NSW", "AU-ACT")},
}


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
        ("+12125550100", None, {"US", "unknown"}),  # a code that the table lacks
        ("+18005550100", "GB", {"US", "unknown", "GB"}),  # toll-free
        ("+18675550100", None, {"CA-YT", "CA-NT", "CA-NU"}),
        ("+17875550100", None, {"PR"}),  # inside +1, and no part of the countries of the table
        ("+61262000000", None, {"AU-NSW", "AU-ACT"}),
    ],
)
def test_candidates(number: str | None, region: str | None, expected: set[str]) -> None:
    party = PartyFacts(role="caller", number=number, region=region)
    assert {one.region for one in candidates(party, AREAS)} == expected


def test_each_candidate_says_where_it_comes_from() -> None:
    found = candidates(PartyFacts(role="caller", number="+18005550100", region="GB"), AREAS)
    assert [(one.region, one.source) for one in found] == [
        ("US", "number"),
        ("unknown", "number"),
        ("GB", "place"),
    ]
    assert candidates(PartyFacts(role="caller"), AREAS) == (Candidate("unknown", "nothing known"),)
