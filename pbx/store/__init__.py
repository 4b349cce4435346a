"""The database of one node: customers, verification counters, calls, consents, recordings, audit facts.

Public names, by module (all methods that wait are `async`; every `*_at`, `at` and `now` is aware UTC):

database.Database(url: str)                          "sqlite+aiosqlite:////path/pbx.db"
    async migrate() -> None                          Alembic to the newest revision; safe to repeat
    async close() -> None
    reading() / writing() -> async context of an AsyncSession (one transaction)
    async write(work: Callable[[Connection], T]) -> T     one transaction, one trip to the store's thread

keys.StoreKeys.load_or_create(directory: Path) -> StoreKeys
    phone: Secret[bytes]; verify: Secret[bytes]; fields: Secret[bytes]

customers.CustomerStore(database, keys)
    async import_csv(tenant: str, region: str, path: Path, *, source, accept_removals) -> ImportReport
        the whole of a source: who is not in the file is compared no more
        ImportReport(imported: int, problems: tuple[tuple[int, str], ...], ended: int, refused: bool)
    async find(tenant: str, number_e164: str) -> list[CustomerView]

identity.IdentityStore(database, keys)
    async check(asked: CheckCaller, now: datetime) -> IdentityResult
        IdentityResult(matched: bool, customer: str, reason: str)
        `reason` is for the audit log only, where `check` has put it; `told`: what else it put there
    async forgive(tenant: str, customer: str, now: datetime, who: tuple[str, str]) -> int

locks.LockStore(database, keys)
    async list(tenants: Mapping[str, Watched], now: datetime) -> list[Lock]   who is locked now

breakers.BreakerStore(database)
    async standing(tenant: str, now: datetime) -> tuple[Opened | None, Rate, Rate]   its tries, what is usual
    async off(now: datetime) -> list[Opened]         tenants whose date of birth is switched off
    async reopen(tenant: str, now: datetime, who: tuple[str, str]) -> Opened | None

calls.CallStore(database, keys)
    async save(record: CallRecord) -> None           inserts, or updates what changed, legs included
    async get(call: str) -> CallRecord | None
    async list(limit: int = 100) -> list[CallRecord] newest first
    async close_crashed(now: datetime) -> int        ends calls that a crash left open
    async fail_lost(journals, now: datetime) -> int  says of which calls nothing was kept

consents.ConsentStore(database)
    async save(record: ConsentRecord) -> None        immutable; another one is MisuseError
    async get(consent: str) -> ConsentRecord | None
    async list(limit: int = 100) -> list[ConsentRecord]

recordings.SqlRecordingLedger(database)
    async find(recording: str) -> bool
    async commit(finished: FinishedRecording) -> None
    async get(recording: str) -> FinishedRecording | None
    async list(limit: int = 100) -> list[FinishedRecording]

holds.HoldStore(database)
    async place(hold: LegalHold) -> bool; async release(hold, by, reason, at) -> bool
    async held(recordings) -> frozenset[str]

erasures.ErasureStore(database)
    async ask(wish: Wish, at: datetime) -> Erasure | None
    async get(recording: str) -> Erasure | None
    async pending() / blocked() -> list[Erasure]

retained.RetainedStore(database)
    async older(tenant: str, before: datetime, after=None) -> list[Kept]

audit.AuditStore(database)
    async append(fact: AuditFact, at: datetime) -> None
    async list(limit: int = 100) -> list[tuple[datetime, AuditFact]]

facts.FactStore(database, keys)
    async write(entries: Sequence[Stamped]) -> None  calls, consents and audit facts in one transaction

Errors: StorageError when the disk or the database refuses, ConfigError for a customer file without the
right header, MisuseError for our own bugs.
"""
