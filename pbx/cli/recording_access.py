"""`pbx recordings restrict | lift | restrictions | accesses`: who may hear a recording, and who did."""

from datetime import datetime
from typing import Annotated

from cyclopts import Parameter

from pbx.cli.output import Refusal, details, fields, listing
from pbx.cli.recording_life import Every, Reason, find, word
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Limit, site
from pbx.cli.vault import actor
from pbx.core.audit import AuditFact
from pbx.core.ids import hex_id
from pbx.core.io.clock import utc_now
from pbx.core.io.entropy import SystemIds
from pbx.lifecycle.access import WATCH_KINDS
from pbx.lifecycle.restriction import Restriction
from pbx.store.accesses import AccessStore
from pbx.store.restrictions import RestrictionStore

OnlyOf = Annotated[str, Parameter(help="Only those of one recording, also of one that is erased, or call.")]
_COLUMNS = ("recording", "tenant", "reason", "since_at", "actor", "lifted_at")
_ACCESSES = ("at", "recording", "kind", "form", "actor", "purpose", "span", "forbidden_by")


async def restrict(
    recording: str, /, *, reason: Reason, as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """Restrict a recording: it is kept, and nobody plays it or takes it out until that is lifted."""
    why = word("--reason", reason)
    async with site(config).database() as database:
        row = await find(database, recording)
        placed = Restriction(
            restriction=hex_id(SystemIds()),
            recording=recording,
            tenant=row.tenant,
            reason=why,
            actor=actor(),
            since_at=utc_now(),
        )
        if not await RestrictionStore(database).place(placed):
            raise Refusal(f"no recording {recording}")
    details(fields(placed), as_json=as_json)


async def lift(
    recording: str, /, *, reason: Reason, as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """Lift every restriction of a recording; one that comes from an erasure stays."""
    why = word("--reason", reason)
    async with site(config).database() as database:
        store = RestrictionStore(database)
        wanted = [one for one in await store.of(recording) if one.stands]
        if not wanted:
            raise Refusal(f"{recording} is not restricted by anybody")
        for one in wanted:
            await store.lift(one, actor(), why, utc_now())
        every = await store.of(recording)
    lifted = {one.restriction for one in wanted}
    listing([fields(one) for one in every if one.restriction in lifted], _COLUMNS, as_json=as_json)


async def restrictions(*, every: Every = False, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List the restrictions that stand, oldest first."""
    async with site(config).database() as database:
        found = await RestrictionStore(database).list(every=every)
    listing([fields(one) for one in found], _COLUMNS, as_json=as_json)


async def accesses(
    recording: OnlyOf = "", /, *, limit: Limit = 25, as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """List who looked at, heard or took out recordings, listened to calls, or tried to; newest first."""
    async with site(config).database() as database:
        found = await AccessStore(database).list(limit, recording)
    listing([_access(at, fact) for at, fact in found], _ACCESSES, as_json=as_json)


def _access(at: datetime, fact: AuditFact) -> dict[str, object]:
    """One line; whoever listened to a call in progress did it in a form too: listen, whisper or barge."""
    line: dict[str, object] = {**dict.fromkeys(_ACCESSES, ""), **fact.details}
    if fact.kind in WATCH_KINDS:
        line |= {"actor": fact.details.get("by", ""), "form": fact.details.get("mode", "")}
        line["span"] = f"the call, {fact.details.get('whom', '')}'s side"
    return line | {"at": at, "kind": fact.kind, "call": fact.call, "tenant": fact.tenant}
