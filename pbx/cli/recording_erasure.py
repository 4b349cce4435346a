"""`pbx recordings erase | erasures | receipt`: what is taken away for ever, and the proof of it."""

from datetime import datetime, timedelta
from typing import Annotated

from cyclopts import Parameter, validators

from pbx.cli.output import DONE, REFUSED, Refusal, WrongUsage, details, fields, listing
from pbx.cli.progress import Bar
from pbx.cli.recording_life import word
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Limit, Site, site
from pbx.cli.vault import actor, answered, vault
from pbx.config.retention import MAX_DAYS
from pbx.core.io.clock import utc_now
from pbx.lifecycle import receipt as receipts
from pbx.lifecycle.erasure import Erasure, Extent
from pbx.lifecycle.io.due import Policies, Stores, ask, due
from pbx.lifecycle.io.eraser import Eraser
from pbx.lifecycle.io.opened import stores
from pbx.lifecycle.nights import NOTICE
from pbx.lifecycle.precedence import Block, Ground, Ruling, rule
from pbx.lifecycle.retention import Kept, RetentionPolicy, ends_at, purposes, standing
from pbx.recording.io.journal_parts import journals
from pbx.recording.manifest import is_signed_by
from pbx.store.database import Database
from pbx.store.erasures import ErasureStore, Wish

WhatIf = Annotated[bool, Parameter(name="--what-if", negative=(), help="Say what would happen, do nothing.")]
Due = Annotated[bool, Parameter(name="--due", negative=(), help="All whose retention is over, as at night.")]
Falling = Annotated[bool, Parameter(name="--due", negative=(), help="What falls due, the soonest first.")]
_within = validators.Number(gte=0, lte=MAX_DAYS)
Days = Annotated[int, Parameter(name="--days", validator=_within, help="With --due: within so many days.")]
WhyOrDue = Annotated[str, Parameter(name="--reason", help="Why; needed with an ID, kept on the record.")]
_COLUMNS = ("recording", "tenant", "started_at", "ground", "extent", "state", "blocked_by", "asked_at")
_FALLING = (
    "recording",
    "tenant",
    "kind",
    "started_at",
    "until",
    "announced_at",
    "erased_from",
    "action",
    "cause",
)
_DUE = ("recording", "tenant", "kind", "started_at", "purposes", "until", "action", "cause")


async def erase(
    recording: str = "",
    /,
    *,
    reason: WhyOrDue = "",
    all_due: Due = False,
    what_if: WhatIf = False,
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> int:
    """Erase a recording: key, object, row; or restrict it while a hold, a statute or a minimum keeps it."""
    if all_due == bool(recording):
        raise WrongUsage("give the ID of one recording, or --due")
    place = site(config)
    if all_due:
        return await _erase_due(place, what_if=what_if, as_json=as_json)
    why = word("--reason", reason)
    async with place.database() as database:
        kept = await _kept(stores(database), recording)
        policy = policy_of(place, kept.tenant)
        ruling = await ruled(stores(database), kept, policy, "request")
        if what_if:
            listing([_row(kept, policy, ruling)], _DUE, as_json=as_json)
            return DONE
        erasure = await carry_out(place, database, kept, (why, "all"))
    details(_shown(erasure), as_json=as_json)
    return DONE if erasure.is_over else REFUSED


async def erasures(
    *,
    falling: Falling = False,
    days: Days = 1,
    limit: Limit = 25,
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """List erasures, newest first: done, on their way, or blocked by a rule; or what falls due."""
    place = site(config)
    async with place.database() as database:
        if falling:
            rows = await _falling(stores(database), _policies(place), days)
            listing(rows[:limit], _FALLING, as_json=as_json)
            return
        found = await ErasureStore(database).list(limit)
    listing([_shown(one) for one in found], _COLUMNS, as_json=as_json)


async def receipt(recording: str, /, *, as_json: AsJson = False, config: ConfigDir = CONFIG) -> int:
    """Show the signed receipt of an erasure; exit code 1 when its signature is wrong."""
    place = site(config)
    async with place.database() as database:
        erasure = await ErasureStore(database).get(recording)
    if erasure is None:
        raise Refusal(f"{recording} was never erased")
    if erasure.receipt is None or erasure.signature is None:
        raise Refusal(f"the erasure of {recording} is not over: it is {erasure.state}")
    with vault(place.places) as client:
        key = answered(await client.public_key())
    genuine = is_signed_by(key, erasure.receipt, erasure.signature)
    proof = {"signature": erasure.signature.hex(), "signing_key": key.hex(), "genuine": genuine}
    details(dict(receipts.parse(erasure.receipt)) | proof, as_json=as_json)
    return DONE if genuine else REFUSED


async def carry_out(place: Site, database: Database, kept: Kept, wish: tuple[str, Extent]) -> Erasure:
    """Ask for an erasure as the person at the keyboard and take it as far as it goes now.

    Refusal while the recording is still being finished; what is left to do, the running PBX does.
    """
    why, extent = wish
    if kept.recording in journals(*place.spools):
        raise Refusal(f"the journal of {kept.recording} is still in the spool: repeat when it is finished")
    opened = stores(database)
    ruling = await ruled(opened, kept, policy_of(place, kept.tenant), "request")
    asked = Wish(
        recording=kept.recording,
        ground="request",
        extent=extent,
        reason=why,
        actor=actor(),
        blocked_by=ruling.cause if ruling.action == "restrict" else "",
    )
    await opened.erasures.ask(asked, utc_now())
    with vault(place.places) as client, Bar("erasing"):
        await Eraser(opened.erasures, place.objects(), client, place.spools).work(kept.recording)
    erasure = await opened.erasures.get(kept.recording)
    if erasure is None:
        raise Refusal(f"no recording {kept.recording}")
    return erasure


def policy_of(place: Site, tenant: str) -> RetentionPolicy:
    """Return a tenant's terms; Refusal when nobody knows them, because a statute may be among them."""
    found = place.configuration.tenants.get(tenant)
    if found is None:
        raise Refusal(f"the tenant {tenant} is not configured any more: nobody knows its terms of retention")
    return found.retention


async def ruled(opened: Stores, kept: Kept, policy: RetentionPolicy, ground: Ground) -> Ruling:
    """Return what becomes of a recording that somebody wants erased."""
    held = await opened.holds.held([kept.recording])
    known: list[Ground | Block] = [ground, "hold"] if held else [ground]
    return rule(standing(kept, policy, utc_now(), known))


async def _erase_due(place: Site, *, what_if: bool, as_json: bool) -> int:
    policies = _policies(place)
    async with place.database() as database:
        opened = stores(database)
        rows = await _due_rows(opened, policies, utc_now())
        if not what_if:
            for tenant, policy in sorted(policies.items()):
                found = await due(opened, tenant, policy, utc_now())
                await ask(opened, found, policy, actor=actor(), now=utc_now())
            n_going = sum(row["action"] == "erase" for row in rows)
            with vault(place.places) as client, Bar("erasing", n_going) as bar:
                spools, objects = place.spools, place.objects()
                await Eraser(opened.erasures, objects, client, spools, told=bar.advance).work()
    listing(rows, _DUE, as_json=as_json)
    return DONE


def _policies(place: Site) -> Policies:
    return {name: tenant.retention for name, tenant in place.configuration.tenants.items()}


async def _falling(opened: Stores, policies: Policies, days: int) -> list[dict[str, object]]:
    """What falls due within some days, the soonest first: since when it is announced, and when it goes."""
    now, since = utc_now(), await opened.notices.all()
    rows = await _due_rows(opened, policies, now + timedelta(days=days))
    for row in rows:
        announced, until = since.get(str(row["recording"])), row["until"]
        assert isinstance(until, datetime)
        row |= {"announced_at": announced, "erased_from": max(until, (announced or now) + NOTICE)}
    return sorted(rows, key=lambda row: str(row["erased_from"]))


async def _due_rows(opened: Stores, policies: Policies, by: datetime) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for tenant, policy in sorted(policies.items()):
        for kept in await due(opened, tenant, policy, by):
            rows.append(_row(kept, policy, await ruled(opened, kept, policy, "retention")))
    return rows


async def _kept(opened: Stores, recording: str) -> Kept:
    kept = await opened.retained.get(recording)
    if kept is None:
        erasure = await opened.erasures.get(recording)
        gone = f"{recording} is erased: see `pbx recordings receipt {recording}`"
        raise Refusal(gone if erasure is not None else f"no recording {recording}")
    return kept


def _row(kept: Kept, policy: RetentionPolicy, ruling: Ruling) -> dict[str, object]:
    what = {"purposes": ", ".join(purposes(kept, policy)), "until": ends_at(kept, policy)}
    return fields(kept, "told") | what | {"action": ruling.action, "cause": ruling.cause}


def _shown(erasure: Erasure) -> dict[str, object]:
    return fields(erasure, "receipt", "signature")


COMMANDS = (erase, erasures, receipt)
