"""`pbx reload`: check the configuration here, then let the running PBX take it."""

import json
import os
import signal
from pathlib import Path

from pbx.cli.check import check
from pbx.cli.output import DONE, Refusal, complain
from pbx.cli.site import CONFIG, ConfigDir, site
from pbx.cli.status import serving_pid
from pbx.config.changes import start_values, waiting_for_start
from pbx.config.load import load


def reload(*, config: ConfigDir = CONFIG) -> int:
    """Use the changed configuration for new calls and registrations; a broken one changes nothing."""
    code = check(config)
    if code != DONE:
        return code
    place = site(config)
    pid = serving_pid(place.places.ready)
    if pid is None:
        raise Refusal("the PBX does not run here; `pbx run` starts it with this configuration")
    os.kill(pid, signal.SIGHUP)
    waiting = _waiting_for_start(config, place.places.started)
    if waiting:
        complain(waiting)
    return DONE


def _waiting_for_start(config: Path, started: Path) -> str:
    """One line about what this reload leaves as it was. The environment has no say: it was the start's."""
    if not started.is_file():
        return ""
    return waiting_for_start(json.loads(started.read_text()), start_values(load(config.absolute()).pbx))
