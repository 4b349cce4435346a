"""`pbx bans`: who is not listened to because he seems to guess passwords; listen to him again."""

from typing import Annotated

from cyclopts import App, Parameter

from pbx.cli.control import lift_ban, standing_bans
from pbx.cli.output import complain, fields, listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, site
from pbx.runner.control_messages import BansAre

app = App(name="bans", help="Sources that guessed passwords and are not listened to.")
_COLUMNS = ("source", "user", "cause", "since_at", "until_at", "spared")
User = Annotated[str, Parameter(name="--user", help="Only this user there; else all bans of the source.")]
Why = Annotated[str, Parameter(name="--reason", help="For the audit log.")]


@app.command(name="list")
async def list_bans(*, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List the bans of the running PBX; `spared` users gave the right password from a banned source."""
    _show(await standing_bans(site(config).places), as_json=as_json)


@app.command
async def lift(
    source: str, /, *, user: User = "", reason: Why = "", as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """Listen to SOURCE again at once; what was counted against it is forgotten."""
    _show(await lift_ban(site(config).places, source, user, reason), as_json=as_json)


def _show(found: BansAre, *, as_json: bool) -> None:
    listing([fields(ban) for ban in found.bans], _COLUMNS, as_json=as_json)
    if found.omitted:
        complain(f"{found.omitted} more are left out")
