"""`pbx versions` and `pbx rollback`: which plans were in force, and an earlier one again."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pbx.cli.apply import Comment, ask_change, in_force, kept, wrong_in
from pbx.cli.output import DONE, Refusal, complain, fields, listing
from pbx.cli.plans import database_of, frozen, places_of, version_of
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Limit
from pbx.cli.vault import actor
from pbx.config.places import Places
from pbx.core.io.clock import utc_now
from pbx.core.io.ready import serving_pid
from pbx.runner.control_messages import ChangePlan, PlanRefused
from pbx.store.keys import StoreKeys
from pbx.store.plans import PlanStore
from pbx.versions.io.folders import PlanFolders, restore, take
from pbx.versions.snapshot import Snapshot
from pbx.versions.version import Version, Wish

_COLUMNS = ("version", "runs", "at", "author", "cause", "restored", "comment")
Write = Annotated[
    bool, Parameter(name="--write", negative=(), help="Write the files as well; those there are kept first.")
]
HELD = (
    "the files are as they were, and a start uses this version until you apply them: `pbx diff` says what"
    " differs, `pbx rollback VERSION --write` writes the files of a version"
)


async def versions(*, limit: Limit = 50, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List the plans that were in force, the newest first: since when, by whom, and why."""
    directory, places = places_of(config)
    live = PlanFolders(places, directory).live
    rows = []
    for one in await _listed(directory, places, limit):
        row = fields(one)
        row["runs"] = live is not None and live.version == one.version
        rows.append(row)
    listing(rows, _COLUMNS, as_json=as_json)


async def rollback(
    version: int | None = None,
    /,
    *,
    write: Write = False,
    comment: Comment = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> int:
    """Have an earlier plan in force, the one before that runs unless VERSION names another."""
    directory, places = places_of(config)
    folders = PlanFolders(places, directory)
    number = version if version is not None else await _one_before(directory, places, folders)
    _, found = await version_of(directory, places, number)
    folder, snapshot = frozen(folders, directory, found)
    for path in found.moved(snapshot):
        complain(f"{path} is not what it was in version {number}: it is used as it is now")
    if wrong := wrong_in(folder, tested=False):
        return kept(wrong, as_json=as_json)
    runs = serving_pid(places.ready) is not None
    if not runs and not write:
        raise Refusal(
            "the PBX does not run here; `pbx rollback --write` writes the files, `pbx run` uses them"
        )
    if runs:
        order = ChangePlan(
            cause="rollback",
            comment=comment,
            digest=snapshot.digest,
            frozen=snapshot.name,
            restored=number,
            held=True,
        )
        code = await in_force(places, order, as_json=as_json)
        if code != DONE or not write:
            if code == DONE and not as_json:
                complain(HELD)
            return code
    await _written(directory, places, snapshot, f"before the rollback to version {number}")
    if not runs:
        complain(f"the files are those of version {number}; `pbx run` uses them")
        return DONE
    return await _let_go(places, as_json=as_json)


async def _let_go(places: Places, *, as_json: bool) -> int:
    """Hold the plan no more: the files are the same now."""
    reply = await ask_change(places, ChangePlan(cause="rollback"))
    if isinstance(reply, PlanRefused):
        return kept(reply.errors, as_json=as_json)
    if not as_json:
        complain("the files are those of that version")
    return DONE


async def _written(directory: Path, places: Places, snapshot: Snapshot, comment: str) -> None:
    """Write the files of a plan; what is there now is a version first, if it is none."""
    now = take(directory)
    async with database_of(directory, places) as database:
        store = PlanStore(database, StoreKeys.load_or_create(places.store_keys))
        if not await store.holds(now):
            wish = Wish(cause="files", author=actor(), comment=comment)
            kept_as = await store.keep(now, wish, utc_now())
            complain(f"the files that were here are kept as version {kept_as.version}")
    restore(directory, now, snapshot)


async def _one_before(directory: Path, places: Places, folders: PlanFolders) -> int:
    """The newest version in force before the plan that runs, and another one than that."""
    live = folders.live
    known = [one for one in await _listed(directory, places, 10_000) if one.cause != "files"]
    runs = next((one for one in known if live is not None and one.version == live.version), None)
    if runs is None:
        raise Refusal("which plan runs is not known: name a version, see `pbx versions`")
    back = runs.restored if runs.restored is not None else runs.version
    older = [one for one in known if one.version < back and one.digest != runs.digest]
    if not older:
        raise Refusal("there is no earlier plan: see `pbx versions`")
    return older[0].version


async def _listed(directory: Path, places: Places, limit: int) -> list[Version]:
    async with database_of(directory, places) as database:
        return await PlanStore(database, StoreKeys.load_or_create(places.store_keys)).list(limit)
