"""`pbx diff`: what changes for whom when the files are applied."""

from typing import Annotated

from cyclopts import Parameter

from pbx.cli.check import examine
from pbx.cli.output import complain
from pbx.cli.plans import changed_files, changes_between, frozen, places_of, running, say_changes, version_of
from pbx.cli.site import CONFIG, AsJson, ConfigDir
from pbx.config.load import ConfigProblems
from pbx.versions.io.folders import PlanFolders, take

From = Annotated[int | None, Parameter(name="--from", help="A version; else the plan that runs.")]
To = Annotated[int | None, Parameter(name="--to", help="A version; else the files.")]


async def diff(
    *, first: From = None, second: To = None, as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """Say what the files change for whom, against the plan that runs or a version."""
    directory, places = places_of(config)
    folders = PlanFolders(places, directory)
    if first is None:
        before, was = running(folders), None
    else:
        _, was = await version_of(directory, places, first)
        before, _ = frozen(folders, directory, was)
    if second is None:
        after, now = directory, take(directory)
    else:
        _, now = await version_of(directory, places, second)
        after, _ = frozen(folders, directory, now)
    changes = changes_between(before, after)
    if was is None:
        was = folders.taken(before)
    changes += changed_files(was, now)
    if not as_json and second is None and isinstance(problems := examine(directory), ConfigProblems):
        complain(f"{len(problems.errors)} mistakes in the files, see `pbx check`: what is wrong is left out")
    say_changes(changes, as_json=as_json)
    live = folders.live
    if not as_json and not changes:
        print("nothing differs")
    if not as_json and live is not None and live.held and first is None and second is None:
        complain("the plan that runs was rolled back to, and a start takes it too, until `pbx apply`")
