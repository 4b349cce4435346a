"""The lot of Asterisk, and callers who are parked."""

import pytest

from pbx.importers.conf import read_conf
from pbx.importers.house import Device, House
from pbx.importers.parking import MOST_SLOTS, read_parking
from pbx.importers.report import Report
from tests.importers.plans import flow_of


def lot_of(text: str) -> tuple[dict[str, object], list[str]]:
    house, report = House(), Report()
    house.devices["1001"] = Device(user="1001", number="1001", name="A", place="")
    read_parking(read_conf({"p.conf": text}, "p.conf", report), house, report)
    return house.parking, [one.what for one in report.left]


def test_the_default_lot() -> None:
    text = "[general]\nparkeddynamic=no\n[default]\nparkext => 700\nparkpos => 701-720\nparkingtime => 45\n"
    assert lot_of(text) == ({"number": 700, "slots": "701-720", "timeout": "45s"}, [])


@pytest.mark.parametrize("beyond", [0, 1])
def test_slots_have_a_limit(beyond: int) -> None:
    last = 7000 + MOST_SLOTS + beyond
    found, left = lot_of(f"[default]\nparkext=700\nparkpos=7001-{last}\n")
    assert bool(found) is not bool(beyond) and bool(left) is bool(beyond)


@pytest.mark.parametrize(
    "text",
    [
        "[default]\nparkext=1001\nparkpos=701-709\n",
        "[default]\nparkext=700\nparkpos=1000-1005\n",
        "[other]\n",
    ],
)
def test_a_lot_that_is_not_possible_is_reported(text: str) -> None:
    found, left = lot_of(text)
    assert found == {} and len(left) == 1


def test_without_a_lot_nobody_is_parked() -> None:
    flow, left = flow_of("Park()\nEcho()")
    assert flow.steps[flow.start] == {"echo": None}
    assert left == ["park(): there is no lot that was found"]
