"""A plan in which a telephone cannot reach help, or help not the telephone, is refused with a remedy."""

from pathlib import Path

import pytest

from pbx.config.check_emergency import unspoken_tests
from pbx.config.load import ConfigProblems, load
from pbx.config.sources import read_tenant
from tests.config.conftest import Spoil

pytestmark = pytest.mark.requirement("CF-42", "N-12", "ADM-03")
FILE, EXTENSIONS = "acme/emergency.yaml", "acme/extensions.yaml"
DEFAULT = "default_location: head-office"


def problems_of(folder: Path) -> list[str]:
    try:
        load(folder)
    except ConfigProblems as problems:
        return [str(error) for error in problems.errors]
    return []


def test_every_telephone_has_a_location_or_the_plan_is_refused(folder: Path) -> None:
    (folder / FILE).unlink()
    (problem,) = problems_of(folder)
    assert problem.startswith(f"config/{EXTENSIONS}:3:3: extensions.1001: 1001 and 2 more have no location")
    assert "write emergency.yaml with `locations:`" in problem


def test_one_that_is_named_does_not_excuse_the_others(spoil: Spoil, folder: Path) -> None:
    said = spoil(FILE, DEFAULT, "# none")
    assert len(said) == 3 and "has no location: help would not know where to go" in said[0]
    assert "`default_location` that is true of all" in said[0]
    file = folder / EXTENSIONS
    file.write_text(file.read_text().replace("{name: Alice}", "{name: Alice, location: head-office}"))
    assert len(problems_of(folder)) == 2
    text = file.read_text().replace("{name: Bob}", "{name: Bob, location: head-office}")
    file.write_text(text.replace("{name: Carol}", "{name: Carol, location: head-office}"))
    assert problems_of(folder) == []


def test_who_has_no_telephone_needs_none(folder: Path) -> None:
    (folder / FILE).unlink()
    for name in ("groups", "dialplan", "access", "fraud", "marketing", "verification", "lists"):
        (folder / "acme" / f"{name}.yaml").unlink(missing_ok=True)
    (folder / EXTENSIONS).write_text("extensions: {}\n")
    assert not [one for one in problems_of(folder) if "location" in one]


@pytest.mark.parametrize(
    ("file", "was", "now", "message"),
    [
        (EXTENSIONS, "{name: Carol}", "{name: Carol, location: head-ofice}", "(did you mean head-office?)"),
        (FILE, DEFAULT, "default_location: head", "default_location: there is no location head"),
        (FILE, "01632 960100", "'12345'", "locations.head-office.call_back: 12345 is not a telephone number"),
        (FILE, "01632 960100", "01632 960177", "leads nowhere (help that is cut off calls it"),
        (FILE, "    contact", "    trunk: carier\n    contact", "no trunk carier (did you mean carrier?)"),
        (FILE, "    city: Manchester\n", "", "the key city is missing"),
        (FILE, "    floor: ", "    flor: ", "unknown key flor (did you mean floor?)"),
        (FILE, "    contact", "    country: DE\n    contact", ""),
    ],
)
def test_mistakes_are_named_with_their_remedy(
    spoil: Spoil, file: str, was: str, now: str, message: str
) -> None:
    found = spoil(file, was, now)
    assert [message in one for one in found] == ([True] if message else [])


def test_a_trunk_without_address_takes_no_call_for_help(spoil: Spoil, folder: Path) -> None:
    trunks = folder / "acme" / "trunks.yaml"
    trunks.write_text(trunks.read_text() + "  inward: {source: [192.0.2.8/32]}\n")
    (problem,) = spoil(FILE, "    contact", "    trunk: inward\n    contact")
    assert "locations.head-office.trunk: the trunk inward has no outbound address" in problem


def test_numbers_of_a_place_abroad_are_taken_too(spoil: Spoil, folder: Path) -> None:
    file = folder / EXTENSIONS
    file.write_text(file.read_text() + "  110: {name: Hundertzehn}\n")
    assert problems_of(folder) == []
    (problem,) = spoil(FILE, "    contact", "    country: DE\n    contact")
    assert "extensions.110: 110 is an emergency number and comes first" in problem


def test_a_network_is_in_one_place(folder: Path) -> None:
    file = folder / FILE
    text = file.read_text().replace("    contact", "    networks: [10.1.0.0/16]\n    contact")
    more = "  annex: {name: A, street: B, city: C, networks: [10.1.0.0/16]}\ndefault_location"
    file.write_text(text.replace("default_location", more))
    (problem,) = problems_of(folder)
    assert "locations.annex.networks.0: 10.1.0.0/16 is at head-office already" in problem


@pytest.mark.parametrize(
    ("number", "what"),
    [
        ("1001", "an extension"),
        ("112", "an emergency number"),
        ("700", "a parking slot"),
        ("8000", "the conference x"),
    ],
)
def test_the_number_of_tests_is_nobody_elses(spoil: Spoil, folder: Path, number: str, what: str) -> None:
    plan = folder / "acme" / "dialplan.yaml"
    plan.write_text(plan.read_text() + "parking: {}\n")
    (folder / "acme" / "conferences.yaml").write_text("conferences: {x: {number: 8000}}\n")
    (problem,) = spoil(FILE, "{number: 933}", f"{{number: {number}}}")
    assert f"test.number: {number} is {what} already" in problem


def test_addresses_need_a_voice(folder: Path) -> None:
    source, _ = read_tenant(folder / "acme", "acme")
    assert [str(one) for one in unspoken_tests([source], "none")] == [
        "acme/emergency.yaml:13:1: test: nobody can say the addresses "
        "(set speech.engine in pbx.yaml, or take it out)"
    ]
    assert unspoken_tests([source], "flite") == []


def test_the_desk_is_telephones_that_there_are(spoil: Spoil) -> None:
    (problem,) = spoil(FILE, "# desk: {extensions: [1001]}", "desk: {extensions: [1001, 1011]}")
    assert "desk.extensions.1: there is no extension 1011 (did you mean 1001?)" in problem
