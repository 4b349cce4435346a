"""A parking lot as written: its numbers, its time, its sentence, each at its limit."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from pbx.assembly.calls import parking_of
from pbx.assembly.endpoint import directory_of
from pbx.config.load import load
from pbx.config.parking import MAX_SLOTS, WrittenParking
from pbx.dialplan.rules import ParkingRule
from pbx.media.effects import Music
from tests.config.conftest import Spoil

pytestmark = pytest.mark.requirement("CF-16")
FILE, NO_LOT = "acme/dialplan.yaml", "# parking: {}"
MUSIC = Music(sources=(), order="listed", resume="clock")


def test_without_a_lot_nobody_is_parked(folder: Path) -> None:
    tenant = load(folder).tenants["acme"]
    assert (tenant.parking, tenant.rules.parking, parking_of(tenant, {})) == (None, None, None)


def test_a_lot_as_everybody_knows_it(folder: Path, spoil: Spoil) -> None:
    assert spoil(FILE, NO_LOT, "parking: {}") == []
    tenant = load(folder).tenants["acme"]
    slots = tuple(str(number) for number in range(701, 710))
    place = tenant.rules.parking.place if tenant.rules.parking else ""
    assert tenant.rules.parking == ParkingRule(number="700", slots=slots, place=place)
    assert place.startswith("config/acme/dialplan.yaml:")
    lot = parking_of(tenant, {"acme/hold": MUSIC})
    assert lot is not None
    assert (lot.slots, lot.timeout_s, lot.music, lot.otherwise) == (slots, 60.0, MUSIC, "")
    assert directory_of(tenant).lines >= {"701", "709", "1001"}
    assert directory_of(tenant).own_lamps["recording-1001"] == "1001"


def test_a_lot_of_ones_own(folder: Path, spoil: Spoil) -> None:
    written = (
        'parking: {number: 80, slots: 81-83, timeout: 90s, otherwise: group/support, announce: "On {slot}."}'
    )
    assert spoil(FILE, NO_LOT, written) == []
    lot = parking_of(load(folder).tenants["acme"], {})
    assert lot is not None
    assert (lot.slots, lot.timeout_s, lot.music) == (("81", "82", "83"), 90.0, None)
    assert (lot.otherwise, lot.announce) == ("group/support", "On {slot}.")


@pytest.mark.parametrize(("written", "n"), [("701", 1), (701, 1), ("701-701", 1), ("7000-7099", MAX_SLOTS)])
def test_a_range_of_slots(written: object, n: int) -> None:
    assert len(WrittenParking.model_validate({"slots": written}).slots) == n


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"slots": "7000-7100"}, "101 slots, and at most 100 are possible"),
        ({"slots": "709-701"}, "such as 701-709"),
        ({"slots": "98-101"}, "such as 701-709"),
        ({"slots": "*70-*79"}, "such as 701-709"),
        ({"slots": ""}, "such as 701-709"),
        ({"slots": ["701"]}, "such as 701-709"),
        ({"number": "705"}, "number: 705 is one of the slots"),
        ({"announce": "The call is parked."}, "the text needs a {slot}"),
        ({"timeout": "9s"}, "greater than or equal to 10"),
        ({"timeout": "3601s"}, "less than or equal to 3600"),
        ({"otherwise": "flow/support"}, "pattern"),
    ],
)
def test_mistakes(written: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError) as found:
        WrittenParking.model_validate(written)
    assert message in str(found.value)


@pytest.mark.parametrize("timeout", ["10s", "3600s"])
def test_the_time_at_its_limits(timeout: str) -> None:
    assert WrittenParking.model_validate({"timeout": timeout}).timeout_s in (10.0, 3600.0)
