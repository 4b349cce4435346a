"""The ledger, with its journal on disk, and who watches what calls have to do without."""

import asyncio
import logging

from pbx.config.models import Configuration, PbxSettings
from pbx.config.places import Places
from pbx.core.io.alarms import AlarmFolder
from pbx.core.io.entropy import SystemIds
from pbx.runner.ledger import Ledger
from pbx.runner.outage_watch import OutageWatch
from pbx.runner.runner import Runner
from pbx.store.fact_journal import FactJournal
from pbx.store.facts import FactStore
from pbx.store.keys import StoreKeys

_log = logging.getLogger("pbx.app")


async def ledger_of(settings: PbxSettings, places: Places, facts: FactStore, keys: StoreKeys) -> Ledger:
    """Return it, once what an earlier process has left is written: call before calls are closed.

    StorageError when the database does not take it.
    """
    max_bytes = settings.degradation.database.journal_mb << 20
    journal = FactJournal(places.records, keys.fields, SystemIds(), max_bytes)
    ledger = Ledger(facts, journal=journal)
    if n_facts := await ledger.recover():
        _log.warning("%d facts of an earlier run waited on the disk, they are written", n_facts)
    # One that is still there could not be removed: what is in it must not come twice.
    if not await asyncio.to_thread(journal.segments):
        await facts.forget()
    await asyncio.to_thread(journal.reserve)
    return ledger


def outage_watch(config: Configuration, places: Places, runner: Runner, ledger: Ledger) -> OutageWatch:
    """Who leaves alarms of what is away, and takes no calls of which nothing could be kept."""
    return OutageWatch(
        runner.outages,
        ledger,
        runner.intake,
        AlarmFolder(places.alarms).settle,
        runner.note,
        refuses=config.pbx.degradation.database.when_full == "refuse_calls",
    )
