"""`recording.store` and `audit`: where finished recordings and the log's checkpoints go."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from pbx.config.types import PrivateUrl, Strict

MAX_LOCK_DAYS = 3660


class LocalStore(Strict):
    """Recordings as files under `path`."""

    kind: Literal["local"] = "local"
    path: Path = Field(default=Path("var/objects"), strict=False)


class S3Store(Strict):
    """Objects in a bucket; keys are read from files so that they are never in YAML.

    TLS is verified always, and no switch is against it; only a server on loopback may do without (E-16).
    """

    kind: Literal["s3"]
    endpoint: PrivateUrl
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    region: str = "us-east-1"
    access_key_file: Annotated[Path, Field(strict=False)]
    secret_key_file: Annotated[Path, Field(strict=False)]


class LocalCheckpoints(LocalStore):
    """Checkpoints as files under `path`, which had better be on another machine's disk."""

    path: Path = Field(default=Path("var/checkpoints"), strict=False)


class AuditSettings(Strict):
    """Where each signed checkpoint of the audit log goes besides the database, and how it is locked there.

    Without `checkpoints`: into the bucket of the recordings, or beside a directory of them.
    """

    checkpoints: Annotated[LocalCheckpoints | S3Store, Field(discriminator="kind")] | None = None
    lock: Literal["governance", "compliance", "none"] = "governance"
    lock_days: Annotated[int, Field(ge=1, le=MAX_LOCK_DAYS)] = 365

    def place(self, recordings: LocalStore | S3Store) -> LocalStore | S3Store:
        """Return where they go."""
        if self.checkpoints is not None:
            return self.checkpoints
        return recordings if isinstance(recordings, S3Store) else LocalCheckpoints()
