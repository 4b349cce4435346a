"""`pbx reload`: check the configuration here, let the running PBX take it, say what came of it."""

import asyncio
import json
import os
import signal
from pathlib import Path

from pbx.cli.check import examine, say
from pbx.cli.output import DONE, REFUSED, Refusal, complain, print_json
from pbx.cli.site import CONFIG, AsJson, ConfigDir, edited
from pbx.cli.status import serving_pid
from pbx.config.changes import start_values, waiting_for_start
from pbx.config.load import ConfigProblems, load
from pbx.config.places import Places
from pbx.core.io.clock import wall_ns
from pbx.runner.verdict import ReloadVerdict, read_verdict

VERDICT_S = 60.0  # an import of 100,000 customers comes first
POLL_S = 0.05


async def reload(*, as_json: AsJson = False, config: ConfigDir = CONFIG) -> int:
    """Use the changed configuration for new calls and registrations; a broken one changes nothing."""
    found = examine(config)
    if isinstance(found, ConfigProblems):
        return _kept(tuple(map(str, found.errors)), as_json=as_json)
    if not as_json:
        say(found)
    place = edited(config)
    verdict = await ask_reload(place.places)
    if verdict is None:
        raise Refusal("the PBX does not run here; `pbx run` starts it with this configuration")
    if verdict.errors:
        return _kept(verdict.errors, as_json=as_json)
    waiting = _waiting_for_start(config, place.places.started)
    if as_json:
        print_json({"reloaded": True, "errors": [], "waiting": waiting})
    elif waiting:
        complain(waiting)
    return DONE


async def ask_reload(places: Places) -> ReloadVerdict | None:
    """Have the running PBX read its configuration and keys again; None when none runs here."""
    pid = serving_pid(places.ready)
    if pid is None:
        return None
    asked_ns = wall_ns()
    os.kill(pid, signal.SIGHUP)
    return await _verdict(places.reloaded, asked_ns)


def _kept(errors: tuple[str, ...], *, as_json: bool) -> int:
    """Say why the configuration is as it was."""
    if as_json:
        print_json({"reloaded": False, "errors": errors, "waiting": ""})
    for line in () if as_json else errors:
        complain(line)
    return REFUSED


async def _verdict(file: Path, asked_ns: int) -> ReloadVerdict:
    """Wait for a verdict on a reload that began after we asked; Refusal when none comes."""
    try:
        async with asyncio.timeout(VERDICT_S):
            # Another process writes it: there is no event.
            while (verdict := read_verdict(file)) is None or verdict.began_ns < asked_ns:  # noqa: ASYNC110
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise Refusal(f"the PBX has not answered for {VERDICT_S:.0f} s; its log says more") from None
    return verdict


def _waiting_for_start(config: Path, started: Path) -> str:
    """One line about what this reload leaves as it was. The environment has no say: it was the start's."""
    if not started.is_file():
        return ""
    return waiting_for_start(json.loads(started.read_text()), start_values(load(config.absolute()).pbx))
