"""Folders of plans: the one that is edited, frozen ones, and which of them all runs."""

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

from pbx.config.inside import EDITED
from pbx.config.places import Places
from pbx.core.errors import ConfigError
from pbx.core.io.ready import serving_pid
from pbx.core.io.state_file import write_state
from pbx.versions.snapshot import Snapshot

MAX_FILES = 50_000  # 500 tenants with a hundred files each
HASHED = 4 << 20  # octets; a larger file is told from another by size and time
PLAN_SUFFIXES = (".yaml", ".yml")
OTHERS = ".others.json"  # beside a frozen plan: what the files that it only names were like
KEPT = 50  # frozen folders; a call that began so many changes ago is over


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePlan:
    """Which plan runs. `held` = a start takes it whatever the files are: it was rolled back to.

    `version` 0 = the database could not be asked.
    """

    digest: str
    name: str
    version: int = 0
    held: bool = False


def take(directory: Path) -> Snapshot:
    """Return what is in a configuration folder now; ConfigError when it is no such folder, OSError."""
    plan: dict[str, bytes] = {}
    others: dict[str, str] = {}
    for number, file in enumerate(_files(directory)):
        if number >= MAX_FILES:
            raise ConfigError(directory.name, 1, 1, "", f"there are more than {MAX_FILES} files")
        path = file.relative_to(directory).as_posix()
        if file.suffix in PLAN_SUFFIXES:
            plan[path] = file.read_bytes()
        else:
            others[path] = _print(file)
    return Snapshot(plan=plan, others=others)


def mark_of(directory: Path) -> str:
    """Return what tells a folder from the same one before anything in it was saved; no file is read."""
    marks = hashlib.sha256()
    for file in islice(_files(directory), MAX_FILES):
        try:
            found = file.stat()
        except OSError:  # an editor has just renamed it
            continue
        path = file.relative_to(directory).as_posix()
        marks.update(f"{path!r} {found.st_ino} {found.st_size} {found.st_mtime_ns}\n".encode())
    return marks.hexdigest()


def _files(directory: Path) -> Iterator[Path]:
    """Every file but what editors and git leave there."""
    for folder, inner, names in os.walk(directory):
        inner[:] = sorted(one for one in inner if not one.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and not name.endswith("~") and (Path(folder) / name).is_file():
                yield Path(folder) / name


def _print(file: Path) -> str:
    """What tells a file from another one; who may not read it can tell by its size."""
    found = file.stat()
    if found.st_size > HASHED or not stat.S_ISREG(found.st_mode) or not os.access(file, os.R_OK):
        return f"{found.st_size} octets of {found.st_mtime_ns}"
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _linked(directory: Path, path: str, link: Path) -> None:
    """Make a link to a file of the edited folder: a copy would keep people who were taken out of it."""
    file = directory.absolute() / path
    file.stat()
    link.symlink_to(file)


def _written(file: Path, octets: bytes) -> None:
    """Make a file that nobody else reads: PINs and addresses of bots may be in it."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as fresh:
        fresh.write(octets)


def _is(folder: Path, snapshot: Snapshot) -> bool:
    """Whether a folder has what was in a plan, and what it names is still the same."""
    try:
        return take(folder).digest == snapshot.digest
    except (ConfigError, OSError):
        return False


def restore(directory: Path, now: Snapshot, wanted: Snapshot) -> None:
    """Make the YAML files of a folder those of a plan; each is written whole or not at all. OSError."""
    for path, octets in wanted.plan.items():
        if now.plan.get(path) != octets:
            file = directory / path
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh = file.with_name(f".{file.name}.new")
            fresh.write_bytes(octets)
            if file.exists():
                shutil.copymode(file, fresh)
            fresh.replace(file)
    for path in now.plan.keys() - wanted.plan.keys():
        (directory / path).unlink(missing_ok=True)


class PlanFolders:
    """`var/plans`: a folder for each plan that ran of late, and the note which one runs."""

    def __init__(self, places: Places, directory: Path) -> None:
        """`directory` is the configuration that an admin edits."""
        self._home, self._directory = places.plans, directory

    @property
    def live(self) -> LivePlan | None:
        """The plan that runs, or ran last; None = there was none, or the note is damaged."""
        try:
            found = json.loads((self._home / "live.json").read_text())
            return LivePlan(
                digest=str(found["digest"]),
                name=str(found["name"]),
                version=int(found["version"]),
                held=bool(found["held"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def folder(self, name: str) -> Path:
        """The configuration folder of a frozen plan; it may not be there."""
        return self._home / name / self._directory.name

    def note(self, live: LivePlan) -> None:
        """Say which plan runs from now on: the moment of the change, whole or not at all. OSError."""
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_state(self._home / "live.json", json.dumps(asdict(live)))

    def freeze(self, snapshot: Snapshot) -> Path:
        """Return the folder of a plan, made if need be; OSError.

        What stands beside the configuration is linked, so that relative paths lead where they did; so is
        what plans only name (prompts, customers, certificates), which has to be there.
        """
        folder = self.folder(snapshot.name)
        if _is(folder, snapshot):
            os.utime(folder.parent)
            return folder
        fresh = self._home / f".{snapshot.name}.{os.getpid()}"
        try:
            self._fill(fresh, snapshot)
            if folder.is_dir():  # a file was written where it lies, and another has taken its place since
                folder.parent.rename(self._home / f".{snapshot.name}.{os.getpid()}.old")
            fresh.rename(folder.parent)
        except OSError:
            if not _is(folder, snapshot):  # nobody else has made the same one meanwhile
                raise
        finally:
            for left in self._home.glob(f"{fresh.name}*"):
                shutil.rmtree(left, ignore_errors=True)
        return folder

    def _fill(self, fresh: Path, snapshot: Snapshot) -> None:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700, parents=True)
        for beside in self._directory.parent.iterdir():
            if beside.name != self._directory.name:
                (fresh / beside.name).symlink_to(beside)
        _written(fresh / OTHERS, json.dumps(dict(snapshot.others)).encode())
        (fresh / EDITED).symlink_to(self._directory.absolute())
        inside = fresh / self._directory.name
        inside.mkdir(mode=0o700)
        for path, octets in snapshot.plan.items():
            _written(self._made(inside / path), octets)
        for path in snapshot.others:
            _linked(self._directory, path, self._made(inside / path))

    def taken(self, folder: Path) -> Snapshot:
        """Return what was in a plan when it was frozen; of one that was not, what is there now."""
        snapshot = take(folder)
        try:
            others = json.loads((folder.parent / OTHERS).read_text())
            return replace(snapshot, others={str(path): str(it) for path, it in others.items()})
        except (OSError, ValueError, AttributeError):
            return snapshot

    @staticmethod
    def _made(file: Path) -> Path:
        for folder in reversed(file.parents):  # `mkdir` gives its mode to the last one alone
            folder.mkdir(mode=0o700, exist_ok=True)
        return file

    def prune(self) -> None:
        """Remove what was left half-made, and all but the newest frozen plans; never the one that runs."""
        live = self.live
        if not self._home.is_dir():
            return
        folders = [one for one in self._home.iterdir() if one.is_dir() and not one.is_symlink()]
        half = [one for one in folders if one.name.startswith(".")]
        whole = sorted((one for one in folders if one not in half), key=lambda one: one.stat().st_mtime_ns)
        for old in (*half, *whole[:-KEPT]):
            if live is None or old.name != live.name:
                shutil.rmtree(old, ignore_errors=True)


def start_folder(places: Places, directory: Path, *, again: bool) -> Path:
    """Return the folder that a start reads.

    That is the one which admins edit, but for two cases. A plan that was rolled back to is held until the
    files are applied. And a process that is started `again` while the PBX serves takes what ran, not what
    somebody is in the middle of writing.
    """
    folders = PlanFolders(places, directory)
    live = folders.live
    if live is None or not folders.folder(live.name).is_dir():
        return directory
    if live.held:
        return folders.folder(live.name)
    if not again:
        return directory
    try:
        is_what_ran = take(directory).digest == live.digest
    except (ConfigError, OSError):
        is_what_ran = False
    return directory if is_what_ran else folders.folder(live.name)


def folder_in_force(directory: Path) -> Path:
    """Return the folder with what calls go by, or, while no PBX serves here, with what its next start reads.

    Whoever may not look into `var/plans` sees the files that are edited.
    """
    places = Places(directory.parent)
    try:
        return start_folder(places, directory, again=serving_pid(places.ready) is not None)
    except OSError:
        return directory
