"""The finaliser process: recordings that no living owner writes become masters in the object store.

Each step may be the last before a crash: run again, the same journal gives exactly one object and one row
(R-12), and the journal is deleted only after upload, read-back and commit (R-13). Plaintext exists in this
process's memory only. Run as `python -m pbx.recording.io.finaliser --config FILE`.
"""

import argparse
import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import structlog

from pbx.core.errors import ParseError, StorageError, TransportError
from pbx.core.ids import Ids
from pbx.core.io.alarms import AlarmFolder, Settle, settle_nowhere
from pbx.core.io.clock import monotonic
from pbx.core.io.entropy import SystemIds
from pbx.recording import finalise, manifest
from pbx.recording.effects import FinishedRecording, RecordingLedger
from pbx.recording.finalise import Proof
from pbx.recording.finaliser_queue import DATABASE, STORE, VAULT, WRITES, FinaliserQueue
from pbx.recording.io import journal_parts, sealed_spool
from pbx.recording.io.awaited import QUIET_S, Awaited
from pbx.recording.io.copy_keeper import Turn
from pbx.recording.io.fault_points import no_fault
from pbx.recording.io.finaliser_config import load, open_store
from pbx.recording.io.hardening import harden
from pbx.recording.io.journal_parts import FoundJournals, LockedPart
from pbx.recording.io.object_store import ObjectStore
from pbx.recording.io.opened import open_journals
from pbx.recording.io.spool_answers import SpoolAnswers
from pbx.recording.io.uploader import Uploader
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.journal import FIRST_CHAPTER
from pbx.recording.manifest import chapters_of
from pbx.recording.object_name import object_key, spare_object_key
from pbx.recording.sealing import Sealer
from pbx.recording.vault_messages import Refused

SCAN_INTERVAL_S = 0.5
NICENESS = 10
_log = structlog.get_logger()


class Finaliser:
    """Works through a spool and its spare; `fault` is called by name between every two steps."""

    quiet_s = QUIET_S  # of what may go on: a test without slow disks needs less

    def __init__(
        self,
        spool: Path,
        vault: VaultClient,
        store: ObjectStore,
        ledger: RecordingLedger,
        *,
        ids: Ids,
        spare: Path | None = None,
        fault: Callable[[str], None] = no_fault,
    ) -> None:
        self._journals = FoundJournals(spool, spare, ids)
        self._vault, self._ledger = vault, ledger
        self._uploader = Uploader(store, fault)
        self._ids = ids
        self._fault = fault
        self._lock: Callable[[FinishedRecording], Awaitable[None]] | None = None
        self._queue = FinaliserQueue(ids)
        self._answers = SpoolAnswers()
        self.awaited = Awaited(ledger, self.quiet_s)

    def lock_with(self, lock: Callable[[FinishedRecording], Awaitable[None]]) -> None:
        """Have each object locked, after its upload and before its row."""
        self._lock = lock

    async def scan(self, now: float) -> int:
        """Try every journal that is due at monotonic `now`; return how many are done."""
        was_whole = self._journals.is_whole
        places = self._journals.places
        journals = self._journals.look(await self._answers.ask(places, now) if len(places) > 1 else ())
        if self._journals.is_whole and not was_whole:
            self._queue.forget()
        self._queue.keep(journals)
        self.awaited.keep(journals)
        done, left = 0, set(journals)
        while left:
            was_doubtful = self._queue.is_doubtful
            for path in await self._in_order(left, now):
                left.discard(path)
                is_sealed = sealed_spool.is_sealed(self._journals.homes(path))
                if self._queue.is_due(path, now, is_sealed=is_sealed):
                    done += await self._attempt(path, now)
                if was_doubtful and not self._queue.is_doubtful:
                    break  # the outage is over: the others in the order in which they matter
        return done

    @property
    def alarms(self) -> Mapping[str, str]:
        """What stands after the last scan, by name; "" = it does not."""
        return self._queue.alarms() | {"spool_stalled": self._answers.alarm}

    async def _in_order(self, journals: Collection[Path], now: float) -> list[Path]:
        messages: frozenset[str] = frozenset()
        if len(journals) > 1 and not self._queue.is_open(DATABASE, now):
            try:
                with self._asking(DATABASE, now):
                    messages = await self._ledger.messages([path.stem for path in journals])
            except StorageError as error:
                _log.warning("recordings wait", reason=str(error))
        return self._queue.order(journals, messages, {path: journal_parts.age(path) for path in journals})

    @contextmanager
    def _asking(self, name: str, now: float) -> Iterator[None]:
        """Count for the breaker of `name` whether it answers."""
        try:
            yield
        except (StorageError, TransportError) as error:
            if isinstance(error, TransportError) or error.retryable:
                delay_s = self._queue.away(name, now, str(error))
                _log.warning(f"{name} is away", reason=str(error), delay_s=round(delay_s, 1))
            raise
        self._queue.answered(name, now)

    async def _attempt(self, path: Path, now: float) -> int:
        """One journal's trouble never stops the others."""
        try:
            if await self._finalise(path, now):
                self._queue.done(path)
                return 1
        except (StorageError, TransportError) as error:
            self._put_off(path, now, str(error))
        except Exception as error:  # our own bug: it is logged, the journal stays
            _log.exception("finalising failed", recording=path.stem)
            self._put_off(path, now, type(error).__name__)
        return 0

    def _put_off(self, path: Path, now: float, reason: str) -> None:
        delay_s = self._queue.put_off(path, now, reason)
        _log.warning("recording waits", recording=path.stem, reason=reason, delay_s=round(delay_s, 1))

    async def _finalise(self, path: Path, now: float) -> bool:
        """Bring one recording to its end; False when its owner lives, it may go on or it was put aside."""
        parts = self._journals.lock(path.stem)
        if parts is None:
            return False
        try:
            self._fault("after_lock")
            if (call := self.awaited.call(path)) is not None and await self._goes_on(path, parts, call, now):
                return False
            with self._asking(DATABASE, now):
                stored = await self._ledger.find(path.stem)
            if stored is None and self.awaited.facts_wait:
                self._queue.rest(path, now)
                return False
            if stored is None and (stored := await self._store_recording(path, parts, now)) is None:
                return False
            await self._part_with(path, parts, stored, now)
        except ParseError as error:
            await self._give_up(path, parts, str(error), now)
            return False
        finally:
            journal_parts.release(parts)
        _log.info("recording finalised", recording=path.stem)
        return True

    async def _goes_on(self, path: Path, parts: list[LockedPart], call: str, now: float) -> bool:
        with self._asking(DATABASE, now):
            goes_on = await self.awaited.goes_on(path, parts, call)
        if goes_on:
            self._queue.rest(path, now)
        return goes_on

    async def _store_recording(self, path: Path, parts: list[LockedPart], now: float) -> bytes | None:
        """Return the manifest of the row that is committed; None when the recording may go on."""
        found = await asyncio.to_thread(sealed_spool.find, self._journals.homes(path))
        found = found or await self._seal(path, parts, now)
        if found is None:
            return None
        home, finished = found
        self._fault("after_sealed")
        if not await self._upload(home, finished, now):
            finished = await self._rename(home, finished, now)
            if not await self._upload(home, finished, now):
                raise StorageError("its new name is taken too", retryable=False)
        with self._asking(STORE, now):
            if self._lock is not None:
                await self._lock(finished)
        with self._asking(WRITES, now):
            await self._ledger.commit(finished)
        self._fault("after_commit")
        return finished.manifest

    async def _upload(self, home: Path, finished: FinishedRecording, now: float) -> bool:
        with self._asking(STORE, now):
            return await self._uploader.upload(finished, home.with_suffix(sealed_spool.PAYLOAD))

    async def _rename(self, home: Path, finished: FinishedRecording, now: float) -> FinishedRecording:
        """Give a sealed recording another object's name; its payload stays what it is."""
        key = spare_object_key(self._ids)
        with self._asking(VAULT, now):
            proof = await self._prove(manifest.renamed(finished.manifest, key))
        renamed = finalise.renamed(finished, key, proof)
        sealed_spool.save(home, renamed)
        return renamed

    async def _seal(
        self, path: Path, parts: list[LockedPart], now: float
    ) -> tuple[Path, FinishedRecording] | None:
        """Do once what needs the key: align, seal into a spool, have the manifest signed; return where.

        None when the recording may go on.
        """
        with self._asking(VAULT, now):
            opened = await open_journals(path.stem, parts, self._vault)
        self._fault("after_unwrap")
        master = await asyncio.to_thread(finalise.read_master, opened.parts)
        if master.head.recording != path.stem or master.head.tenant != opened.tenant:
            raise ParseError("the journal belongs to another recording or tenant", 0)
        lacks = master.recovered or not master.is_over or opened.lacks_chapters or opened.unreadable
        if lacks and not self._journals.is_whole:
            raise StorageError("a part of it may lie in a spool that is away", retryable=False)
        if not master.is_over and await self._goes_on(path, parts, master.head.call, now):
            return None
        if opened.unreadable:
            master = replace(master, recovered=True, damage=opened.damage)
            await self._set_aside(path, parts, opened.unreadable, now)
        if master.damage is not None:
            _log.warning("journal damaged", recording=path.stem, n_bytes=master.damage.n_bytes)
        self._fault("after_read")
        home, sealer = await asyncio.to_thread(
            sealed_spool.write_where_room,
            self._journals.homes(path),
            lambda: Sealer(master, opened.file_key, self._ids),
        )
        self._fault("after_payload")
        sealed = sealer.sealed(object_key(opened.file_key, master.head.recording))
        with self._asking(DATABASE, now):
            consents = await self._ledger.consents(master.head.call)
        with self._asking(VAULT, now):
            proof = await self._prove(manifest.build(master, sealed, consents))
        self._fault("after_sign")
        finished = finalise.finished(master, opened.header, sealed, proof)
        sealed_spool.save(home, finished)
        return home, finished

    async def _prove(self, octets: bytes) -> Proof:
        signature = await self._vault.sign(octets)
        if isinstance(signature, Refused):
            raise StorageError(f"the vault refuses: {signature.reason}", retryable=True)
        return Proof(manifest=octets, signature=signature)

    async def _part_with(self, path: Path, parts: list[LockedPart], stored: bytes, now: float) -> None:
        """Delete the journals, for the row is there; what came too late to be in it is put aside."""
        chapters = {part.number.chapter for part in parts if part.path.exists()}  # some are put aside
        if stored and max(chapters, default=FIRST_CHAPTER) != FIRST_CHAPTER:
            late = {chapter for chapter in chapters if chapter > chapters_of(stored)}
            await self._set_aside(
                path, parts, dict.fromkeys(late, "it came when the recording was over"), now
            )
        self._delete(path, parts)

    def _delete(self, path: Path, parts: list[LockedPart]) -> None:
        sealed_spool.forget(*self._journals.homes(path))
        self._fault("after_delete_payload")
        for part in parts:
            journal_parts.delete(part)
            self._fault("after_delete_journal")

    async def _give_up(self, path: Path, parts: list[LockedPart], reason: str, now: float) -> None:
        """Nobody can read it: keep it for a human; never delete it."""
        if not self._journals.is_whole:  # the rest of it may make sense of what is here
            raise StorageError(f"{reason}, and a spool is away", retryable=False)
        with self._asking(WRITES, now):
            await self._ledger.unreadable(path.stem, reason)
        journal_parts.put_aside(parts)
        sealed_spool.forget(*self._journals.homes(path))
        _log.error("journal cannot be read", recording=path.stem, reason=reason)

    async def _set_aside(
        self, path: Path, parts: list[LockedPart], chapters: Mapping[int, str], now: float
    ) -> None:
        """Keep single chapters for a human: the others are a recording without them."""
        for chapter, reason in chapters.items():
            with self._asking(WRITES, now):
                await self._ledger.unreadable(path.stem, f"chapter {chapter}: {reason}")
            journal_parts.put_aside(part for part in parts if part.number.chapter == chapter)
            _log.error("chapter cannot be used", recording=path.stem, chapter=chapter, reason=reason)


async def run(finaliser: Finaliser, stop: asyncio.Event, turn: Turn, settle: Settle) -> None:
    """Scan twice a second until `stop` is set, and leave what is wrong as standing alarms."""
    while not stop.is_set():
        turn.idle.clear()
        if await finaliser.scan(monotonic()):
            turn.finished.set()
        turn.idle.set()
        for alarm, text in finaliser.alarms.items():
            settle(alarm, text)
        try:
            await asyncio.wait_for(stop.wait(), SCAN_INTERVAL_S)
        except TimeoutError:
            continue


async def _main(config_path: Path) -> None:
    from pbx.lifecycle.io.opened import object_locks
    from pbx.recording.io.finaliser_attendants import attendants
    from pbx.store.database import Database  # layer 3 above us: only this entry point knows it
    from pbx.store.recordings import SqlRecordingLedger

    config = load(config_path)
    stop, turn = asyncio.Event(), Turn()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database = Database(config.database)
    ledger = SqlRecordingLedger(database)
    vault = VaultClient(config.vault)
    store = open_store(config.store)
    settle = AlarmFolder(config.alarms).settle if config.alarms is not None else settle_nowhere
    finaliser = Finaliser(config.spool, vault, store, ledger, ids=SystemIds(), spare=config.spare_spool)
    finaliser.awaited.records = config.records
    if config.retention_locks:
        finaliser.lock_with(object_locks(config, database, store).lock)
    async with asyncio.TaskGroup() as group:
        for work in attendants(config, database, store, stop=stop, turn=turn, settle=settle):
            group.create_task(work)
        await run(finaliser, stop, turn, settle)


def main(argv: Sequence[str] | None = None) -> None:
    """Run until SIGTERM; the work in hand is finished first; `argv` are the words behind the module."""
    parser = argparse.ArgumentParser(description="Turns journals into recordings")
    parser.add_argument("--config", type=Path, required=True)
    arguments = parser.parse_args(argv)
    os.umask(0o077)
    os.nice(NICENESS)
    harden()
    asyncio.run(_main(arguments.config))


if __name__ == "__main__":
    main()
