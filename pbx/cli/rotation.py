"""A tenant's rotation, step by step: each step may be the last before a crash, and all may be repeated.

The old identities are destroyed only when nothing needs them: no header, no journal, no call in progress that
knows the old recipients. Payloads are not touched.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pbx.cli.reload import ask_reload
from pbx.cli.site import Site
from pbx.cli.status import serving_pid
from pbx.cli.vault import actor, answered
from pbx.core.io.clock import wall_ns
from pbx.recording.io.journal_files import read_header, replace_header
from pbx.recording.io.journal_parts import QUARANTINE, files
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.vault_messages import (
    MAX_KEYS,
    AskDestroyEpochs,
    AskEpochs,
    AskLocate,
    AskNewEpoch,
    AskRewrap,
    EpochsAre,
    WrappedKey,
)
from pbx.runner.verdict import read_verdict
from pbx.store.recording_keys import NewHeader, RecordingKeys, StoredKey

_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What still needs an old identity."""

    headers: int = 0
    journals: int = 0
    calls: int = 0

    @property
    def anything(self) -> bool:
        return bool(self.headers or self.journals or self.calls)


class Rotation:
    """One tenant's way from its old identities to the newest one."""

    def __init__(self, place: Site, vault: VaultClient, keys: Sequence[RecordingKeys], tenant: str) -> None:
        self._place, self._vault, self._keys, self._tenant = place, vault, keys, tenant

    async def begin(self, purpose: str, open_epoch: int) -> EpochsAre:
        """Make a new epoch, or find the one of a rotation that was not finished.

        `open_epoch` is one that began on the record, which does not say that its predecessors went: they may
        be gone all the same.
        """
        epochs = answered(await self._vault.epochs(AskEpochs(tenant=self._tenant)))
        if len(epochs.epochs) > 1 or open_epoch in epochs.epochs:
            return epochs
        asked = AskNewEpoch(tenant=self._tenant, actor=actor(), purpose=purpose)
        return answered(await self._vault.epochs(asked))

    async def adopted_at(self, epochs: EpochsAre) -> datetime | None:
        """Have the running PBX record for the new epoch; return since when, None when it refuses."""
        places = self._place.places
        if serving_pid(places.ready) is None:
            return _time(wall_ns())
        verdict = read_verdict(places.reloaded)
        if verdict is not None and not verdict.errors and verdict.began_ns > epochs.since_ns:
            return _time(places.reloaded.stat().st_mtime_ns)
        if places.started.is_file() and places.started.stat().st_mtime_ns > epochs.since_ns:
            return _time(places.started.stat().st_mtime_ns)
        verdict = await ask_reload(places)
        return None if verdict is not None and verdict.errors else _time(wall_ns())

    async def rewrap(self, epoch: int, progress: Callable[[int], None]) -> tuple[int, list[str]]:
        """Re-wrap every older header; return how many, and the recordings whose headers were refused."""
        n_done, refused = 0, list[str]()
        for keys in self._keys:
            after = ""
            while batch := await keys.before(self._tenant, epoch, after=after, limit=MAX_KEYS):
                new = await self._rewrapped(batch)
                n_done += await keys.replace([one for one in new if one.new])
                refused += [one.recording for one in new if not one.new]
                after = batch[-1].recording
                progress(len(batch))
        return n_done, refused

    async def rewrap_quarantined(self) -> int:
        """Re-wrap the headers of journals that nobody will finish by himself; return how many."""
        found = await self._old_journals(*(spool / QUARANTINE for spool in self._place.spools))
        for at in range(0, len(found), MAX_KEYS):
            batch = found[at : at + MAX_KEYS]
            keys = tuple(WrappedKey(recording=path.stem, header=header) for path, header in batch)
            asked = AskRewrap(tenant=self._tenant, actor=actor(), keys=keys)
            for (path, _), header in zip(
                batch, answered(await self._vault.rewrap(asked)).headers, strict=True
            ):
                if header:
                    replace_header(path, header)
        return len(found)

    async def waiting(self, epoch: int, adopted: datetime) -> Waiting:
        """Count what needs an old identity: journals first, because a finished one becomes a header."""
        spools = self._place.spools
        calls = 0
        if serving_pid(self._place.places.ready) is not None:
            calls = await self._keys[0].count_open_calls(self._tenant, adopted)
        journals = len(await self._old_journals(*spools, *(spool / QUARANTINE for spool in spools)))
        headers = sum([await keys.count_before(self._tenant, epoch) for keys in self._keys])
        return Waiting(headers=headers, journals=journals, calls=calls)

    async def finish(self, purpose: str) -> tuple[int, ...]:
        """Destroy the old identities; return their epochs."""
        asked = AskDestroyEpochs(tenant=self._tenant, actor=actor(), purpose=purpose)
        return answered(await self._vault.epochs(asked)).epochs

    async def _rewrapped(self, batch: list[StoredKey]) -> list[NewHeader]:
        keys = tuple(
            WrappedKey(recording=one.recording, header=one.header, object_key=one.object_key) for one in batch
        )
        asked = AskRewrap(tenant=self._tenant, actor=actor(), keys=keys)
        reply = answered(await self._vault.rewrap(asked))
        return [
            NewHeader(recording=one.recording, old=one.header, new=header, epoch=reply.epoch)
            for one, header in zip(batch, reply.headers, strict=True)
        ]

    async def _old_journals(self, *folders: Path) -> list[tuple[Path, bytes]]:
        """The journals in folders whose keys only an old identity opens."""
        read = [(path, read_header(path)) for path in sorted(files(*folders))]
        found = [(path, header) for path, header in read if header is not None]
        epochs = answered(await self._vault.epochs(AskEpochs(tenant=self._tenant))).epochs
        old: list[tuple[Path, bytes]] = []
        for at in range(0, len(found), MAX_KEYS):
            batch = found[at : at + MAX_KEYS]
            asked = AskLocate(tenant=self._tenant, headers=tuple(header for _, header in batch))
            located = answered(await self._vault.locate(asked))
            old += [one for one, epoch in zip(batch, located, strict=True) if 0 < epoch < epochs[0]]
        return old


def _time(wall: int) -> datetime:
    return datetime.fromtimestamp(wall / _NS, UTC)
