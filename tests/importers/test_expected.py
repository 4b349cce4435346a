"""Tests beside an imported plan, by its steps alone."""

from typing import Any

import pytest

from pbx.importers.expected import MAX_OF_NUMBER, Clock, ways_tested
from pbx.importers.house import Carrier, Device, Flow, House

WEEK = {"hours": {"mon-fri": ["09:00-17:00"]}, "holidays": ["06-01"]}


def house(steps: dict[str, dict[str, Any]]) -> House:
    devices = {n: Device(user=n, number=n, name=n, place="") for n in ("1001", "1002")}
    return House(
        devices=devices,
        carriers={"out": Carrier(name="out", place="")},
        inbound={"01632960100": ("flow", "f"), "01632960101": ("extension", "1001")},
        flows={"f": Flow(name="f", start="a", steps=steps, place="")},
    )


@pytest.mark.parametrize(
    ("at", "step"),
    [
        ("2026-06-01 10:00", "c"),
        ("2026-06-02 10:00", "b"),
        ("2026-06-02 17:00", "d"),
        ("2026-06-06 10:00", "d"),
    ],
)
def test_a_clock_knows_the_way_of_a_schedule(at: str, step: str) -> None:
    assert Clock(text=at).way_of({"schedule": WEEK, "open": "b", "holiday": "c", "closed": "d"}) == step


def test_every_key_and_nobody_who_answers() -> None:
    steps: dict[str, dict[str, Any]] = {
        "a": {"menu": "Choose.", "keys": {"1": "b", "2": "c"}, "otherwise": "c"},
        "b": {"ring": "extension/1002", "no_answer": "d", "busy": "d"},
        "c": {"hang_up": None},
        "d": {"voicemail": "1002"},
    }
    tests = ways_tested(house(steps), "GB")
    assert [name for name in tests if name.startswith("01632960100")] == [
        "01632960100, 2026-06-01 10:30, key 1, 1002 answers",
        "01632960100, 2026-06-01 10:30, key 1, nobody answers",
        "01632960100, 2026-06-01 10:30, key 2",
        "01632960100, 2026-06-01 10:30, no key",
    ]
    missed = tests["01632960100, 2026-06-01 10:30, key 1, nobody answers"]
    assert missed["replies"] == [{"to": "Choose.", "press": "1"}]
    assert missed["expect"] == {
        "route": "flow f",
        "path": ["a", "b", "d"],
        "answered_by": "nobody",
        "message": "1002",
    }
    assert tests["01632960101 rings 1001"]["expect"]["answered_by"] == 1001
    assert tests["1001 calls 1002"]["from"] == 1001


def test_a_number_has_few_tests_and_a_loop_ends() -> None:
    keys = {str(n): f"e{n}" for n in range(10)}
    steps: dict[str, dict[str, Any]] = {"a": {"menu": "Choose.", "keys": keys, "otherwise": "a"}}
    steps |= {name: {"hang_up": None} for name in keys.values()}
    tests = ways_tested(house(steps), "GB")
    assert len([name for name in tests if name.startswith("01632960100")]) == MAX_OF_NUMBER
