"""The customers that a tenant brings as a CSV file."""

import logging

from pbx.config.models import Configuration
from pbx.config.places import Places
from pbx.core.errors import ConfigError
from pbx.store.customers import CustomerStore

_log = logging.getLogger("pbx.app")


async def import_customers(config: Configuration, customers: CustomerStore, places: Places) -> None:
    """Import each tenant's CSV once; a marker with the file's own time tells a changed file."""
    for tenant in config.tenants.values():
        if tenant.customers is None or not tenant.customers.exists():
            continue
        marker = places.cache / f"customers-{tenant.name}"
        stamp = str(tenant.customers.stat().st_mtime_ns)
        if marker.exists() and marker.read_text() == stamp:
            continue
        try:
            report = await customers.import_csv(tenant.name, tenant.country, tenant.customers)
        except ConfigError as error:
            _log.error("%s (no customer of %s was imported)", error, tenant.name)
            continue
        for line, message in report.problems:
            _log.warning("%s:%d: %s (the other rows were imported)", tenant.customers, line, message)
        _log.info("%s: %d customers imported", tenant.customers, report.imported)
        marker.write_text(stamp)
