"""Dependencies: the parts outside of the calls that calls get on without, and the alarms that say so."""

from collections.abc import Collection, Mapping
from enum import StrEnum


class Dependency(StrEnum):
    """What may be away while calls come."""

    DATABASE = "database"
    SPOOL = "spool"
    OBJECT_STORE = "object_store"
    VAULT = "vault"
    CUSTOMERS = "customers"
    DNS = "dns"
    SPEECH = "speech"
    RECOGNISER = "recogniser"
    CODES = "codes"
    WEBHOOK = "webhook"


# Each stands while its part is away, or too full to be of use; the first is the one that signalling sees to.
ALARMS: Mapping[Dependency, tuple[str, ...]] = {
    Dependency.DATABASE: ("records_wait", "records_full", "database_away"),
    Dependency.SPOOL: ("spool_stalled",),
    Dependency.OBJECT_STORE: ("store_away",),
    Dependency.VAULT: ("vault_away",),
    Dependency.CUSTOMERS: ("customers_away",),
    Dependency.DNS: ("dns_away",),
    Dependency.SPEECH: ("speech_away",),
    Dependency.RECOGNISER: ("recogniser_away",),
    Dependency.CODES: ("codes_away",),
    Dependency.WEBHOOK: ("webhook",),
}


def away(alarms: Collection[str]) -> frozenset[Dependency]:
    """Return what is away while these alarms stand."""
    return frozenset(one for one, names in ALARMS.items() if not set(names).isdisjoint(alarms))
