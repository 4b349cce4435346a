"""`pbx recordings pause` and `resume`: the recording of a call in progress."""

from typing import Annotated

from cyclopts import Parameter

from pbx.cli.control import order_recording
from pbx.cli.output import fields, print_json
from pbx.cli.site import CONFIG, AsJson, ConfigDir, site

Reason = Annotated[str, Parameter(name="--reason", help="Why; kept in the audit log.")]


async def pause(
    call: str, /, *, reason: Reason = "", as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """Keep nothing of a call in progress but its time, for five minutes at most."""
    live = await order_recording(site(config).places, call, reason, on=False)
    if as_json:
        print_json(fields(live))
    else:
        print(f"{live.call}: the recording is paused by {live.paused_by}")


async def resume(
    call: str, /, *, reason: Reason = "", as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """Go on with a recording that was paused."""
    live = await order_recording(site(config).places, call, reason, on=True)
    if as_json:
        print_json(fields(live))
    else:
        print(f"{live.call}: the recording goes on")
