"""The audit log against its checkpoints outside of the machine, and how far their copies have come."""

from collections.abc import Sequence
from dataclasses import dataclass

from pbx.cli.site import Site
from pbx.core.errors import ParseError, StorageError
from pbx.core.io.clock import utc_now
from pbx.recording.io.object_store import CheckpointStore
from pbx.recording.io.outside_checkpoints import LATE, listed
from pbx.recording.log_walk import MAX_FINDINGS, Walk
from pbx.recording.outside import Named, folder_of, named, signed_head
from pbx.recording.signed_note import MAX_NOTE
from pbx.store.checkpoint_copies import CheckpointCopies
from pbx.store.database import Database

Found = dict[str, object]


@dataclass(frozen=True, slots=True)
class Outside:
    """What was outside before the log was read: what is signed while it is read is no finding."""

    store: CheckpointStore
    checkpoints: list[Named]
    wrong: list[Found]

    async def judge(self, walk: Walk, key: bytes) -> list[Found]:
        """Return what is wrong besides what `walk` takes down; what is signed and differs is a fork."""
        try:
            found = await _judged(self.store, self.checkpoints, walk, key)
        except StorageError as error:
            found = [_unreadable(str(error))]
        return [*self.wrong, *found][:MAX_FINDINGS]


async def look(place: Site, database: Database, key: bytes) -> Outside:
    """List the store outside; one that cannot be read is a finding."""
    store, name = place.checkpoints(), place.checkpoints_name
    copied = await CheckpointCopies(database).sizes(name)  # first: a copy is made before it is noted
    try:
        checkpoints, strange = named(await listed(store, folder_of(key)))
    except StorageError as error:
        return Outside(store, [], [_unreadable(f"{name}: {error}")])
    there = {one.head[0] for one in checkpoints}
    text = "the checkpoint over {} entries has been outside, and is not there any more"
    wrong = [_finding("deleted", text.format(size)) for size in copied if size not in there]
    wrong += [_finding("unsigned note", f"{one} in the outside store is no checkpoint") for one in strange]
    return Outside(store, checkpoints, wrong)


async def _judged(
    store: CheckpointStore, checkpoints: Sequence[Named], walk: Walk, key: bytes
) -> list[Found]:
    """Read those that the log does not agree with."""
    found: list[Found] = []
    good = 0
    for one in checkpoints:
        size, root = one.head
        if size <= walk.tree.size and walk.tree.root(size) == root:
            good = size
            continue
        try:
            head = signed_head(one, await store.read(one.key, 0, MAX_NOTE), key)
        except ParseError as error:
            found.append(_finding("unsigned note", f"{one.key} outside: {error}"))
            continue
        if not walk.signed(head, good):
            break
    return found


def _unreadable(reason: str) -> Found:
    return _finding("outside unreadable", f"{reason}; --local leaves it out")


def _finding(what: str, text: str) -> Found:
    return {"what": what, "index": None, "text": text}


async def outside_status(place: Site) -> dict[str, object]:
    """When a checkpoint was last copied out, how many wait, and `late` when one has for over ten minutes."""
    if not place.database_file.is_file():
        return {}
    async with place.database() as database:
        state = await CheckpointCopies(database).state(place.checkpoints_name)
    newest = "none yet"
    if state.newest_at is not None:
        newest = f"{state.newest_at:%Y-%m-%d %H:%M} UTC, over {state.newest_size} entries"
    is_late = state.waiting_since is not None and utc_now() - state.waiting_since > LATE
    return {
        "checkpoint_outside": f"late: {newest}" if is_late else newest,
        "checkpoints_waiting": state.waiting,
    }
