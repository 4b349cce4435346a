"""For which purposes sound may leave the PBX without a disclosure (D-12)."""

from typing import get_args

import pytest

from pbx.config.retention import KeptFor
from pbx.lifecycle.internal import DEFAULT, HOUSE, InternalPurposes

pytestmark = pytest.mark.requirement("D-12")


@pytest.mark.parametrize(
    ("purpose", "named"),
    [
        ("complaint 4711", "complaint"),
        ("Complaint: the bill", "complaint"),
        ("  case 12 ", "case"),
        ("quality", "quality"),
        ("casework", ""),
        ("a complaint", ""),
        ("for the police", ""),
        ("", ""),
    ],
)
def test_a_purpose_begins_with_a_word_of_the_house(purpose: str, named: str) -> None:
    assert HOUSE.named(purpose) == named


def test_the_longest_entry_is_the_one_that_is_meant() -> None:
    house = InternalPurposes(("legal", "legal department", "Groß & Co"))
    assert house.named("Legal Department, Mr Smith") == "legal department"
    assert house.named("legally") == ""
    assert house.named("GROSS & CO") == "Groß & Co"


def test_the_remedy_names_both_ways() -> None:
    assert all(word in HOUSE.remedy for word in DEFAULT)
    assert "pbx recordings disclose" in HOUSE.remedy
    assert all(HOUSE.named(word) for word in get_args(KeptFor)), "what a listener may say"
    assert "none is configured" in InternalPurposes(()).remedy
    many = InternalPurposes(tuple(f"p{i}" for i in range(50))).remedy
    assert "p10, ..." in many and "p11" not in many
