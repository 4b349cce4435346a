"""The ledger, with its journal on disk: what an earlier process has left there is written first."""

import logging

from pbx.config.places import Places
from pbx.core.io.entropy import SystemIds
from pbx.runner.ledger import Ledger
from pbx.store.fact_journal import FactJournal
from pbx.store.facts import FactStore
from pbx.store.keys import StoreKeys

_log = logging.getLogger("pbx.app")


async def ledger_of(places: Places, facts: FactStore, keys: StoreKeys) -> Ledger:
    """Return it; StorageError when the database does not take what waits. Call before calls are closed."""
    ledger = Ledger(facts, journal=FactJournal(places.records, keys.fields, SystemIds()))
    if n_facts := await ledger.recover():
        _log.warning("%d facts of an earlier run waited on the disk, they are written", n_facts)
    await facts.forget()
    return ledger
