"""`pbx grants`: what was proved about callers, to whom it was said, and whether it holds."""

import asyncio
import sys
from dataclasses import dataclass
from datetime import datetime
from getpass import getpass
from typing import Annotated

from cyclopts import App, Parameter

from pbx.cli.control import check_person, revoke_grant, use_grant
from pbx.cli.output import Refusal, details, fields, listing, print_json
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Limit, TenantName, site
from pbx.cli.vault import actor
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.runner.control_messages import UseGrant
from pbx.store.grants import GrantStore, KeptGrant
from pbx.verify.grant import MAX_TOKEN, GrantKey

app = App(name="grants", help="Grants: the signed proof of who a caller is, which dies by itself.")
_COLUMNS = ("grant", "call", "level", "audience", "state", "issued_at", "expires_at")
OfCall = Annotated[str, Parameter(name="--call", help="The call that the grant is of.")]
Alive = Annotated[bool, Parameter(name="--alive", negative=(), help="Only those that nothing has ended.")]
WithToken = Annotated[bool, Parameter(name="--token", negative=(), help="With the token: it is a proof.")]
Action = Annotated[str, Parameter(name="--action", help="What is to be done, by its name in the table.")]
OfLeg = Annotated[str, Parameter(name="--leg", help="The caller's leg.")]
Audience = Annotated[str, Parameter(name="--audience", help="Who shows it: extension/1001.")]
Why = Annotated[str, Parameter(name="--reason", help="For the audit log.")]


@app.default
@app.command(name="list")
async def list_grants(
    *,
    call: OfCall = "",
    tenant: TenantName = "",
    alive: Alive = False,
    limit: Limit = 25,
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """List the newest grants, and how each ended."""
    place, now = site(config), utc_now()
    found: list[KeptGrant] = []
    if place.database_file.is_file():
        async with place.database() as database:
            store = GrantStore(database, place.store_keys())
            since = now if alive else None
            found = await store.list(limit, alive_at=since, tenant=tenant, call=call)
    listing([_row(one, now) for one in found], _COLUMNS, as_json=as_json)


@app.command
async def show(
    grant: str, /, *, token: WithToken = False, as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """Show one GRANT by its id."""
    place = site(config)
    async with place.database() as database:
        found = await GrantStore(database, place.store_keys()).get(grant)
    if found is None:
        raise Refusal(f"no grant {grant}: see `pbx grants list`")
    details(_row(found, utc_now()) | ({"token": found.token} if token else {}), as_json=as_json)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What somebody wants to do, for the party of which leg, and who he is."""

    action: Action
    call: OfCall
    leg: OfLeg
    audience: Audience


@app.command
async def verify(
    token: str = "",
    /,
    *,
    use: Use,
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> int:
    """Ask the running PBX whether an action may be done on the strength of a TOKEN.

    Without TOKEN it is the first line of the input. Exit code 1 when it may not. Each use is a fact of the
    audit log.
    """
    place = site(config)
    word = token or sys.stdin.readline(MAX_TOKEN + 2).strip()
    request = UseGrant(
        token=word,
        action=use.action,
        tenant=place.tenant(tenant).name,
        call=use.call,
        leg=use.leg,
        audience=use.audience,
        actor=f"operator/{actor()}",
    )
    found = await use_grant(place.places, request)
    if as_json:
        print_json({"allowed": not found.refusal, **fields(found)})
    else:
        print(f"refused: {found.refusal}" if found.refusal else "allowed")
    return 1 if found.refusal else 0


@app.command
async def check(call: str, /, *, as_json: AsJson = False, config: ConfigDir = CONFIG) -> int:
    """Ask whether the caller of a CALL was born on the day that he tells you, which you are asked to type.

    It counts as one of his own tries. Exit code 1 when it does not match; nobody is told why.
    """
    places = site(config).places
    found = await check_person(places, call, await asyncio.to_thread(_typed))
    if as_json:
        print_json({"call": call, "matched": found})
    else:
        print("match" if found else "no match")
    return 0 if found else 1


@app.command
async def revoke(call: str, /, *, reason: Why, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """Believe no more who the caller of a CALL in progress is; he has to be verified again."""
    live = await revoke_grant(site(config).places, call, reason)
    if as_json:
        print_json(fields(live))
    else:
        print(f"{live.call}: the caller is not verified any more")


@app.command
def key(*, config: ConfigDir = CONFIG) -> None:
    """Print the public key by which others check the signature of a token, as PEM."""
    print(GrantKey(site(config).store_keys().grant).public_pem, end="")


def _typed() -> Secret[str]:
    """What somebody types, unseen; what a program writes."""
    if sys.stdin.isatty():
        return Secret(getpass("Date of birth, DDMMYYYY: ").strip())
    return Secret(sys.stdin.readline(64).strip())


def _row(kept: KeptGrant, now: datetime) -> dict[str, object]:
    grant = fields(kept.grant, "jti", "iat", "exp")
    times = {"issued_at": kept.grant.iat, "expires_at": kept.grant.exp, "revoked_at": kept.revoked_at}
    state = "alive" if kept.is_alive(now) else kept.revoked_why or "expired"
    return {"grant": kept.grant.jti, "state": state, **times, **grant}
