"""Ways by the time of a call."""

from tests.importers.plans import flow_of


def test_opening_hours() -> None:
    flow, left = flow_of("GotoIfTime(09:00-16:59,mon-fri,*,*?3)\nBusy()\nEcho()")
    hours = flow.steps[flow.start]
    assert hours["schedule"] == {"hours": {"mon-fri": ["09:00-17:00"]}}
    assert flow.steps[hours["open"]] == {"echo": None}
    assert flow.steps[hours["closed"]]["cause"] == "busy" and left == []


def test_holidays() -> None:
    flow, _ = flow_of("GotoIfTime(*|*|25-26|dec?3:2)\nBusy()\nEcho()")
    step = flow.steps[flow.start]
    assert step["schedule"]["holidays"] == ["12-25", "12-26"]
    assert flow.steps[step["holiday"]] == {"echo": None}
    assert step["open"] == step["closed"] == "end-busy"


def test_a_time_that_has_no_place_is_reported() -> None:
    flow, left = flow_of("GotoIfTime(09:00-10:00,mon,24,dec?3)\nBusy()\nEcho()")
    assert flow.steps[flow.start]["cause"] == "busy"
    assert left == ["gotoiftime(09:00-10:00,mon,24,dec?3): such a time has no place in a `schedule`"]
