"""`pbx fraud`: who may not call the network any more, and why; let him call again."""

from typing import Annotated

from cyclopts import App, Parameter

from pbx.cli.output import Refusal, WrongUsage, details, fields, listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Site, TenantName, site
from pbx.config.credentials import read_signing_key
from pbx.core.audit import AuditFact
from pbx.core.io.clock import utc_now
from pbx.fraud.effects import OUTBOUND, Hold
from pbx.lifecycle.words import MAX_WORD
from pbx.sip.stir.card import signed_card
from pbx.store.audit import AuditStore
from pbx.store.tolls import TollStore

app = App(name="fraud", help="Accounts that were stopped because of toll fraud.")
_COLUMNS = ("account", "tenant", "what", "cause", "since_at", "released_at")
Why = Annotated[str, Parameter(name="--reason", help="For the audit log.")]
CardName = Annotated[str, Parameter(name="--name", help="Who answers complaints.")]
Tel = Annotated[str, Parameter(name="--tel", help="His number, +441632960100.")]
Email = Annotated[str, Parameter(name="--email", help="His address.")]
Url = Annotated[str, Parameter(name="--url", help="His page.")]
Every = Annotated[bool, Parameter(name="--all", negative=(), help="Those that were released too.")]


@app.command(name="list")
async def list_holds(*, every: Every = False, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List the accounts that are suspended, and the countries that wait for a release."""
    holds = await _holds(site(config), every=every)
    listing([fields(hold) for hold in holds], _COLUMNS, as_json=as_json)


@app.command
async def show(
    account: str, /, *, tenant: TenantName = "", as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """Show what was ever held of one account: an extension, or `tenant` for all of them together."""
    place = site(config)
    name = place.tenant(tenant).name
    found = [one for one in await _holds(place, every=True) if (one.tenant, one.account) == (name, account)]
    if not found and not as_json:
        raise Refusal(f"nothing was ever held of {account} of {name}")
    listing([fields(hold) for hold in found], _COLUMNS, as_json=as_json)


@app.command
async def release(
    account: str,
    what: str = OUTBOUND,
    /,
    *,
    tenant: TenantName = "",
    reason: Why = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Let an account call the network again, or a country (as `pbx fraud list` names it) from now on.

    The running PBX knows within two seconds.
    """
    place = site(config)
    name = place.tenant(tenant).name
    wanted = (name, account, what)
    held = [one for one in await _holds(place) if (one.tenant, one.account, one.what) == wanted]
    if not held:
        raise Refusal(f"{what} of {account} is not held; `pbx fraud list` names what is")
    now = utc_now()
    async with place.database() as database:
        for hold in held:
            await TollStore(database).release(hold.id, now)
        said = {"account": account, "what": what, "reason": reason}
        await AuditStore(database).append(
            AuditFact(kind="fraud.released", tenant=name, details={**said}), now
        )
    details({"tenant": name, **said, "released_at": now}, as_json=as_json)


@app.command
def card(
    *,
    name: CardName,
    tel: Tel = "",
    email: Email = "",
    url: Url = "",
    tenant: TenantName = "",
    config: ConfigDir = CONFIG,
) -> None:
    """Print the signed jCard to publish as `reputation.card`: whom rejected callers may complain to (608)."""
    place = site(config)
    chosen = place.tenant(tenant)
    said = {"fn": name.strip(), "tel": tel, "email": email, "url": url}
    if chosen.stir is None:
        raise Refusal(f"{chosen.name} has no `stir` in tenant.yaml: its key signs the card")
    if not said["fn"] or not (tel or email or url):
        raise WrongUsage("give --name, and one of --tel, --email and --url")
    if any(len(word) > MAX_WORD or not word.isprintable() for word in said.values()):
        raise WrongUsage(f"up to {MAX_WORD} printable characters each")
    key = read_signing_key(place.places.resolve(chosen.stir.key_file))
    print(signed_card(key, chosen.stir.certificate_url, said, utc_now()))


async def _holds(place: Site, *, every: bool = False) -> list[Hold]:
    if not place.database_file.is_file():
        return []
    async with place.database() as database:
        holds = await TollStore(database).holds(every=every)
    return holds if every else [one for one in holds if one.released_at is None]
