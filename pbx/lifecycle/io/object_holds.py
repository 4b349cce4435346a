"""Brings the legal holds of the database to the object store, where it has such a thing (E-18)."""

from collections.abc import Collection
from typing import Protocol, runtime_checkable

import structlog

from pbx.core.errors import StorageError
from pbx.lifecycle.hold import LegalHold, ObjectHold, ordered
from pbx.recording.io.object_store import ObjectStore

_log = structlog.get_logger()


@runtime_checkable
class HoldingStore(Protocol):
    """What a back end with object lock offers besides `ObjectStore`."""

    async def set_hold(self, key: str) -> bool:
        """Hold every version of an object, read back; False when the server does not do that."""
        ...

    async def clear_hold(self, key: str) -> bool:
        """The opposite."""
        ...


class Holds(Protocol):
    """Where the holds are; StorageError when it is down."""

    async def of(self, recording: str) -> list[LegalHold]: ...

    async def unsettled(self) -> list[tuple[LegalHold, list[str]]]: ...

    async def mark(self, hold: str, object_hold: ObjectHold, told: Collection[str] | None = None) -> None: ...


async def settle(holds: Holds, store: ObjectStore) -> int:
    """Tell the store of every hold that it does not know yet; return how many still wait.

    The erasure is stopped by the database, so a store that is away delays nothing else.
    """
    n_waiting = 0
    for hold, keys in await holds.unsettled():
        try:
            await holds.mark(hold.hold, await _tell(store, keys, hold, holds), keys)
        except StorageError as error:
            _log.warning("a legal hold waits for the object store", hold=hold.hold, reason=str(error))
            n_waiting += 1
    return n_waiting


async def _tell(store: ObjectStore, keys: list[str], hold: LegalHold, holds: Holds) -> ObjectHold:
    """Tell of master and playback copy; the master's answer counts, and a lost copy holds up nothing."""
    master, *copies = keys
    for copy in copies:
        if await store.head(copy) is not None:
            await _told(store, copy, hold, holds)
    return await _told(store, master, hold, holds)


async def _told(store: ObjectStore, key: str, hold: LegalHold, holds: Holds) -> ObjectHold:
    if not isinstance(store, HoldingStore):
        return "not_offered"
    match ordered(hold, await holds.of(hold.recording)):
        case "set":
            return "set" if await store.set_hold(key) else "not_offered"
        case "clear":
            return "cleared" if await _cleared(store, key, hold.recording, holds) else "not_offered"
        case "leave":
            return "cleared"


async def _cleared(store: HoldingStore, key: str, recording: str, holds: Holds) -> bool:
    """Another process may have placed a hold since we looked, and set it before we cleared."""
    done = await store.clear_hold(key)
    if any(one.stands for one in await holds.of(recording)):
        return await store.set_hold(key)
    return done
