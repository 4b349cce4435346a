"""Where a running PBX keeps what it makes: everything below one `var` directory, never in git."""

from dataclasses import dataclass
from pathlib import Path

from pbx.config.models import PbxSettings

SQLITE = "sqlite+aiosqlite:///"


@dataclass(frozen=True, slots=True)
class Places:
    """Paths below `var` (absolute); `base` is the folder that relative paths of `pbx.yaml` start from."""

    base: Path

    @property
    def var(self) -> Path:
        return self.base / "var"

    @property
    def secrets(self) -> Path:
        """Device secrets by `tenant/extension`, mode 0600."""
        return self.var / "secrets.yaml"

    @property
    def store_keys(self) -> Path:
        """Field and index keys of the customer store; only signalling reads them."""
        return self.var / "keys" / "store"

    @property
    def vault_keys(self) -> Path:
        """Private recording identities; only the vault reads them."""
        return self.var / "keys" / "vault"

    @property
    def spool(self) -> Path:
        return self.var / "spool"

    def spools(self, settings: PbxSettings) -> tuple[Path, ...]:
        """The spool, and the spare one if there is one."""
        spare = self.spare_spool(settings)
        return (self.spool,) if spare is None else (self.spool, spare)

    def spare_spool(self, settings: PbxSettings) -> Path | None:
        """Where recordings go on that the spool refuses."""
        spare = settings.recording.spare_spool
        return None if spare is None else self.resolve(spare)

    @property
    def cache(self) -> Path:
        return self.var / "cache"

    @property
    def records(self) -> Path:
        """Facts that the database does not take now, sealed, see `store.fact_journal`."""
        return self.var / "records"

    def customers_marker(self, tenant: str) -> Path:
        """Says which customer file was imported; 2 = as the whole of the customers."""
        return self.cache / f"customers-2-{tenant}"

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def vault_audit(self) -> Path:
        return self.var / "audit" / "vault.jsonl"

    @property
    def vault_socket(self) -> Path:
        return self.var / "run" / "vault.sock"

    @property
    def recogniser_socket(self) -> Path:
        """Where media workers have spoken answers heard, see `verify.io.recogniser`."""
        return self.var / "run" / "recogniser.sock"

    @property
    def control_socket(self) -> Path:
        """Where the running PBX takes orders of its operator, see `runner.control`."""
        return self.var / "run" / "control.sock"

    @property
    def desk_socket(self) -> Path:
        """Where users of the machine ask for recordings, see `lifecycle.io.desk`; outside of `var`."""
        return self.base / "desk" / "listen.sock"

    @property
    def plans(self) -> Path:
        """The plans that ran of late, and which one runs, see `versions.io.folders`."""
        return self.var / "plans"

    @property
    def ready(self) -> Path:
        """Exists while the PBX serves; holds the supervisor's pid."""
        return self.var / "run" / "ready"

    @property
    def started(self) -> Path:
        """What the PBX that serves was started with, see `config.changes`."""
        return self.var / "run" / "started.json"

    @property
    def reloaded(self) -> Path:
        """What came of the last reload, see `runner.verdict`."""
        return self.var / "run" / "reloaded.json"

    @property
    def stopped(self) -> Path:
        """What the defence stopped since the start, by reason."""
        return self.var / "run" / "stopped.json"

    @property
    def workers(self) -> Path:
        """How each media worker is, see `runner.worker_states`."""
        return self.var / "run" / "workers.json"

    @property
    def recorders(self) -> Path:
        """How the recorders of others are, see `runner.recorder_states`."""
        return self.var / "run" / "recorders.json"

    @property
    def rooms(self) -> Path:
        """Who sits and who talks in which conference, see `runner.rooms`."""
        return self.var / "run" / "rooms.json"

    @property
    def spool_state(self) -> Path:
        """How full the spool is, see `runner.spool_watch`."""
        return self.var / "run" / "spool.json"

    @property
    def spare_state(self) -> Path:
        """What became of the spare spool, see `runner.spare_watch`."""
        return self.var / "run" / "spare_spool.json"

    @property
    def alarms(self) -> Path:
        """What is wrong now, see `core.io.alarms`."""
        return self.var / "run" / "alarms"

    @property
    def finaliser_config(self) -> Path:
        return self.var / "run" / "finaliser.json"

    @property
    def vault_wrapping(self) -> Path:
        """Who wraps the vault's keys; no secret inside."""
        return self.var / "run" / "wrapping.json"

    @property
    def playback_settings(self) -> Path:
        """Where the web server of playback listens."""
        return self.var / "run" / "playback.json"

    def pid(self, child: str) -> Path:
        """Holds the pid of a child process while it lives, and after it was killed."""
        return self.var / "run" / f"{child}.pid"

    def media_socket(self, worker: int) -> Path:
        return self.var / "run" / f"media-{worker}.sock"

    def database_url(self, settings: PbxSettings) -> str:
        """The configured URL, with a relative SQLite path made absolute."""
        url = settings.database.url
        if url.startswith(SQLITE) and not url.startswith(SQLITE + "/"):
            return f"{SQLITE}{self.base / url.removeprefix(SQLITE)}"
        return url

    def resolve(self, path: Path) -> Path:
        """A path of `pbx.yaml`, made absolute."""
        return path if path.is_absolute() else self.base / path

    def make_spare_spool(self, settings: PbxSettings) -> str:
        """Create the spare spool, or make it private; return why it cannot be, "" = it is there.

        A disk that is not mounted has no folders of ours: its parents are not created.
        """
        try:
            if (folder := self.spare_spool(settings)) is not None:
                folder.mkdir(mode=0o700, exist_ok=True)
                folder.chmod(0o700)
        except OSError as error:
            return f"{error.filename}: {error.strerror}"
        return ""

    def make(self) -> None:
        """Create the private directories; an existing `var` is made private too."""
        self.var.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.var.chmod(0o700)
        self.store_keys.parent.mkdir(mode=0o700, exist_ok=True)  # `parents` would give it the umask's mode
        for folder in (self.store_keys, self.vault_keys, self.spool, self.cache, self.logs, self.records):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in (self.vault_audit, self.vault_socket):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
