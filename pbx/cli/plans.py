"""Plans as the commands see them: the one that runs, a version, and the files."""

from collections.abc import Iterable
from pathlib import Path

from pbx.cli.output import Refusal, print_json, printable
from pbx.cli.site import NewDatabase, OpenDatabase
from pbx.config.load import ConfigProblems
from pbx.config.models import PbxSettings
from pbx.config.places import Places
from pbx.config.read import read_model
from pbx.store.keys import StoreKeys
from pbx.store.plans import PlanStore
from pbx.versions.change import Change
from pbx.versions.difference import differences, other_files
from pbx.versions.io.folders import PlanFolders, take
from pbx.versions.snapshot import Snapshot
from pbx.versions.version import Version
from pbx.versions.written import written_plan

MARKS = {"new": "+", "gone": "-", "changed": "~"}


def places_of(config: Path) -> tuple[Path, Places]:
    """Return the folder of the configuration, and where the PBX of it keeps what it makes."""
    directory = config.absolute()
    if not directory.is_dir():
        raise Refusal(f"{directory}: there is no such folder")
    return directory, Places(directory.parent)


def database_of(directory: Path, places: Places) -> OpenDatabase:
    """The database that `pbx.yaml` names, with the newest tables; the tenants' files may be broken."""
    read, errors = read_model(directory / "pbx.yaml", f"{directory.name}/pbx.yaml", PbxSettings)
    if read is None:
        raise ConfigProblems(tuple(errors))
    places.make()
    return NewDatabase(places.database_url(read.model))


async def version_of(directory: Path, places: Places, number: int) -> tuple[Version, Snapshot]:
    """Return a version and its files; Refusal when there is none, or its files are not kept any more."""
    async with database_of(directory, places) as database:
        found = await PlanStore(database, StoreKeys.load_or_create(places.store_keys)).find(number)
    if found is None:
        raise Refusal(f"there is no version {number}: see `pbx versions`")
    version, snapshot = found
    if snapshot is None:
        raise Refusal(f"the files of version {number} are not kept any more: see `pbx versions`")
    return version, snapshot


def frozen(folders: PlanFolders, directory: Path, version: Snapshot) -> tuple[Path, Snapshot]:
    """Return a folder with the plan of a version, and what it names as that is today."""
    snapshot = Snapshot(plan=version.plan, others=take(directory).others)
    return folders.freeze(snapshot), snapshot


def running(folders: PlanFolders) -> Path:
    """The folder of the plan that runs, or ran last; Refusal when there is none."""
    live = folders.live
    if live is None or not folders.folder(live.name).is_dir():
        raise Refusal("no plan has run here yet: start `pbx run`")
    return folders.folder(live.name)


def changes_between(before: Path, after: Path) -> tuple[Change, ...]:
    """Return what differs between the plans in two folders."""
    return differences(written_plan(before), written_plan(after))


def changed_files(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """Return which files are others that plans only name."""
    return other_files(before, after)


def say_changes(changes: Iterable[Change], *, as_json: bool, heading: str = "") -> None:
    """Print what differs, tenant by tenant, or as JSON."""
    found = list(changes)
    if as_json:
        rows = [
            {
                "tenant": one.tenant,
                "change": one.kind,
                "subject": one.subject,
                "what": one.what,
                "before": one.before,
                "after": one.after,
                "note": one.note,
                "text": str(one),
            }
            for one in found
        ]
        print_json(rows)
        return
    if heading:
        print(heading)
    for tenant in dict.fromkeys(one.tenant for one in found):
        print(printable(tenant) if tenant else "the machine (pbx.yaml)")
        for one in found:
            if one.tenant == tenant:
                print(f"  {MARKS[one.kind]} {printable(one)}")
