"""`pbx keys`: the public halves of the recording keys, their rotation; private ones never leave the vault."""

import sys
from dataclasses import asdict
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import Progress

from pbx.cli.output import DONE, REFUSED, Refusal, WrongUsage, details, print_json
from pbx.cli.recording_erasure import carry_out
from pbx.cli.recording_life import refuse_held
from pbx.cli.rotation import Rotation, Waiting
from pbx.cli.site import CONFIG, AsJson, ConfigDir, site
from pbx.cli.vault import actor, answered, vault
from pbx.core.audit import AuditFact
from pbx.core.io.clock import utc_now
from pbx.recording.io.hardening import harden
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.recording_keys import all_keys
from pbx.store.recordings import SqlRecordingLedger
from pbx.store.retained import RetainedStore

app = App(name="keys", help="Keys of the recordings.")
_BEGUN, _DESTROYED = "keys.epoch_begun", "keys.epochs_destroyed"
Purpose = Annotated[str, Parameter(name="--purpose", help="Why; kept in the audit log.")]

MakeKek = Annotated[
    bool,
    Parameter(name="--make-kek", negative=(), help="Make the key that wraps in the PKCS#11 token first."),
]


@app.command
async def show(*, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """Show each tenant's age recipients and the Ed25519 key (hexadecimal) that manifests are signed with."""
    place = site(config)
    with vault(place.places) as client:
        public_key = answered(await client.public_key())
        recipients = {name: answered(await client.recipients(name)) for name in place.configuration.tenants}
    wrapped_by = place.configuration.pbx.recording.vault.provider
    if as_json:
        said = {"signing_key": public_key, "recipients": recipients, "vault": place.places.vault_keys}
        print_json(said | {"wrapped_by": wrapped_by})
        return
    rows = {f"recipient {name}": " ".join(texts) for name, texts in recipients.items()}
    where = {"private keys": place.places.vault_keys, "wrapped by": wrapped_by}
    details({"signing key": public_key.hex(), **rows, **where}, as_json=False)


@app.command
async def rotate(
    tenant: str, /, *, purpose: Purpose = "rotation", as_json: AsJson = False, config: ConfigDir = CONFIG
) -> int:
    """Give a tenant a new identity, re-wrap its recordings' keys, destroy the old one; repeat to go on.

    Payloads are not touched. The old identity stays, and the exit code is 1, while anything needs it.
    """
    _check_purpose(purpose)
    place = site(config)
    name = place.tenant(tenant).name
    with vault(place.places) as client:
        async with place.database() as database:
            rotation = Rotation(place, client, all_keys(database), name)
            report = await _rotate(rotation, _Audit(database, name), purpose.strip(), as_json=as_json)
    details({"tenant": name} | report, as_json=as_json)
    return DONE if report["finished"] else REFUSED


@app.command
def wrap(
    *,
    purpose: Purpose = "wrap",
    make_kek: MakeKek = False,
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Have the keys of the vault wrapped as `recording.vault` says: local, kms or pkcs11; repeat to go on.

    The PBX has to be stopped. Each key stays readable at every moment; files that are left are overwritten.
    """
    from pbx.cli.key_wrapping import move_keys  # the supervisor comes with it

    _check_purpose(purpose)
    harden()
    details(move_keys(site(config), purpose.strip(), makes_kek=make_kek), as_json=as_json)


@app.command
async def shred(
    recording: str, /, *, purpose: Purpose, as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """Destroy the key of one recording: nobody can open it any more, its object stays as it is."""
    _check_purpose(purpose)
    place = site(config)
    async with place.database() as database:
        row = await SqlRecordingLedger(database).get(recording)
        kept = await RetainedStore(database).get(recording)
        if row is None or kept is None:
            raise Refusal(f"no key of a recording {recording}")
        await refuse_held(database, recording)
        erasure = await carry_out(place, database, kept, (purpose.strip(), "key"))
    if erasure.state == "blocked":
        raise Refusal(f"{recording} is kept by the rule {erasure.blocked_by}: see `pbx recordings erasures`")
    said: dict[str, object] = {"recording": recording, "actor": erasure.actor, "purpose": erasure.reason}
    end = {"tenant": row.tenant, "at": erasure.key_gone_at, "object": row.object_key, "state": erasure.state}
    details(said | end, as_json=as_json)


def _check_purpose(purpose: str) -> None:
    if not purpose.strip() or len(purpose) > 128:
        raise WrongUsage("--purpose needs 1 to 128 characters: it is kept in the audit log")


class _Audit:
    """Facts about one tenant's keys."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._store, self._tenant, self._database = AuditStore(database), tenant, database

    async def says(self, kind: str, **said: str | int) -> None:
        fact = AuditFact(kind=kind, tenant=self._tenant, details={"actor": actor(), **said})
        await self._store.append(fact, utc_now())

    async def open_epoch(self) -> int:
        """Return the epoch whose beginning is the last that is on the record; 0 when its end is there."""
        newest = await self._store.newest_of(self._tenant, (_BEGUN, _DESTROYED))
        epoch = 0 if newest is None or newest.kind != _BEGUN else newest.details.get("epoch")
        return epoch if isinstance(epoch, int) else 0

    async def n_old(self, epoch: int) -> int:
        return sum([await keys.count_before(self._tenant, epoch) for keys in all_keys(self._database)])


async def _rotate(rotation: Rotation, audit: _Audit, purpose: str, *, as_json: bool) -> dict[str, object]:
    open_epoch = await audit.open_epoch()
    epochs = await rotation.begin(purpose, open_epoch)
    epoch = epochs.epochs[0]
    if epoch != open_epoch:  # it is new, or who made it was killed before he could say so
        await audit.says(_BEGUN, epoch=epoch, purpose=purpose)
    adopted = await rotation.adopted_at(epochs)
    with Progress(console=Console(file=sys.stderr), disable=as_json or not sys.stderr.isatty()) as progress:
        task = progress.add_task("re-wrapping", total=await audit.n_old(epoch))
        n_done, refused = await rotation.rewrap(epoch, lambda n: progress.advance(task, n))
    n_journals = await rotation.rewrap_quarantined()
    await audit.says("keys.rewrapped", epoch=epoch, headers=n_done, refused=len(refused))
    waits = None if adopted is None else await rotation.waiting(epoch, adopted)
    destroyed: tuple[int, ...] = ()
    if waits is not None and not waits.anything:
        destroyed = await rotation.finish(purpose)
        await audit.says(_DESTROYED, epochs=" ".join(map(str, destroyed)), purpose=purpose)
    counts = {"epoch": epoch, "rewrapped": n_done, "rewrapped_in_quarantine": n_journals, "refused": refused}
    end = {"waiting": asdict(waits or Waiting()), "destroyed": destroyed, "why": _why(waits)}
    return counts | {"finished": not end["why"]} | end


def _why(waits: Waiting | None) -> str:
    """What keeps the old identity, and what to do; nothing when it is destroyed."""
    if waits is None:
        return "the running PBX refused to reload and records for the old identity: see `pbx reload`"
    if not waits.anything:
        return ""
    return (
        f"{waits.headers} headers, {waits.journals} journals and {waits.calls} calls need the old identity; "
        "repeat when the journals are finished and the calls are over"
    )
