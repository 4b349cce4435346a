"""The audit log against its checkpoints outside of the machine, and how far their copies have come."""

from collections.abc import Sequence

from pbx.cli.site import Site
from pbx.core.errors import ParseError, StorageError
from pbx.core.io.clock import utc_now
from pbx.recording.io.object_store import CheckpointStore
from pbx.recording.io.outside_checkpoints import LATE, listed
from pbx.recording.log_walk import Walk
from pbx.recording.outside import Named, folder_of, named, signed_head
from pbx.recording.signed_note import MAX_NOTE
from pbx.store.checkpoint_copies import CheckpointCopies
from pbx.store.database import Database

Found = dict[str, object]


async def compare(place: Site, database: Database, walk: Walk, key: bytes) -> tuple[list[Found], int]:
    """Return what is wrong besides what `walk` takes down, and how many checkpoints outside were compared."""
    store, name = place.checkpoints(), place.checkpoints_name
    try:
        checkpoints, strange = named(await listed(store, folder_of(key)))
        found = [_finding("unsigned note", f"{one} in the outside store is no checkpoint") for one in strange]
        found += await _judged(store, checkpoints, walk, key)
    except StorageError as error:
        return [_finding("outside unreadable", f"{name}: {error}; --local leaves it out")], 0
    there = {one.head[0] for one in checkpoints}
    gone = [size for size in await CheckpointCopies(database).sizes(name) if size not in there]
    text = "the checkpoint over {} entries has been outside, and is not there any more"
    found += [_finding("deleted", text.format(size)) for size in gone]
    return found, len(checkpoints)


async def _judged(
    store: CheckpointStore, checkpoints: Sequence[Named], walk: Walk, key: bytes
) -> list[Found]:
    """Read those that the log does not agree with: what is signed and differs is a fork."""
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
