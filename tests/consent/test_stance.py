"""What a tenant decides himself, and what he cannot."""

from dataclasses import replace

import pytest

from pbx.consent.effects import Mode
from pbx.consent.io.shipped import shipped_rules
from pbx.consent.rules import PartyFacts
from pbx.consent.stance import UNDECIDED, Lowered, Overrides, Stance

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


LOWERED = Lowered(region="DE", mode="notify", override="o1")


@pytest.mark.requirement("C-10")
def test_what_two_people_have_lowered_says_who_has() -> None:
    decision = shipped_rules().resolve((BRITON, GERMAN), Stance(lowered=(LOWERED,)))
    assert (decision.mode, decision.rules) == ("notify", ("DE: notify", "GB: notify"))
    assert [one.why for one in decision.trace] == ["", "override o1"]
    assert shipped_rules().resolve((GERMAN,), Stance()).mode == "optin_all"


@pytest.mark.requirement("C-10")
@pytest.mark.parametrize(
    ("region", "mode", "purposes", "expected"),
    [
        ("DE", "none", (), "notify"),  # a row that is sure is never silent, whatever stands in the store
        ("SE", "none", (), "none"),
        ("GB", "notify", ("quality",), "notify"),
        ("GB", "optin_all", (), "notify"),  # it lowers and never raises
        ("FR", "notify", ("quality",), "never"),  # the purpose is not allowed
        ("FR", "notify", ("evidence",), "notify"),
    ],
)
def test_how_far_a_rule_is_lowered(
    region: str, mode: Mode, purposes: tuple[str, ...], expected: Mode
) -> None:
    stance = Stance(lowered=(Lowered(region=region, mode=mode, override="o1"),))
    party = PartyFacts(role="caller", region=region)
    assert shipped_rules().resolve((party,), stance, purposes).mode == expected


def test_a_country_lowers_its_states_and_not_the_overlays() -> None:
    stance = Stance(lowered=(Lowered(region="CA", mode="notify", override="o1"),), overlays=("vulnerable",))
    party = PartyFacts(role="caller", region="CA-ON")
    assert shipped_rules().resolve((party,), replace(stance, overlays=())).mode == "notify"
    assert shipped_rules().resolve((party,), stance).mode == "optin_one"


@pytest.mark.parametrize(
    ("floors", "region", "expected"),
    [
        ({"GB": "optin_one"}, "GB", "optin_one"),
        ({"US": "optin_one"}, "US-CA", "optin_one"),
        ({"US": "optin_one", "US-CA": "notify"}, "US-CA", "notify_optout"),  # the law is the least
        ({"EU": "optin_all"}, "SE", "optin_all"),
        ({"DE": "notify"}, "DE", "optin_all"),
        ({"TH": "optin_all"}, "TH", "optin_all"),  # where there is no rule either
    ],
)
def test_a_floor_only_raises(floors: dict[str, Mode], region: str, expected: Mode) -> None:
    party = PartyFacts(role="caller", region=region)
    assert shipped_rules().resolve((party,), Stance(floors=floors)).mode == expected


def test_a_call_is_told_what_holds_when_it_begins() -> None:
    overrides = Overrides()
    overrides.restore({"acme": (LOWERED,)})
    assert (overrides.of("acme"), overrides.of("other")) == ((LOWERED,), ())
    overrides.restore({})
    assert overrides.of("acme") == ()
