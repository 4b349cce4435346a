"""`pbx reload`: the running process is told only of a configuration that is right."""

import json
import os
import signal
from pathlib import Path

import pytest

from pbx.config.changes import start_values
from pbx.config.load import load
from pbx.config.places import Places
from tests.cli.conftest import Pbx


async def test_a_right_configuration_is_announced(
    pbx: Pbx, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(signal, "SIGHUP", signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, lambda number, _: told.append(number))
    places.ready.parent.mkdir(parents=True, exist_ok=True)
    places.ready.write_text(str(os.getpid()))
    assert (await pbx("reload")).code == 0
    assert told == [signal.SIGUSR1]


async def test_what_waits_for_a_start_is_said_in_one_line(
    pbx: Pbx, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "SIGHUP", signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, lambda number, _: None)
    folder = places.base / "config"
    places.ready.write_text(str(os.getpid()))
    places.started.write_text(json.dumps(start_values(load(folder).pbx)))
    monkeypatch.setenv("PBX_SIP_PORT", "5999")  # ours; the file is what is compared
    assert (await pbx("reload")).err == ""
    file = folder / "pbx.yaml"
    file.write_text(file.read_text().replace("port: 5060", "port: 5070").replace("workers: 1", "workers: 2"))
    said = await pbx("reload")
    assert said.code == 0
    assert said.err.splitlines() == ["changed, but read at start only: media.workers, sip.port"]


async def test_nobody_to_tell_is_a_refusal(pbx: Pbx) -> None:
    said = await pbx("reload")
    assert (said.code, said.err.count("\n")) == (1, 1)


async def test_a_broken_configuration_is_not_announced(pbx: Pbx, places: Places) -> None:
    plan = Path(places.base) / "config" / "acme" / "dialplan.yaml"
    plan.write_text(plan.read_text() + "\nsurprise: 1\n")
    places.ready.parent.mkdir(parents=True, exist_ok=True)
    places.ready.write_text(str(os.getpid()))  # SIGHUP would end this test run
    said = await pbx("reload")
    assert said.code == 1
    assert "dialplan.yaml:" in said.err
