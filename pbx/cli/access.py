"""`pbx access`: the second person where one is not enough to hear a recording (D-11)."""

from typing import Literal

from cyclopts import App

from pbx.cli.desk import SOCKET, Socket, answer
from pbx.cli.output import WrongUsage, details, fields, listing
from pbx.cli.recording_life import Reason
from pbx.cli.recordings import Purpose, purpose_of
from pbx.cli.site import AsJson, Limit
from pbx.lifecycle.link_messages import AskRequests, BreakGlass, Decide, RequestsAre, SeeGlass

app = App(name="access", help="Who may hear a recording where that takes two.")
_COLUMNS = ("request", "state", "recording", "actor", "purpose", "asked_at", "decided_by", "valid_until")


@app.default
@app.command
async def requests(*, limit: Limit = 25, as_json: AsJson = False, socket: Socket = SOCKET) -> None:
    """List your newest requests; compliance and admin see everybody's."""
    found = await answer(socket, AskRequests(limit=limit), RequestsAre)
    listing([fields(one) for one in found.requests], _COLUMNS, as_json=as_json)


@app.command
async def approve(request: str, /, *, as_json: AsJson = False, socket: Socket = SOCKET) -> None:
    """Let somebody else hear what he has asked for, for an hour from now on."""
    await _decide(request, "approved", as_json, socket)


@app.command
async def deny(request: str, /, *, as_json: AsJson = False, socket: Socket = SOCKET) -> None:
    """Refuse what somebody else has asked for."""
    await _decide(request, "denied", as_json, socket)


@app.command(name="break-glass")
async def break_glass(
    recording: str,
    /,
    *,
    purpose: Purpose = "",
    reason: Reason,
    as_json: AsJson = False,
    socket: Socket = SOCKET,
) -> None:
    """Hear a recording for an hour without a second person; it raises an alarm."""
    if not reason.strip():
        raise WrongUsage("--reason is needed: whoever sees the alarm will ask for it")
    asked = BreakGlass(recording=recording, purpose=purpose_of(purpose), reason=reason)
    found = await answer(socket, asked, RequestsAre)
    details(fields(found.requests[0]), as_json=as_json)


@app.command
async def seen(request: str, /, *, as_json: AsJson = False, socket: Socket = SOCKET) -> None:
    """Say that you have looked into why somebody else broke the glass: it ends the alarm."""
    found = await answer(socket, SeeGlass(request=request), RequestsAre)
    details(fields(found.requests[0]), as_json=as_json)


async def _decide(
    request: str, decision: Literal["approved", "denied"], as_json: bool, socket: Socket
) -> None:
    found = await answer(socket, Decide(request=request, decision=decision), RequestsAre)
    details(fields(found.requests[0]), as_json=as_json)
