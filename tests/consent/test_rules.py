"""Which rule applies: shipped data against an oracle written from the table of laws, not from the code."""

import itertools
from datetime import date
from typing import Any

import pytest
from phonenumbers import parse
from phonenumbers.geocoder import description_for_number

from pbx.consent.effects import Mode, Overlay
from pbx.consent.io.shipped import shipped_rules
from pbx.consent.rules import ConsentRules, PartyFacts
from pbx.consent.stance import Stance
from pbx.core.errors import ConfigError
from pbx.core.phone import region_of
from tests.consent.parts_of_countries import is_named
from tests.consent.rows import rule_row as row

# The oracle: the compliance reference's matrix by mode, with an order of its own.
ORACLE = {
    "notify": "GB JE GG IM BE SE NO FI US US-TX US-CT US-MA US-MI US-MT US-WA US-OR NZ SG HK JP KR BR ZA IL",
    "notify_optout": "IE FR NL LU GR ES IT PL CZ HU RO BG HR CY EE LV LT MT SK SI IS LI "
    "US-CA US-DE US-FL US-IL US-MD US-NV US-NH US-PA US-VT PR CA CA-QC CA-ON AU AU-NSW IN MX AR CO CL",
    "optin_one": "DK CN",
    "optin_all": "DE AT CH PT AE SA TR",
}
EXPECTED = {region: mode for mode, regions in ORACLE.items() for region in regions.split()}
RANK = {"none": 0, "notify": 10, "notify_optout": 20, "optin_one": 30, "optin_all": 40, "never": 50}

NUMBERS = {
    "+441632960100": "GB",
    "+447700900123": "GB",
    "+441534456789": "JE",
    "+447624900100": "IM",
    "+493012345678": "DE",
    "+41446681800": "CH",
    "+14155550100": "US-CA",
    "+15125550100": "US-TX",
    "+17385550100": "US-CA",
    "+12065550100": "US-WA",
    "+15145550100": "CA-QC",
    "+14165550100": "CA-ON",
    "+12735550100": "CA-QC",
    "+17875550100": "PR",
    "+61412345678": "AU",
    "+6493000000": "NZ",
}

COUNTRIES = ("United States", "Canada")

RULES = shipped_rules()


def party(region: str | None, number: str | None = None) -> PartyFacts:
    return PartyFacts(role="caller", number=number, region=region)


def test_every_row_is_in_the_oracle() -> None:
    assert {rule.region for rule in RULES.rules if rule.overlay is None} - set(EXPECTED) == {"EU", "unknown"}


@pytest.mark.requirement("C-02")
def test_the_strictest_of_any_two_of_all_regions_decides() -> None:
    parties = {region: party(region) for region in EXPECTED}
    wrong = []
    for regions in itertools.combinations_with_replacement(EXPECTED, 2):
        expected = max((EXPECTED[region] for region in regions), key=RANK.__getitem__)
        decision = RULES.resolve(tuple(parties[region] for region in regions))
        if decision.mode != expected or decision.regions != tuple(sorted(set(regions))):
            wrong.append(regions)
    assert wrong == []


@pytest.mark.requirement("C-02")
def test_order_of_parties_does_not_matter() -> None:
    sample = ["GB", "US-CA", "DK", "DE", "NZ"]
    for regions in itertools.product(sample, repeat=3):
        decisions = {
            RULES.resolve(tuple(party(region) for region in order)).mode
            for order in itertools.permutations(regions)
        }
        assert len(decisions) == 1


@pytest.mark.parametrize(("number", "region"), NUMBERS.items())
def test_region_of_a_number(number: str, region: str) -> None:
    assert RULES.resolve((party(None, number),)).regions == (region,)


@pytest.mark.requirement("C-02")
@pytest.mark.parametrize(
    "number", ["+18005550100", "+18445550100", "+15005550100", "+19005550100", "+12005550100"]
)
def test_who_may_be_in_california_is_not_only_told(number: str) -> None:
    """Toll-free, personal, premium and unassigned codes have no place: a Californian may be behind each."""
    decision = RULES.resolve((party(None, number),))
    assert (decision.regions, decision.mode) == (("US", "unknown"), "notify_optout")


@pytest.mark.requirement("C-02")
def test_area_codes_agree_with_a_second_source() -> None:
    """`phonenumbers` names the place of most codes, in words: a city, a state or a province."""
    wrong = []
    for code in range(200, 1000):
        number = f"+1{code}5550100"
        words = description_for_number(parse(number, None), "en")
        found = RULES.resolve((party(None, number),)).regions
        if not words or words in COUNTRIES or region_of(number) not in ("US", "CA"):
            continue
        if not any(is_named(one, words) for one in found):
            wrong.append((code, words, found))
    assert wrong == []


def test_each_reason_names_party_source_and_law() -> None:
    caller = PartyFacts(role="caller", number="+17385550100")
    agent = PartyFacts(role="agent", region="TH")
    decision = RULES.resolve((caller, agent), Stance(default_unknown="never"))
    first, second = decision.trace
    assert (first.role, first.region, first.source, first.rule) == ("caller", "US-CA", "number", "US-CA")
    assert (first.mode, first.confidence, first.checked_on) == ("notify_optout", "H", "2026-11-23")
    assert "Penal Code 632, 632.7, 637.2" in first.cite
    assert (second.role, second.region, second.source) == ("agent", "TH", "place")
    assert (second.rule, second.mode, second.cite) == ("default_unknown", "never", ())
    assert decision.mode == "never"


def test_number_and_known_region_both_count() -> None:
    decision = RULES.resolve((party("DE", "+447700900123"), party("GB")))
    assert decision.regions == ("DE", "GB")
    assert decision.rules == ("DE: optin_all", "GB: notify")
    assert decision.mode == "optin_all"
    assert (decision.rules_version, decision.rules_sha256) == (RULES.version, RULES.sha256)


@pytest.mark.requirement("C-09")
@pytest.mark.parametrize("default", ["none", "notify", "notify_optout", "optin_all", "never"])
def test_withheld_number_takes_the_tenants_default(default: Mode) -> None:
    stance = Stance(default_unknown=default)
    assert RULES.resolve((party(None),), stance).mode == default
    assert RULES.resolve((), stance).mode == default
    assert RULES.resolve((party("TH"),), stance).mode == default
    mixed = RULES.resolve((party(None), party("GB")), stance)
    assert mixed.mode == max(default, "notify", key=RANK.__getitem__)
    assert mixed.regions == ("GB", "unknown")


def test_default_for_unknown_ships_as_notify_optout() -> None:
    assert RULES.resolve((party(None),)).mode == "notify_optout"


@pytest.mark.requirement("C-18")
def test_rows_grow_stale_after_a_year() -> None:
    assert RULES.stale(date(2027, 11, 23)) == ()
    of_november_23 = [rule for rule in RULES.rules if rule.checked_on == date(2026, 11, 23)]
    assert list(RULES.stale(date(2027, 11, 24))) == of_november_23
    assert RULES.stale(date(2027, 12, 1)) == RULES.rules


def data(*rows: dict[str, Any], **changed: Any) -> dict[str, Any]:
    unknown = row(region="unknown", mode="notify_optout")
    return {"version": "1", "rules": [unknown, *rows], **changed}


@pytest.mark.requirement("C-03")
def test_hash_follows_the_content() -> None:
    first = ConsentRules.from_data(data(row()))
    assert first.sha256 == ConsentRules.from_data(data(row())).sha256
    assert first.sha256 != ConsentRules.from_data(data(row(mode="never"))).sha256


@pytest.mark.parametrize(
    ("bad", "path"),
    [
        (data(row(mode="sometimes")), "rules[1].mode"),
        (data(row(region=False)), "rules[1].region"),
        (data(row(confidence="X")), "rules[1].confidence"),
        (data(row(confidence="L")), "rules[1].mode"),
        (data(row(beep="loud")), "rules[1].beep"),
        (data(row(checked_on="yesterday")), "rules[1].checked_on"),
        (data(row(cite="law")), "rules[1].cite"),
        (data(row(extra=1)), "rules[1]"),
        (data(row(), row()), "rules[2].region"),
        (data(version=""), "version"),
        (data(rules=[]), "rules"),
        (data(rules=[row()]), "rules"),
        (data(members={"EU": ["FR"]}), "rules"),
        (data(members={"EU": [False]}), "members.EU"),
        (data(areas=[]), "areas"),
        (data(areas={"+1": []}), "areas.+1"),
        (data(row(overlay="mifid")), "rules[1].overlay"),
        (data(row(region="any")), "rules[1].region"),
        (data(row(overlay="fca"), row(overlay="fca")), "rules[2].region"),
        (data(row(region="US"), areas={"+1": {"US-CA": [738]}}), "areas.+1.US-CA"),
        (data(row(region="US"), areas={"+1": {"US-CA": ["738", "7"]}}), "areas.+1"),
        (data(areas={"+1": {"US-CA": ["738"]}}), "rules"),
        (data(surprise=1), ""),
    ],
)
def test_mistakes_in_the_file_are_named(bad: dict[str, Any], path: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ConsentRules.from_data(bad, "tenant/consent.yaml")
    assert (caught.value.file, caught.value.path) == ("tenant/consent.yaml", path)


def test_number_of_rows_is_limited() -> None:
    rows = [row(region=f"XA-{number}") for number in range(999)]
    assert len(ConsentRules.from_data(data(*rows)).rules) == 1_000
    with pytest.raises(ConfigError):
        ConsentRules.from_data(data(*rows, row()))


# Of the reference's matrix what depends on the purpose: GB adds an objection, FR knows one purpose only.
PURPOSES = (("quality",), ("evidence",), ("quality", "evidence"), ("compliance", "fraud"))
THIRTY = (
    *("GB", "JE", "IE", "DE", "AT", "CH", "FR", "BE", "NL", "LU", "ES", "PT", "DK", "SE", "PL"),
    *("US-TX", "US-CA", "US-CT", "US-WA", "US-OR", "US-FL", "CA", "CA-QC"),
    *("AU", "NZ", "IN", "CN", "TR", "BR", "unknown"),
)


def with_purposes(region: str, purposes: tuple[str, ...]) -> str:
    """The oracle's word for one region; nothing of it comes from the code under test."""
    if region == "FR" and "evidence" not in purposes:
        return "never"
    if region == "GB" and "quality" in purposes:
        return "notify_optout"
    return "notify_optout" if region == "unknown" else EXPECTED[region]


@pytest.mark.requirement("C-02")
@pytest.mark.parametrize("purposes", PURPOSES)
def test_thirty_regions_by_three_parties_by_purposes(purposes: tuple[str, ...]) -> None:
    assert len(THIRTY) == len(set(THIRTY)) == 30
    parties = {region: party(None if region == "unknown" else region) for region in THIRTY}
    modes = {region: with_purposes(region, purposes) for region in THIRTY}
    wrong = []
    for regions in itertools.combinations_with_replacement(THIRTY, 3):
        expected = max((modes[region] for region in regions), key=RANK.__getitem__)
        decision = RULES.resolve(tuple(parties[region] for region in regions), purposes=purposes)
        if decision.mode != expected:
            wrong.append((regions, decision.mode, expected))
    assert wrong == []


OVERLAID: dict[str, tuple[Overlay, str, bool]] = {
    "GB": ("fca", "notify", True),
    "DE": ("fca", "optin_all", False),  # the conduct rules are of one country
    "TH": ("pci", "never", False),
    "US-CA": ("emergency", "never", False),
    "US-TX": ("vulnerable", "optin_one", False),
    "JE": ("vulnerable", "optin_one", False),
    "PT": ("vulnerable", "optin_all", False),  # the strictest of region and overlay
}


@pytest.mark.requirement("C-02")
@pytest.mark.parametrize("region", OVERLAID)
def test_overlays_hold_beside_the_rule_of_the_region(region: str) -> None:
    overlay, mode, mandatory = OVERLAID[region]
    one = PartyFacts(role="caller", region=region, overlays=(overlay,))
    of_party = RULES.resolve((one,))
    of_tenant = RULES.resolve((party(region),), Stance(overlays=(overlay,)))
    assert of_party == of_tenant
    assert (of_party.mode, of_party.mandatory) == (mode, mandatory)


def test_the_same_reason_is_given_once() -> None:
    many = RULES.resolve((party("GB"),) * 100)
    assert len(many.trace) == 1


def test_the_regions_own_withdrawal_is_the_strictest_of_all() -> None:
    assert RULES.resolve((party("GB"),)).withdrawal == "stop_keep"
    assert RULES.resolve((party("GB"), party("DE"))).withdrawal == "stop_delete"
