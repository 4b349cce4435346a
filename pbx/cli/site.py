"""One installation as the commands see it: configuration, places and stores, opened and closed in one."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators
from sqlalchemy.engine import make_url

from pbx.cli.output import Refusal
from pbx.config.load import load
from pbx.config.models import Configuration, Tenant
from pbx.config.places import Places
from pbx.config.stores import LocalStore, S3Store
from pbx.recording.io.finaliser_config import LocalSettings, S3Settings, Store, open_store, place_of
from pbx.recording.io.object_store import CheckpointStore, ObjectStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.versions.io.folders import folder_in_force

MAX_LISTED = 10_000  # as many as a store returns at once
_between = validators.Number(gte=1, lte=MAX_LISTED)

ConfigDir = Annotated[Path, Parameter(name="--config", help="Folder of the configuration.")]
AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON with every field.")]
Limit = Annotated[int, Parameter(name="--limit", validator=_between, help="At most so many, newest first.")]
TenantName = Annotated[str, Parameter(name="--tenant", help="Needed when there are several tenants.")]
CONFIG = Path("config")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Checked configuration and the places that belong to it."""

    configuration: Configuration
    places: Places

    def tenant(self, name: str) -> Tenant:
        """Return a tenant by name, or the only one for an empty name."""
        tenants = self.configuration.tenants
        if not name and len(tenants) == 1:
            return next(iter(tenants.values()))
        if name not in tenants:
            known = ", ".join(sorted(tenants))
            raise Refusal(f"no tenant {name}: there is {known}" if name else f"--tenant is needed: {known}")
        return tenants[name]

    @property
    def database_file(self) -> Path:
        return Path(make_url(self.places.database_url(self.configuration.pbx)).database or "")

    @property
    def spools(self) -> tuple[Path, ...]:
        return self.places.spools(self.configuration.pbx)

    def store_keys(self) -> StoreKeys:
        return StoreKeys.load_or_create(self.places.store_keys)

    def objects(self) -> ObjectStore:
        """Return the store of the masters; ConfigError when a key file cannot be read."""
        return self._opened(self.configuration.pbx.recording.store)

    def checkpoints(self) -> CheckpointStore:
        """Return the store of the log's checkpoints; ConfigError like `objects`."""
        return self._opened(self._checkpoints)

    @property
    def checkpoints_name(self) -> str:
        """How that store is called in the database; no key is needed for it."""
        return place_of(self._settings(self._checkpoints, ""))

    @property
    def _checkpoints(self) -> LocalStore | S3Store:
        pbx = self.configuration.pbx
        return pbx.audit.place(pbx.recording.store)

    def _opened(self, store: LocalStore | S3Store) -> Store:
        access_key = ""
        if isinstance(store, S3Store):
            access_key = self.places.resolve(store.access_key_file).read_text().strip()
        return open_store(self._settings(store, access_key))

    def _settings(self, store: LocalStore | S3Store, access_key: str) -> LocalSettings | S3Settings:
        if isinstance(store, S3Store):
            return S3Settings(
                kind="s3",
                endpoint=store.endpoint,
                bucket=store.bucket,
                region=store.region,
                access_key=access_key,
                secret_key_file=self.places.resolve(store.secret_key_file),
            )
        return LocalSettings(kind="local", directory=self.places.resolve(store.path))

    def database(self) -> "OpenDatabase":
        """The database as it is; Refusal when the PBX has never run here."""
        if not self.database_file.is_file():
            raise Refusal(f"{self.database_file}: no database yet, start `pbx run` or import customers")
        return OpenDatabase(self.places.database_url(self.configuration.pbx))

    def new_database(self) -> "NewDatabase":
        """The database, made or brought to the newest tables first."""
        self.places.make()
        return NewDatabase(self.places.database_url(self.configuration.pbx))


class OpenDatabase:
    """A database for the length of one `async with`.

    A class, because contextlib writes into the exceptions that pass and a ConfigError is frozen.
    """

    __slots__ = ("_database",)

    def __init__(self, url: str) -> None:
        self._database = Database(url)

    async def __aenter__(self) -> Database:
        return self._database

    async def __aexit__(self, *_error: object) -> None:
        await self._database.close()


class NewDatabase(OpenDatabase):
    """The same, with its tables made first."""

    __slots__ = ()

    async def __aenter__(self) -> Database:
        try:
            await self._database.migrate()
        except BaseException:
            await self._database.close()
            raise
        return self._database


def site(config: Path) -> Site:
    """Read what is in force of `config`, whatever somebody is in the middle of writing there.

    Its parent is what relative paths start from.
    """
    return _read(config, folder_in_force)


def edited(config: Path) -> Site:
    """Read the files in `config` themselves, for who plans with them: tests, pictures, explanations."""
    return _read(config, lambda directory: directory)


def _read(config: Path, chosen: Callable[[Path], Path]) -> Site:
    directory = config.absolute()
    return Site(configuration=load(chosen(directory), os.environ), places=Places(base=directory.parent))
