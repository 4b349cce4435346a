"""What the finaliser is told: a JSON file written by the supervisor, no secret inside."""

from pathlib import Path
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from pbx.core.errors import ConfigError
from pbx.core.io.settings_file import read_settings
from pbx.core.secret import Secret
from pbx.recording.io.object_store import CheckpointStore, LocalDirectory, Lock, ObjectStore


class LocalSettings(BaseModel):
    """Masters in a directory."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["local"]
    directory: Path


class S3Settings(BaseModel):
    """Masters in a bucket; the secret key is the one line of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["s3"]
    endpoint: str
    bucket: str
    access_key: str
    secret_key_file: Path
    region: str = "us-east-1"


class WebhookTarget(BaseModel):
    """Who is told of recordings, and with `grants` of callers who were verified.

    `allow` = networks that may be spoken to besides the public one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    url: str
    secret_file: Path
    allow: tuple[str, ...] = ()
    max_age_s: float
    grants: bool = False


class FinaliserConfig(BaseModel):
    """Where the finaliser finds everything; `vault` is a socket, `database` an SQLAlchemy URL."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    spool: Path
    spare_spool: Path | None = None
    vault: Path
    database: str
    playback_copy: bool = True
    config: Path | None = None  # the folder with the terms of retention; None = nothing is due
    webhook: WebhookTarget | None = None
    alarms: Path | None = None  # the folder of standing alarms; None = nobody watches
    records: Path | None = None  # the folder of facts that wait for the database; None = none do
    store: Annotated[LocalSettings | S3Settings, Field(discriminator="kind")]
    checkpoints: Annotated[LocalSettings | S3Settings, Field(discriminator="kind")] | None = None
    lock: Lock = Lock()
    retention_locks: bool = False  # whether any tenant has objects locked: only then the terms are read

    @property
    def spools(self) -> tuple[Path, ...]:
        return (self.spool, *((self.spare_spool,) if self.spare_spool else ()))


def load(path: Path) -> FinaliserConfig:
    """Return the settings; ConfigError names the file and the field."""
    return read_settings(FinaliserConfig, path)


def place_of(settings: LocalSettings | S3Settings) -> str:
    """Return the name of a store: what is known of the objects in it is kept under it."""
    if isinstance(settings, LocalSettings):
        return f"local:{settings.directory}"
    return f"s3:{settings.endpoint}/{settings.bucket}"


class Store(ObjectStore, CheckpointStore, Protocol):
    """What every back end offers."""


def open_store(settings: LocalSettings | S3Settings) -> Store:
    """Return the object store; ConfigError when the secret key's file cannot be read."""
    if isinstance(settings, LocalSettings):
        return LocalDirectory(settings.directory)
    from pbx.recording.io.s3_store import S3Store  # its client is a heavy import that most sites never need

    try:
        secret_key = Secret(settings.secret_key_file.read_text().strip())
    except OSError as error:
        raise ConfigError(str(settings.secret_key_file), 0, 0, "", error.strerror or "unreadable") from None
    return S3Store(
        endpoint=settings.endpoint,
        bucket=settings.bucket,
        access_key=settings.access_key,
        secret_key=secret_key,
        region=settings.region,
    )
