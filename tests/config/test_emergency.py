"""`emergency.yaml`: an address in words and in the elements of RFC 5139, and what telephones get of it."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from pbx.config.emergency import (
    CIVIC,
    MAX_DESK,
    MAX_NETWORKS,
    EmergencyFile,
    WrittenDesk,
    WrittenLocation,
    build_locations,
    words_of,
)
from pbx.config.load import ConfigProblems, load
from pbx.config.read import read_model
from pbx.dialplan.locations import NOWHERE
from pbx.ivr.steps import Say
from pbx.phrases.phrase import Spoken
from pbx.sip.identity.help import HelpProfile

pytestmark = pytest.mark.requirement("CF-42")
HOUSE = {"name": "Acme", "street": "High Street", "city": "Manchester"}


def test_words_go_from_the_room_to_the_town() -> None:
    written = WrittenLocation.model_validate(
        HOUSE | {"house": "12", "floor": "2", "room": "2.14", "building": "East Wing", "postcode": "M1 1AA"}
    )
    assert words_of(written) == "room 2.14, floor 2, East Wing, Acme, 12 High Street, Manchester, M1 1AA"


def test_a_house_without_number_has_its_street() -> None:
    assert words_of(WrittenLocation.model_validate(HOUSE)) == "Acme, High Street, Manchester"


def test_every_part_of_an_address_is_an_element() -> None:
    keys = set(WrittenLocation.model_fields) - {"country", "call_back", "contact", "networks", "trunk"}
    assert keys == set(CIVIC)


@pytest.mark.parametrize("text", ["", "a\nb", "<x>", "a & b", "x" * 101])
def test_an_address_is_a_line_of_plain_words(text: str) -> None:
    with pytest.raises(ValidationError):
        WrittenLocation.model_validate(HOUSE | {"room": text})
    assert WrittenLocation.model_validate(HOUSE | {"room": "x" * 100})


@pytest.mark.parametrize(("n_networks", "fits"), [(MAX_NETWORKS, True), (MAX_NETWORKS + 1, False)])
def test_a_place_has_so_many_networks(n_networks: int, fits: bool) -> None:
    written = HOUSE | {"networks": tuple(f"10.0.{i}.0/24" for i in range(n_networks))}
    if fits:
        assert len(WrittenLocation.model_validate(written).networks) == n_networks
    else:
        with pytest.raises(ValidationError):
            WrittenLocation.model_validate(written)


def test_what_telephones_get_of_it(tmp_path: Path) -> None:
    file = tmp_path / "emergency.yaml"
    file.write_text(
        "locations:\n"
        "  house: {name: Acme, street: High Street, house: 12a, city: Leeds, call_back: 01632 960100}\n"
        "  berlin:\n"
        "    {name: Acme GmbH, street: Ring, city: Berlin, country: DE, trunk: de,\n"
        "     networks: [10.49.0.0/16]}\n"
        "default_location: house\n"
    )
    read, errors = read_model(file, "emergency.yaml", EmergencyFile)
    assert errors == [] and read is not None
    found = build_locations(read, "GB", {"1002": "berlin"})
    house, berlin = found.of("1001"), found.of("1002")
    assert house is not None and berlin is not None and found.of("1001", "10.49.0.7") == berlin
    assert house.civic == (("A3", "Leeds"), ("RD", "High Street"), ("HNO", "12a"), ("NAM", "Acme"))
    assert (house.call_back, house.country, house.place) == ("+441632960100", "GB", "emergency.yaml:2")
    assert (berlin.call_back, berlin.country, berlin.trunk) == ("", "DE", "de")
    assert build_locations(None, "GB", {}) is NOWHERE


def test_the_number_of_tests_says_the_place_and_the_number(folder: Path) -> None:
    flow = load(folder).tenants["acme"].flows["emergency/head-office"]
    (step,) = flow.steps.values()
    assert isinstance(step, Say)
    assert step.parts[1] == "floor 2, Acme, head office, 12 High Street, Manchester, M1 1AA"
    assert step.parts[3] == Spoken(kind="telephone", value="+441632960100")


def test_without_a_number_of_its_own_the_place_says_that_of_the_trunk(folder: Path) -> None:
    file = folder / "acme" / "emergency.yaml"
    file.write_text(file.read_text().replace("    call_back: 01632 960100", "    trunk: carrier"))
    (step,) = load(folder).tenants["acme"].flows["emergency/head-office"].steps.values()
    assert isinstance(step, Say) and Spoken(kind="telephone", value="+441632960100") in step.parts
    trunks = folder / "acme" / "trunks.yaml"
    trunks.write_text(trunks.read_text().replace("    caller_id: 01632 960100\n", ""))
    (step,) = load(folder).tenants["acme"].flows["emergency/head-office"].steps.values()
    assert isinstance(step, Say) and len(step.parts) == 2


def test_what_a_carrier_is_told(folder: Path) -> None:
    file = folder / "acme" / "trunks.yaml"
    written = "    emergency: {location: true, resource_priority: esnet.0}\n"
    file.write_text(file.read_text() + written)
    found = load(folder).tenants["acme"].trunks["carrier"].profile.help
    assert found == HelpProfile(carries=True, location=True, resource_priority="esnet.0")
    file.write_text(file.read_text().replace(written, ""))
    assert load(folder).tenants["acme"].trunks["carrier"].profile.help == HelpProfile()


def test_the_sample_has_a_location(folder: Path) -> None:
    locations = load(folder).tenants["acme"].rules.locations
    assert locations.default == "head-office" and locations.of("1003") is not None


@pytest.mark.parametrize(("n_telephones", "fits"), [(MAX_DESK, True), (MAX_DESK + 1, False), (0, False)])
def test_so_many_telephones_are_a_desk(n_telephones: int, fits: bool) -> None:
    written = {"extensions": tuple(str(1001 + i) for i in range(n_telephones))}
    if fits:
        assert len(WrittenDesk.model_validate(written).extensions) == n_telephones
    else:
        with pytest.raises(ValidationError):
            WrittenDesk.model_validate(written)


@pytest.mark.parametrize(("window", "fits"), [("24h", True), ("null", True), ("86401s", False)])
def test_the_window_is_a_day_at_most(folder: Path, window: str, fits: bool) -> None:
    file = folder / "acme" / "emergency.yaml"
    file.write_text(file.read_text() + f"call_back_window: {window}\n")
    if not fits:
        with pytest.raises(ConfigProblems):
            load(folder)
        return
    place = load(folder).tenants["acme"].rules.locations.of("1001")
    assert place is not None and place.window_s == (86400.0 if window == "24h" else 0.0)
