"""A house of more numbers than a tenant has flows."""

import pytest

from pbx.importers import gathering
from pbx.importers.expected import ways_tested
from pbx.importers.gathering import MOST_CASES, gather
from pbx.importers.house import Carrier, Device, Flow, House, Steps


def house_of(n_numbers: int) -> House:
    house = House(devices={"1001": Device(user="1001", number="1001", name="A", place="")})
    house.carriers["out"] = Carrier(name="out", place="")
    for i in range(n_numbers):
        number = f"0163296{1000 + i}"
        steps: Steps = {
            "ring": {"ring": "extension/1001", "no_answer": "end", "busy": "end"},
            "end": {"hang_up": None},
        }
        house.flows[f"in-{number}"] = Flow(name=f"in-{number}", start="ring", steps=steps, place="")
        house.inbound[number] = "flow", f"in-{number}"
    return house


@pytest.mark.parametrize("beyond", [0, 1])
def test_small_flows_are_put_together_when_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch, beyond: int
) -> None:
    monkeypatch.setattr(gathering, "MOST_FLOWS", MOST_CASES)
    house = house_of(MOST_CASES + beyond)
    before = ways_tested(house, "GB")
    gather(house, "GB")
    if not beyond:
        assert set(house.flows) == {name for _, name in house.inbound.values()} and len(house.flows) == 30
        return
    assert set(house.flows) == {"numbers-1", "numbers-2"}
    flow = house.flows["numbers-2"]
    assert flow.steps["number"] == {
        "match": "called",
        "cases": [{"is": "+441632961030", "then": "n1-ring"}],
        "otherwise": "other",
    }
    assert flow.steps["n1-ring"]["busy"] == "n1-end"
    after = ways_tested(house, "GB")
    assert after.keys() == before.keys()
    one = after["01632961030, 2026-06-01 10:30, 1001 answers"]["expect"]
    assert one["path"] == ["number", "n1-ring"] and one["route"] == "flow numbers-2"
