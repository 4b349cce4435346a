"""`pbx degradation`: the contract, and what is away now."""

import json

import pytest

from pbx.cli.main import run
from pbx.config.places import Places
from pbx.core.io.alarms import AlarmFolder

Capsys = pytest.CaptureFixture[str]


def asked(places: Places, *words: str) -> int:
    return run(["degradation", *words, "--config", str(places.base / "config")])


@pytest.mark.requirement("HA-08")
def test_what_calls_do_without_each_part(places: Places, capsys: Capsys) -> None:
    assert asked(places) == 0
    shown = capsys.readouterr().out
    assert "database" in shown and "new calls get 503" in shown and "recording.yaml on_recording" in shown
    assert asked(places, "--json", "--tenant", "acme") == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["state"] for row in rows} == {"unknown"}  # nothing runs here
    assert {row["tenant"] for row in rows} == {"acme"}
    assert asked(places, "--tenant", "nobody") != 0


@pytest.mark.requirement("HA-08")
def test_what_is_away_now_is_said_with_its_reason(places: Places, capsys: Capsys) -> None:
    AlarmFolder(places.alarms).settle("store_away", "connection refused")
    AlarmFolder(places.alarms).settle("toll_suspended", "somebody else's")
    capsys.readouterr()  # the log of the alarms
    assert asked(places, "--away", "--json") == 1
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["dependency"], row["state"], row["reason"]) == ("object_store", "away", "connection refused")
    assert row["since_at"]
    assert asked(places, "--away") == 1
    assert "away since" in capsys.readouterr().out
    AlarmFolder(places.alarms).settle("store_away", "")
    capsys.readouterr()
    assert asked(places, "--away", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []
