"""Destinations of FreePBX and the steps that they become."""

from typing import Any

import pytest

from pbx.importers.destinations import Destinations, Ours
from pbx.importers.freepbx import read_freepbx, read_tables
from pbx.importers.report import Report
from tests.importers.freepbx_house import write_dump


def steps_of(tmp_path: Any, text: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]], list[str]]:
    file = write_dump(tmp_path)
    tables = read_tables({file.name: file.read_text()})
    house = read_freepbx(tables, "GB", Report())
    report = Report()
    ours = Ours(groups={"600": "sales", "601": "care"}, queues={"8000": "support"})
    there = Destinations(tables=tables, house=house, report=report, ours=ours)
    start, steps = there.flow(text, "x.sql:1")
    return steps[start], steps, [one.what for one in report.left]


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("from-did-direct,2001,1", {"ring": "extension/2001", "for": "20s", "no_answer": "message"}),
        ("from-did-direct,2015,1", {"ring": "extension/2015", "for": "20s", "no_answer": "end"}),
        ("ext-local,vmb2003,1", {"voicemail": "2003"}),
        ("ext-group,601,1", {"ring": "group/care", "for": "30s", "no_answer": "end-busy"}),
        ("ext-queues,8000,1", {"queue": "support", "otherwise": "ring"}),
        ("ivr-1,s,1", {"menu": "Welcome.", "timeout": "8s", "attempts": 3}),
        ("app-announcement-1,s,1", {"say": "We are closed.", "next": "end"}),
        ("timeconditions,1,1", {"closed": "say"}),
        ("timeconditions,2,1", {"holiday": "say"}),
        ("ext-meetme,7000,1", {"conference": "room-7000"}),
        ("app-blackhole,hangup,1", {"hang_up": None}),
        ("app-blackhole,congestion,1", {"hang_up": None, "cause": "congestion"}),
    ],
)
def test_a_destination_is_a_step(tmp_path: Any, text: str, step: dict[str, Any]) -> None:
    found, _, _ = steps_of(tmp_path, text)
    assert {key: found.get(key) for key in step} == step


def test_the_hours_of_a_time_group_are_joined(tmp_path: Any) -> None:
    found, steps, _ = steps_of(tmp_path, "timeconditions,1,1")
    assert found["schedule"] == {"hours": {"mon-fri": ["09:00-17:30"], "sat": ["10:00-12:00"]}}
    assert set(steps[found["open"]]["keys"]) == {"1", "2", "3"}


@pytest.mark.parametrize(
    "text", ["customapp,1,1", "from-did-direct,9999,1", "ivr-77,s,1", "ext-local,vmu77,1"]
)
def test_what_is_not_there_is_reported(tmp_path: Any, text: str) -> None:
    found, _, left = steps_of(tmp_path, text)
    assert found == {"hang_up": None} and left == [text]
