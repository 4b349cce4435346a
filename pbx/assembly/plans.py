"""The plan in force: where it is read from, and how another one takes its place."""

import asyncio
import logging
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from pbx.config.places import Places
from pbx.core.errors import ConfigError, StorageError
from pbx.core.io.clock import utc_now
from pbx.core.io.peer import user_name
from pbx.runner.control_messages import ChangePlan
from pbx.store.plans import PlanStore
from pbx.versions.io.folders import LivePlan, PlanFolders, take
from pbx.versions.snapshot import DIGEST_CHARS, Snapshot
from pbx.versions.version import MAX_COMMENT, Wish

_NAME = re.compile(rf"[0-9a-f]{{{DIGEST_CHARS}}}", re.ASCII)
_log = logging.getLogger("pbx.app")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A plan to be read: where it is, and what was in it at first."""

    folder: Path
    snapshot: Snapshot


class Plans:
    """Keeps versions, and says which of them is in force."""

    def __init__(self, folders: PlanFolders, store: PlanStore, directory: Path) -> None:
        self._folders, self._store, self._directory = folders, store, directory

    def source(self, order: ChangePlan) -> Source:
        """Return what an order is about; ConfigError when it cannot be meant any more."""
        if order.frozen and _NAME.fullmatch(order.frozen) is None:
            raise ConfigError("plan", 1, 1, "", "not the name of a plan")
        folder = self._folders.folder(order.frozen) if order.frozen else self._directory
        source = Source(folder=folder, snapshot=take(folder))
        if order.digest and order.digest != source.snapshot.digest:
            raise _moved(self._directory)
        return source

    def confirm(self, source: Source) -> None:
        """ConfigError when somebody has changed the files while they were read."""
        if take(source.folder).digest != source.snapshot.digest:
            raise _moved(self._directory)

    @property
    def live(self) -> LivePlan | None:
        return self._folders.live

    async def commit(self, source: Source, wish: Wish, *, held: bool) -> LivePlan:
        """Have a plan in force from now on, over restarts too; StorageError or OSError changes nothing."""
        before, digest = self._folders.live, source.snapshot.digest
        await asyncio.to_thread(self._folders.freeze, source.snapshot)
        if before is not None and before.version and before.digest == digest and wish.restored is None:
            live = replace(before, held=held)
        else:
            version = await self._store.keep(source.snapshot, wish, utc_now())
            live = LivePlan(digest=digest, name=source.snapshot.name, version=version.version, held=held)
        self._folders.note(live)
        return live

    async def undo(self, before: LivePlan | None, now: LivePlan, wish: Wish) -> None:
        """Have the plan in force that was; what cannot be written down is only logged."""
        if before is None or before == now:
            return
        try:
            self._folders.note(before)
            snapshot = await asyncio.to_thread(take, self._folders.folder(before.name))
            undone = replace(wish, cause="undone", restored=before.version)
            version = await self._store.keep(snapshot, undone, utc_now())
            self._folders.note(replace(before, version=version.version))
        except (ConfigError, StorageError, OSError) as error:
            _log.error("a change of the plan is undone, but not written down: %s", error)

    async def started(self, folder: Path) -> None:
        """Note which plan a start has read; a start does not fail for that."""
        try:
            snapshot = await asyncio.to_thread(take, folder)
            before = self._folders.live
            held = before is not None and before.held and folder != self._directory
            wish = Wish(cause="start", author=user_name(os.getuid()))
            newest = await self._store.list(limit=1)
            is_known = bool(newest) and newest[0].digest == self._store.digest(snapshot)
            if is_known and newest[0].cause != "files":
                number = newest[0].version
            else:
                number = (await self._store.keep(snapshot, wish, utc_now())).version
            await asyncio.to_thread(self._folders.freeze, snapshot)
            live = LivePlan(digest=snapshot.digest, name=snapshot.name, version=number, held=held)
            self._folders.note(live)
            await asyncio.to_thread(self._folders.prune)
        except (ConfigError, StorageError, OSError) as error:
            _log.warning("which plan runs is not written down: %s", error)
            return
        kept = ", held since a rollback: `pbx apply` uses the files again" if held else ""
        _log.info("version %d of the plan runs%s", number, kept)


async def plans_of(folders: tuple[Path, Path], places: Places, store: PlanStore) -> Plans:
    """Return the versions of a folder that admins edit, and note that of the one which a start has read."""
    edited, read = folders
    plans = Plans(PlanFolders(places, edited), store, edited)
    await plans.started(read)
    return plans


def wish_of(order: ChangePlan) -> Wish:
    """Return who wants a change; ConfigError for a comment that is no line."""
    if len(order.comment) > MAX_COMMENT or not order.comment.isprintable():
        raise ConfigError("comment", 1, 1, "", f"at most {MAX_COMMENT} printable characters are possible")
    return Wish(cause=order.cause, author=order.author, comment=order.comment, restored=order.restored)


def _moved(directory: Path) -> ConfigError:
    return ConfigError(directory.name, 1, 1, "", "changed while it was read", "do it again")
