"""`pbx media`: how the media workers are; one is replaced while its calls go on."""

import os
import signal
from pathlib import Path

from cyclopts import App

from pbx.cli.output import Refusal, details, fields, listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, site
from pbx.cli.status import serving_pid
from pbx.config.places import Places
from pbx.runner import worker_states

COLUMNS = ("worker", "kind", "connected", "legs", "late_ms", "overloaded", "slow", "draining")
app = App(name="media", help="Media workers.")


@app.command(name="list")
def list_(*, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List the media workers as they were two seconds ago at most: legs, how late, what keeps calls off."""
    places = site(config).places
    if serving_pid(places.ready) is None:
        raise Refusal("the PBX does not run here")
    states = worker_states.read(places.workers)
    rows = [{"worker": name, **fields(state)} for name, state in states.items()]
    listing(rows, COLUMNS, as_json=as_json)


@app.command
def drain(number: int, *, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """Replace media worker NUMBER (counted from 0): it keeps its calls for `media.drain`, then they move."""
    place = site(config)
    n_workers = place.configuration.pbx.media.workers
    if not 0 <= number < n_workers:
        raise Refusal(f"there is no media worker {number}: they are 0 to {n_workers - 1}")
    name = f"media-{number}"
    pid = _pid(place.places, name)
    os.kill(pid, signal.SIGTERM)
    details({"draining": name, "pid": pid}, as_json=as_json)


def _pid(places: Places, name: str) -> int:
    """Return the pid of a living child of the PBX; a crash leaves its file behind, and pids come again."""
    supervisor = serving_pid(places.ready)
    if supervisor is None:
        raise Refusal("the PBX does not run here")
    try:
        text = places.pid(name).read_text()
        stat = Path("/proc", str(int(text)), "stat").read_text()
    except (OSError, ValueError):
        raise Refusal(f"{name} is being replaced; try again in a second") from None
    if int(stat.rpartition(")")[2].split()[1]) != supervisor:
        raise Refusal(f"{name} is being replaced; try again in a second")
    return int(text)
