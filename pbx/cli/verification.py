"""`pbx verification`: who may not try any more to say who he is, and why; let him try again."""

from datetime import datetime
from typing import Annotated

from cyclopts import App, Parameter

from pbx.cli.output import Refusal, details, fields, listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Site, TenantName, site
from pbx.cli.vault import actor
from pbx.config.models import Tenant
from pbx.core.io.clock import utc_now
from pbx.store.breakers import BreakerStore, Opened
from pbx.store.codes import CodeStore
from pbx.store.identity import IdentityStore
from pbx.store.locks import LockStore, Watched
from pbx.verify.breaker import QUIET, Rate
from pbx.verify.throttles import LockRule

app = App(name="verification", help="Who may not try any more to say who he is, and why.")
_LOCKS = ("tenant", "subject", "who", "failures", "call", "until_at")
_CODES = (
    "tenant",
    "call",
    "customer",
    "purpose",
    "way",
    "outcome",
    "tries",
    "made_at",
    "expires_at",
    "reason",
)
_BREAKERS = ("tenant", "date_of_birth", "failures", "tries", "usual", "opened_at", "closes_at", "cause")
Why = Annotated[str, Parameter(name="--reason", help="For the audit log.")]


@app.command
async def locks(*, tenant: TenantName = "", as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List customers, calling numbers and trunks whose failures have reached a limit.

    Of a calling number only a keyed tag is stored; `call` is the last one that failed. Without `until_at` no
    time ends it, only `pbx verification forgive`.
    """
    place = site(config)
    watched = {one.name: _watched(one) for one in _tenants(place, tenant)}
    found = []
    if place.database_file.is_file():
        async with place.database() as database:
            found = await LockStore(database, place.store_keys()).list(watched, utc_now())
    listing([fields(lock) for lock in found], _LOCKS, as_json=as_json)


@app.command
async def forgive(
    customer: str,
    /,
    *,
    reason: Why,
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Forget the failures of a CUSTOMER, as `locks` names him, who has proved otherwise who he is."""
    place = site(config)
    name, now = place.tenant(tenant).name, utc_now()
    async with place.database() as database:
        store = IdentityStore(database, place.store_keys())
        failures = await store.forgive(name, customer, now, (actor(), reason))
    if not failures:
        raise Refusal(f"{customer} of {name} has no failures; `pbx verification locks` names who has")
    said = {"tenant": name, "customer": customer, "failures": failures, "reason": reason}
    details(said, as_json=as_json)


@app.command
async def codes(*, tenant: TenantName = "", as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List the one-time codes of the last day, the newest first: what became of each, never the code.

    Nor where it went: of both only keyed tags are stored. Why there was no code at all, say because a number
    is on file for a day only, stands in the fact `verification.code`.
    """
    place = site(config)
    found = []
    if place.database_file.is_file():
        async with place.database() as database:
            names = [one.name for one in _tenants(place, tenant)]
            found = await CodeStore(database, place.store_keys()).list(names, utc_now())
    listing([fields(code) for code in found], _CODES, as_json=as_json)


@app.command
async def breaker(*, tenant: TenantName = "", as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """Show of each tenant whether dates of birth verify, the tries of ten minutes, and what is usual."""
    place, now = site(config), utc_now()
    rows: list[dict[str, object]] = []
    if place.database_file.is_file():
        async with place.database() as database:
            for one in _tenants(place, tenant):
                newest, *rates = await BreakerStore(database).standing(one.name, now)
                rows.append(_breaker_row(one.name, newest, rates, now))
    listing(rows, _BREAKERS, as_json=as_json)


@app.command
async def reopen(
    *, reason: Why, tenant: TenantName = "", as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """Let dates of birth verify a tenant's callers again, from the next try on.

    What failed up to now counts no more; if the attack goes on, 50 more failures switch it off again.
    """
    place = site(config)
    name, now = place.tenant(tenant).name, utc_now()
    async with place.database() as database:
        opened = await BreakerStore(database).reopen(name, now, (actor(), reason))
    if opened is None:
        raise Refusal(f"dates of birth verify callers of {name}: nothing to reopen")
    said = {"tenant": name, "opened_at": opened.opened_at, "cause": opened.cause, "reason": reason}
    details({**said, "reopened_at": now}, as_json=as_json)


def _tenants(place: Site, name: str) -> list[Tenant]:
    """The one that is named, or all of them."""
    return [place.tenant(name)] if name else list(place.configuration.tenants.values())


def _watched(tenant: Tenant) -> Watched:
    lock = LockRule(failures=tenant.verification.failures_before_lock, window_s=tenant.verification.lock_s)
    return Watched(lock=lock, trunks=tuple(f"trunk/{name}" for name in sorted(tenant.trunks)))


def _breaker_row(tenant: str, newest: Opened | None, rates: list[Rate], now: datetime) -> dict[str, object]:
    recent, before = rates
    row: dict[str, object] = {"tenant": tenant, "date_of_birth": "on"}
    row |= {"failures": recent.failures, "tries": recent.tries}
    row |= {"usual": f"{before.failures} of {before.tries}"}
    if newest is None:
        return row
    row |= fields(newest, "id", "hot_at")
    if newest.is_off(now):
        row |= {"date_of_birth": "off", "closes_at": newest.hot_at + QUIET}
    return row
