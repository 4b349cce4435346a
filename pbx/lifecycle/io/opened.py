"""The life cycle with everything that it needs, opened for one process."""

import os
from collections.abc import Mapping
from pathlib import Path

from pbx.lifecycle.io.due import Stores
from pbx.lifecycle.io.eraser import Eraser
from pbx.lifecycle.io.keeper import LifeKeeper
from pbx.lifecycle.io.object_locks import ObjectLocks
from pbx.lifecycle.io.sweeper import Sweeper
from pbx.lifecycle.retention import RetentionPolicy
from pbx.recording.io.finaliser_config import FinaliserConfig
from pbx.recording.io.object_store import ObjectStore
from pbx.recording.io.vault_client import VaultClient
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.erasures import ErasureStore
from pbx.store.holds import HoldStore
from pbx.store.notices import NoticeStore
from pbx.store.restrictions import RestrictionStore
from pbx.store.retained import RetainedStore
from pbx.store.withdrawals import WithdrawalStore


def stores(database: Database) -> Stores:
    """What one database has for the life cycle."""
    return Stores(
        retained=RetainedStore(database),
        erasures=ErasureStore(database),
        holds=HoldStore(database),
        notices=NoticeStore(database),
        restrictions=RestrictionStore(database),
        withdrawals=WithdrawalStore(database),
    )


def life_keeper(config: FinaliserConfig, database: Database, store: ObjectStore) -> LifeKeeper:
    """The finaliser's keeper."""
    opened = stores(database)
    eraser = Eraser(opened.erasures, store, VaultClient(config.vault), config.spools)
    sweeper = Sweeper(opened.erasures, store, VaultClient(config.vault))
    return LifeKeeper(
        stores=opened,
        eraser=eraser,
        sweeper=sweeper,
        store=store,
        policies=lambda: policies(config.config),
    )


def object_locks(config: FinaliserConfig, database: Database, store: ObjectStore) -> ObjectLocks:
    """What the finaliser asks after each upload."""
    told, facts = RetainedStore(database), AuditStore(database)
    return ObjectLocks(store, told, facts, lambda: policies(config.config))


def policies(directory: Path | None) -> Mapping[str, RetentionPolicy]:
    """Return each tenant's terms that are in force now; ConfigError when something is wrong there."""
    if directory is None:
        return {}
    from pbx.config.load import ConfigProblems, load  # a finaliser needs them once a night
    from pbx.versions.io.folders import folder_in_force

    try:
        tenants = load(folder_in_force(directory), os.environ).tenants
    except ConfigProblems as problems:
        raise problems.errors[0] from None
    return {name: tenant.retention for name, tenant in tenants.items()}
