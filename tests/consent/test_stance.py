"""What a tenant decides himself, and what he cannot."""

import pytest

from pbx.consent.io.shipped import shipped_rules
from pbx.consent.rules import PartyFacts
from pbx.consent.stance import UNDECIDED, Stance

BRITON, GERMAN = PartyFacts(role="caller", region="GB"), PartyFacts(role="caller", region="DE")


def test_without_a_word_the_unknown_may_object() -> None:
    assert Stance(default_unknown="notify_optout", overlays=()) == UNDECIDED


@pytest.mark.requirement("C-02")
def test_a_regulated_firm_has_to_record_and_still_asks_where_it_must() -> None:
    regulated = Stance(overlays=("fca",))
    at_home = shipped_rules().resolve((BRITON,), regulated, ("compliance",))
    assert (at_home.mode, at_home.mandatory, at_home.rules) == (
        "notify",
        True,
        ("GB+fca: notify, mandatory", "GB: notify"),
    )
    abroad = shipped_rules().resolve((BRITON, GERMAN), regulated, ("compliance",))
    assert (abroad.mode, abroad.mandatory, abroad.withdrawal) == ("optin_all", True, "stop_delete")
    assert not shipped_rules().resolve((GERMAN,), regulated).mandatory
