"""`pbx reload`: the running process is told only of a configuration that is right, and has the last word."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbx.config.changes import start_values
from pbx.config.load import load
from pbx.config.places import Places
from pbx.core.io.clock import wall_ns
from pbx.runner.verdict import ReloadVerdict, write_verdict
from tests.cli.conftest import Pbx


@pytest.fixture
def told(places: Places, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, ...]]]:
    """This process stands for the PBX that runs: asked to reload, it leaves the next verdict of the list."""
    verdicts: list[tuple[str, ...]] = []

    def leave(number: int, frame: object) -> None:
        errors = verdicts.pop(0) if verdicts else ()
        write_verdict(places.reloaded, ReloadVerdict(began_ns=wall_ns(), errors=errors))

    monkeypatch.setattr(signal, "SIGHUP", signal.SIGUSR1)
    before = signal.signal(signal.SIGUSR1, leave)
    places.ready.parent.mkdir(parents=True, exist_ok=True)
    places.ready.write_text(str(os.getpid()))
    yield verdicts
    signal.signal(signal.SIGUSR1, before)


async def test_a_right_configuration_is_used(pbx: Pbx, told: list[tuple[str, ...]]) -> None:
    said = await pbx("reload")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("ok: ")
    said = await pbx("reload", "--json")
    assert json.loads(said.out) == {"reloaded": True, "errors": [], "waiting": ""}


async def test_what_only_the_running_pbx_can_refuse_is_said(pbx: Pbx, told: list[tuple[str, ...]]) -> None:
    told += [("no vault",), ("no vault",)]
    said = await pbx("reload")
    assert (said.code, said.err) == (1, "no vault\n")
    said = await pbx("reload", "--json")
    assert said.code == 1
    assert json.loads(said.out) == {"reloaded": False, "errors": ["no vault"], "waiting": ""}


async def test_a_verdict_on_an_earlier_reload_is_not_taken_for_ours(
    pbx: Pbx, told: list[tuple[str, ...]], places: Places
) -> None:
    write_verdict(places.reloaded, ReloadVerdict(began_ns=wall_ns(), errors=("an old mistake",)))
    assert (await pbx("reload")).code == 0


async def test_a_pbx_that_says_nothing_is_a_refusal(
    pbx: Pbx, places: Places, monkeypatch: pytest.MonkeyPatch, told: list[tuple[str, ...]]
) -> None:
    monkeypatch.setattr("pbx.cli.reload.VERDICT_S", 0.0)
    signal.signal(signal.SIGUSR1, lambda number, frame: None)
    said = await pbx("reload")
    assert said.code == 1
    assert "has not answered" in said.err


async def test_what_waits_for_a_start_is_said_in_one_line(
    pbx: Pbx, places: Places, monkeypatch: pytest.MonkeyPatch, told: list[tuple[str, ...]]
) -> None:
    folder = places.base / "config"
    places.started.write_text(json.dumps(start_values(load(folder).pbx)))
    monkeypatch.setenv("PBX_SIP_PORT", "5999")  # ours; the file is what is compared
    assert (await pbx("reload")).err == ""
    file = folder / "pbx.yaml"
    file.write_text(
        file.read_text().replace("port: 5060", "port: 5070").replace("media: {}", "media: {workers: 33}")
    )
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
    said = await pbx("reload", "--json")
    assert said.code == 1
    assert "dialplan.yaml:" in json.loads(said.out)["errors"][0]
