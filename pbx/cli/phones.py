"""`pbx phones`: who is registered, from where, and whether it answers."""

from datetime import datetime

from pbx.cli.output import listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Site, site
from pbx.core.io.clock import utc_now
from pbx.sip.events import BindingsKept, KeptBinding
from pbx.store.bindings import BindingStore

_COLUMNS = ("aor", "contact", "source", "transport", "user_agent", "expires_s", "reachable", "rtt_ms")


async def phones(*, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List the registered telephones; what only refreshed shows up to five seconds later."""
    place = site(config)
    kept: list[BindingsKept] = []
    if place.database_file.is_file():
        async with place.database() as database:
            kept = await BindingStore(database).list()
    now = utc_now()
    rows = [
        _row(place, one, binding, now) for one in kept for binding in one.bindings if binding.expires_at > now
    ]
    listing(rows, _COLUMNS, as_json=as_json)


def _row(place: Site, kept: BindingsKept, binding: KeptBinding, now: datetime) -> dict[str, object]:
    tenant = place.configuration.tenants.get(kept.tenant)
    remote = binding.remote
    return {
        "aor": f"{kept.user}@{tenant.domain if tenant is not None else kept.tenant}",
        "contact": binding.uri,
        "source": f"{remote.host}:{remote.port}",
        "transport": remote.transport,
        "user_agent": binding.user_agent,
        "expires_s": round((binding.expires_at - now).total_seconds()),
        "reachable": {None: "unknown", True: "yes", False: "no"}[binding.is_reachable],
        "rtt_ms": binding.rtt_ms,
        "q": binding.q / 1000,
        "instance": binding.instance,
        "reg_id": binding.reg_id,
        "path": list(binding.path),
        "refreshed_at": binding.refreshed_at,
    }
