"""`pbx locations`: where help would look for each telephone, the number it would see, and the trunk."""

from pbx.cli.output import listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, TenantName, site
from pbx.conditions.circumstances import Circumstances
from pbx.config.models import Tenant
from pbx.core.io.clock import utc_now
from pbx.dialplan.emergency import emergency_numbers
from pbx.dialplan.plan import DialPlan
from pbx.dialplan.routes import ToTrunk
from pbx.sip.events import DeviceOrigin
from pbx.store.bindings import BindingStore

_COLUMNS = ("extension", "name", "source", "location", "where", "call_back", "trunk")


async def locations(*, tenant: TenantName = "", as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List where help would look for each telephone; one that is registered by the network it is in."""
    place = site(config)
    chosen = place.tenant(tenant)
    hosts: dict[str, list[str]] = {}
    if place.database_file.is_file():
        now = utc_now()
        async with place.database() as database:
            for kept in await BindingStore(database).list():
                if kept.tenant == chosen.name:
                    live = [one.remote.host for one in kept.bindings if one.expires_at > now]
                    hosts[kept.user] = list(dict.fromkeys(live))
    plan = DialPlan(chosen.rules)
    rows = [
        _row(chosen, plan, number, host) for number in chosen.extensions for host in hosts.get(number) or [""]
    ]
    listing(rows, _COLUMNS, as_json=as_json)


def _row(tenant: Tenant, plan: DialPlan, extension: str, host: str) -> dict[str, object]:
    """As the plan itself decides it for the first emergency number of the country."""
    origin = DeviceOrigin(tenant=tenant.name, extension=extension)
    route = plan.match(emergency_numbers(tenant.country)[0], origin, Circumstances(host=host)).route
    found = route if isinstance(route, ToTrunk) else None
    at = found.location if found is not None else None
    return {
        "extension": extension,
        "name": tenant.extensions[extension].name,
        "source": host,
        "location": at.name if at is not None else "",
        "where": at.words if at is not None else "",
        "call_back": found.caller_id if found is not None else "",
        "trunk": found.trunk if found is not None else "",
        "contact": at.contact if at is not None else "",
    }
