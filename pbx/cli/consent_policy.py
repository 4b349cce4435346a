"""`pbx consents policy`: which privacy policy people were told of on any day (D-17)."""

from datetime import UTC, datetime
from typing import Annotated

from cyclopts import App, Parameter

from pbx.cli.output import Refusal, WrongUsage, details, fields, listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Site, TenantName, site
from pbx.core.io.clock import utc_now
from pbx.lifecycle.policy_text import KeptPolicy, changes, in_force
from pbx.store.policies import PolicyStore

app = App(name="policy", help="The versions of a tenant's privacy policy, for ever.")
_COLUMNS = ("version", "effective_at", "until_at", "sha256")
At = Annotated[str, Parameter(name="--at", help="In force then: 2026-05-03 or 2026-05-03T14:05 (UTC).")]
Against = Annotated[str, Parameter(name="--diff", help="Only what differs from this version.")]


@app.command(name="list")
async def list_policies(
    *, tenant: TenantName = "", as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """List the versions, oldest first; the last one is in force."""
    found = await _versions(site(config), tenant)
    ends = [*(one.effective_at for one in found[1:]), None]
    rows = [fields(one, "text") | {"until_at": end} for one, end in zip(found, ends, strict=False)]
    listing(rows, _COLUMNS, as_json=as_json)


@app.command
async def show(
    version: str = "",
    /,
    *,
    at: At = "",
    against: Against = "",
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Show the text of a version (or its hash), of what was in force at a moment, or of what is now."""
    if version and at:
        raise WrongUsage("give a version, or --at")
    place = site(config)
    found = await _versions(place, tenant)
    chosen = _named(found, version) if version else in_force(found, _moment(at))
    if chosen is None:
        raise Refusal(f"{place.tenant(tenant).name} had no privacy policy {f'on {at}' if at else 'yet'}")
    text = "\n".join(changes(_named(found, against), chosen)) if against else chosen.text
    if as_json:
        details(fields(chosen) | {"text": text}, as_json=True)
    else:
        print(text)


async def _versions(place: Site, tenant: str) -> list[KeptPolicy]:
    name = place.tenant(tenant).name
    if not place.database_file.is_file():
        return []
    async with place.database() as database:
        return await PolicyStore(database).list(name)


def _named(found: list[KeptPolicy], version: str) -> KeptPolicy:
    for one in found:
        if version in (one.version, one.sha256):
            return one
    raise Refusal(f"there is no version {version}: `pbx consents policy list` has them")


def _moment(at: str) -> datetime:
    try:
        moment = datetime.fromisoformat(at) if at else utc_now()
    except ValueError:
        raise WrongUsage(f"--at: {at!r} is neither 2026-05-03 nor 2026-05-03T14:05") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
