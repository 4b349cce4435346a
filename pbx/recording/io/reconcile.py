"""Rows, spool and object store compared (R-15), hourly in the finaliser and by `pbx recordings reconcile`."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, runtime_checkable

import structlog

from pbx.core.errors import ParseError, StorageError
from pbx.core.io.alarms import Settle, settle_nowhere
from pbx.recording import prepared
from pbx.recording.io import sealed_spool
from pbx.recording.io.journal_parts import QUARANTINE, journals
from pbx.recording.io.object_store import MAX_LISTED, ObjectStore
from pbx.recording.orphans import Filed, Orphans, Spooled, compare
from pbx.recording.outside import PREFIX

INTERVAL_S = 3600.0
GIVEN_UP_AFTER = timedelta(
    days=7
)  # unfinished uploads: of another machine's spool we do not know what it holds
ALARM = "recordings_alone"
_log = structlog.get_logger()


class RecordingFile(Protocol):
    """What the database knows; StorageError when it is down or holds more than MAX_LISTED recordings."""

    async def filed(self) -> Filed:
        """Return all recordings and what is alone among them and the calls."""
        ...


@runtime_checkable
class PartsStore(Protocol):
    """What a back end that takes objects in parts offers besides `ObjectStore`."""

    async def give_up_uploads(self, before: datetime, wanted: Collection[str]) -> int:
        """Delete parts whose upload began before then and never ended; return of how many uploads."""
        ...


async def reconcile(spools: Sequence[Path], store: ObjectStore, file: RecordingFile) -> Orphans:
    """Return what is alone; StorageError when one of them cannot be read: then nothing is known."""
    listed = await store.list()
    stored = frozenset(key for key in listed if not key.startswith(PREFIX))
    # The checkpoints of the log come behind all recordings: where one of them is, the recordings are whole.
    if len(listed) >= MAX_LISTED and not listed[-1].startswith(PREFIX):
        raise StorageError(f"the store holds {MAX_LISTED} objects or more: too many", retryable=False)
    spooled = await asyncio.to_thread(look, spools)
    filed = await file.filed()
    orphans = compare(stored, spooled, filed)
    return replace(
        orphans,
        objects_without_row=tuple(
            [key for key in orphans.objects_without_row if await store.head(key) is not None]
        ),
        rows_without_object=await _missing(store, filed.objects, orphans.rows_without_object),
        copies_without_object=await _missing(store, filed.copies, orphans.copies_without_object),
    )


async def _missing(store: ObjectStore, objects: dict[str, str], recordings: Sequence[str]) -> tuple[str, ...]:
    """Those whose objects are not there now either."""
    keys = {recording: key for key, recording in objects.items()}
    return tuple([one for one in recordings if await store.head(keys[one]) is None])


async def check(
    spools: Sequence[Path], store: ObjectStore, file: RecordingFile, settle: Settle = settle_nowhere
) -> None:
    """The hourly check: an ERROR line and a standing alarm with the counts when anything is alone."""
    try:
        orphans = await reconcile(spools, store, file)
    except StorageError as error:
        _log.warning("recordings could not be compared", reason=str(error))
        return
    if orphans.total:
        _log.error("recordings do not belong together", total=orphans.total, **orphans.counts)
    settle(ALARM, said(orphans))


async def give_up_uploads(spools: Sequence[Path], store: ObjectStore, now: datetime) -> None:
    """Delete the parts of uploads that nobody will end: they cost space, and are in no list of objects."""
    if not isinstance(store, PartsStore):
        return
    try:
        waiting = await asyncio.to_thread(look, spools)
        n_uploads = await store.give_up_uploads(now - GIVEN_UP_AFTER, waiting.sealed.keys())
    except StorageError as error:
        _log.warning("unfinished uploads could not be looked for", reason=str(error))
        return
    if n_uploads:
        _log.warning("unfinished uploads given up", n_uploads=n_uploads)


async def run(check_all: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Compare once an hour until `stop` is set; a task of its own, for a spool may stand still."""
    stopped = asyncio.create_task(stop.wait())
    while not stop.is_set():
        await asyncio.wait({stopped}, timeout=INTERVAL_S)
        if stop.is_set():
            return
        work = asyncio.create_task(_performed(check_all()))
        try:
            await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            work.cancel()


async def _performed(turn: Awaitable[None]) -> None:
    await turn


def said(orphans: Orphans) -> str:
    """Return the text of the alarm: how many there are in each direction, "" = none."""
    counts = (f"{name.replace('_', ' ')}: {number}" for name, number in orphans.counts.items() if number)
    return ", ".join(counts)


def look(spools: Sequence[Path]) -> Spooled:
    """Return what lies in the spools, by recording."""
    sealed: dict[str, str] = {}
    for path in (path for spool in spools for path in spool.glob(f"*{sealed_spool.SEALED}")):
        try:
            sealed[prepared.decode(path.read_bytes()).object_key] = path.stem
        except (FileNotFoundError, ParseError):
            continue  # finished meanwhile, or damaged: the finaliser seals it again
    leftovers = _sealed(spools)
    # Looked up last: a journal is deleted after what was sealed from it.
    waiting = journals(*spools)
    leftovers &= _sealed(spools)
    quarantined = journals(*(spool / QUARANTINE for spool in spools))
    return Spooled(journals=waiting, sealed=sealed, leftovers=leftovers, quarantined=quarantined)


def _sealed(spools: Sequence[Path]) -> frozenset[str]:
    suffixes = (sealed_spool.SEALED, sealed_spool.PAYLOAD)
    return frozenset(path.stem for spool in spools for one in suffixes for path in spool.glob(f"*{one}"))
