"""What a finaliser process does besides finalising: checkpoints, reports, the life cycle, checks, copies.

The store lies above this room: like the finaliser's entry point, which alone calls it, this knows it.
"""

import asyncio
from collections.abc import Coroutine
from functools import partial

from pbx.core.io.alarms import Settle
from pbx.core.io.clock import utc_now
from pbx.core.io.entropy import SystemIds
from pbx.lifecycle.io import keeper as life_cycle
from pbx.lifecycle.io import self_checker, webhook
from pbx.lifecycle.io.opened import life_keeper
from pbx.lifecycle.io.webhook import Webhook
from pbx.recording.io import copy_keeper, log_duty, reconcile
from pbx.recording.io.copy_keeper import CopyKeeper, Turn
from pbx.recording.io.copy_maker import CopyMaker
from pbx.recording.io.finaliser_config import FinaliserConfig
from pbx.recording.io.object_store import ObjectStore
from pbx.recording.io.vault_client import VaultClient
from pbx.store.audit_log import AuditLog
from pbx.store.checkpoint_copies import CheckpointCopies
from pbx.store.database import Database
from pbx.store.playback_copies import SqlCopyLedger
from pbx.store.recordings import SqlRecordingLedger


def attendants(
    config: FinaliserConfig,
    database: Database,
    store: ObjectStore,
    *,
    stop: asyncio.Event,
    turn: Turn,
    settle: Settle,
) -> list[Coroutine[None, None, None]]:
    """Return what runs until `stop` is set, the copies in their turn."""
    ledger = SqlRecordingLedger(database)
    told = Webhook.to(config.webhook, database, settle) if config.webhook is not None else None
    work = [
        webhook.run(told, database, settle, stop),
        reconcile.run(partial(_reconcile, config, store, ledger, settle), stop),
        log_duty.run(AuditLog(database), CheckpointCopies(database), config, stop),
        life_cycle.run(life_keeper(config, database, store), stop),
        self_checker.run(self_checker.SelfChecker.over(database, store, VaultClient(config.vault)), stop),
    ]
    if config.playback_copy:
        keeper = _copy_keeper(config, database, store, turn, settle)
        work.append(copy_keeper.run(keeper, turn, stop))
    else:
        settle(copy_keeper.ALARM, "")
    return work


async def _reconcile(
    config: FinaliserConfig, store: ObjectStore, ledger: SqlRecordingLedger, settle: Settle
) -> None:
    await reconcile.check(config.spools, store, ledger, settle)
    await reconcile.give_up_uploads(config.spools, store, utc_now())


def _copy_keeper(
    config: FinaliserConfig, database: Database, store: ObjectStore, turn: Turn, settle: Settle
) -> CopyKeeper:
    ledger, ids = SqlCopyLedger(database), SystemIds()
    vault = VaultClient(config.vault)
    maker = CopyMaker(config.spool, vault, store, ledger, ids=ids, actor="finaliser")
    return CopyKeeper(maker, ledger, config.spools, turn, ids=ids, settle=settle)
