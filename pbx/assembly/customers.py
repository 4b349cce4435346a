"""The customers of a tenant that its CSV file names."""

import logging

from pbx.config.models import Configuration, Tenant
from pbx.config.places import Places
from pbx.core.errors import ConfigError
from pbx.core.io.alarms import AlarmFolder
from pbx.store.customers import CustomerStore

_log = logging.getLogger("pbx.app")


async def import_customers(config: Configuration, customers: CustomerStore, places: Places) -> None:
    """Import each tenant's CSV once; a marker with the file's own time tells a changed file.

    What keeps a file from being imported is a standing alarm: until then callers are compared with the last.
    """
    alarms = AlarmFolder(places.alarms)
    for tenant in config.tenants.values():
        if tenant.customers is None or not tenant.customers.exists():
            continue
        marker = places.customers_marker(tenant.name)
        stamp = str(tenant.customers.stat().st_mtime_ns)
        if marker.exists() and marker.read_text() == stamp:
            continue
        refusal = await _import(tenant, customers)
        alarms.settle(alarm_of(tenant.name), refusal)
        if refusal:
            _log.error("%s", refusal)
        else:
            marker.write_text(stamp)


def alarm_of(tenant: str) -> str:
    """The alarm that the customers of a tenant are not those of its file."""
    return f"customers-{tenant}"


async def _import(tenant: Tenant, customers: CustomerStore) -> str:
    """Import one file; return why nothing of it was, if so."""
    assert tenant.customers is not None
    try:
        report = await customers.import_csv(tenant.name, tenant.country, tenant.customers)
    except ConfigError as error:
        return f"{error} (no customer of {tenant.name} was imported)"
    if report.refused:
        return f"{tenant.customers}: {report.refusal} (import it with --accept-removals if that is right)"
    for line, message in report.problems:
        _log.warning(
            "%s:%d: %s (the other rows were imported, this one verifies nobody)",
            tenant.customers,
            line,
            message,
        )
    if report.unbound:
        _log.warning("%s: %d rows have a number that was rectified", tenant.customers, report.unbound)
    _log.info("%s: %d customers imported, %d ended", tenant.customers, report.imported, report.ended)
    return ""
