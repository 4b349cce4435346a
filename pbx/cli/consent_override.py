"""`pbx consents override`: two people lower a rule of recording for a while (C-10)."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from pbx.cli.desk import SOCKET, Socket, answer
from pbx.cli.output import details, fields, listing
from pbx.cli.site import AsJson, Limit
from pbx.consent.effects import Mode
from pbx.lifecycle.override_messages import AskOverride, AskOverrides, DecideOverride, OverridesAre

app = App(name="override", help="Rules of recording that two people lower for a while.")
_COLUMNS = ("override", "state", "tenant", "region", "mode", "actor", "decided_by", "expires_at", "reason")
Tenant = Annotated[str, Parameter(name="--tenant", help="Whose calls.")]
Region = Annotated[str, Parameter(name="--region", help="Whose rule, such as DE or US-CA.")]
Lower = Annotated[Mode, Parameter(name="--mode", help="What is to hold there instead.")]
Days = Annotated[int, Parameter(name="--days", help="For how long, at most 366.")]
Reason = Annotated[str, Parameter(name="--reason", help="Why; kept in the audit log.")]


@app.default
@app.command(name="list")
async def list_overrides(*, limit: Limit = 25, as_json: AsJson = False, socket: Socket = SOCKET) -> None:
    """List the newest; compliance and admin see those of their tenants."""
    found = await answer(socket, AskOverrides(limit=limit), OverridesAre)
    listing([fields(one) for one in found.overrides], _COLUMNS, as_json=as_json)


@app.command
async def ask(
    *,
    tenant: Tenant,
    region: Region,
    mode: Lower,
    days: Days,
    reason: Reason,
    as_json: AsJson = False,
    socket: Socket = SOCKET,
) -> None:
    """Ask that a rule be lowered: it holds once somebody else has approved it."""
    wish = AskOverride(tenant=tenant, region=region, mode=mode, reason=reason, days=days)
    found = await answer(socket, wish, OverridesAre)
    details(fields(found.overrides[0]), as_json=as_json)


@app.command
async def approve(override: str, /, *, as_json: AsJson = False, socket: Socket = SOCKET) -> None:
    """Let what somebody else has asked for hold, from the next call on."""
    await _decide(override, "approved", as_json, socket)


@app.command
async def deny(override: str, /, *, as_json: AsJson = False, socket: Socket = SOCKET) -> None:
    """Refuse what somebody else has asked for."""
    await _decide(override, "denied", as_json, socket)


@app.command
async def end(override: str, /, *, as_json: AsJson = False, socket: Socket = SOCKET) -> None:
    """Let the law hold again before its time; either of the two may, or a third."""
    await _decide(override, "ended", as_json, socket)


async def _decide(
    override: str, decision: Literal["approved", "denied", "ended"], as_json: bool, socket: Socket
) -> None:
    found = await answer(socket, DecideOverride(override=override, decision=decision), OverridesAre)
    details(fields(found.overrides[0]), as_json=as_json)
