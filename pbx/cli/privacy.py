"""`pbx privacy`: what is kept of whom and why, whose data was reached, and numbers of wrong customers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from pbx.cli.output import Refusal, WrongUsage, complain, details, fields, listing
from pbx.cli.privacy_complaint import app as complaint
from pbx.cli.privacy_person import person
from pbx.cli.recording_life import Reason, word
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Site, TenantName, site
from pbx.cli.vault import actor
from pbx.core.errors import ParseError
from pbx.core.io.clock import utc_now
from pbx.core.phone import to_e164
from pbx.lifecycle.deadline import parse_day
from pbx.lifecycle.reach import Reaching, Touch, gather
from pbx.store.kept import RETENTION
from pbx.store.reach import ReachStore
from pbx.store.rectifications import RectificationStore, Wish
from pbx.store.register import tag_of
from pbx.store.tables import Base

app = App(name="privacy", help="Data protection: register of data, requests, breaches, corrections.")
app.command(person)
app.command(complaint)
_CORRECTIONS = ("rectification", "customer", "reason", "actor", "at")
_REGISTER = ("table", "column", "category", "purpose", "basis", "kept")
_REACHED = ("who", "names", "recordings", "how", "first_at", "last_at")
WrongNumber = Annotated[str, Parameter(name="--number", help="The number that is not his.")]
User = Annotated[str, Parameter(name="--user", help="Whoever this user of the machine was at the time.")]
LinkId = Annotated[str, Parameter(name="--link", help="Whoever had this playback link.")]
Epoch = Annotated[int | None, Parameter(name="--epoch", help="Whoever has the keys of this epoch.")]
Since = Annotated[str, Parameter(name="--since", help="From this day (UTC) on, or minute: 2026-05-03T14:05.")]
Until = Annotated[str, Parameter(name="--until", help="Up to the end of this day (UTC), or that minute.")]


@app.command
def register(*, as_json: AsJson = False) -> None:
    """Say of every column of the database what it is, why and on what basis it is kept, and until when."""
    tables = Base.metadata.tables
    columns = [(name, column, tag_of(column)) for name in sorted(tables) for column in tables[name].columns]
    rows = [
        {"table": name, "column": column.name, **fields(tag), "kept": RETENTION[tag.retention]}
        for name, column, tag in columns
        if tag is not None
    ]
    if as_json:
        listing(rows, _REGISTER, as_json=True)
        return
    grouped: dict[tuple[object, ...], list[str]] = {}
    for row in rows:
        if row["category"] != "none":
            key = tuple(row[word] for word in ("table", "category", "purpose", "basis", "kept"))
            grouped.setdefault(key, []).append(str(row["column"]))
    words = ("table", "category", "purpose", "basis", "kept")
    lines = [{**dict(zip(words, key, strict=True)), "columns": " ".join(of)} for key, of in grouped.items()]
    listing(lines, ("table", "category", "columns", "purpose", "basis", "kept"), as_json=False)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """The time of a breach."""

    since: Since = ""
    until: Until = ""


@app.command
async def reach(
    *,
    user: User = "",
    link: LinkId = "",
    epoch: Epoch = None,
    within: Within = Within(),  # noqa: B008 - frozen
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """List the people whose recordings or calls a stolen account, link or key has reached, or could open."""
    if sum((bool(user), bool(link), epoch is not None)) != 1:
        raise WrongUsage("give one of --user, --link and --epoch")
    if epoch is not None and epoch < 1:
        raise WrongUsage(f"--epoch {epoch}: epochs count from 1, `pbx keys show` has them")
    if epoch is not None and (within.since or within.until):
        raise WrongUsage("a key opens at any time: --since and --until go with --user and --link")
    place = site(config)
    asked = Reaching(
        user=user,
        link=link,
        epoch=epoch,
        since_at=_moment("--since", within.since, timedelta()),
        before_at=_moment("--until", within.until, timedelta(days=1)),
    )
    tenants = {one.name: one.country for one in place.configuration.tenants.values()}
    if tenant:
        tenants = {place.tenant(tenant).name: place.tenant(tenant).country}
    async with place.database() as database:
        store = ReachStore(database, place.store_keys(), tenants)
        touches = await store.with_calls(await _touches(place, store, asked, list(tenants)))
        speakers = await store.speakers(touches)
    found = gather(touches, speakers)
    people = [one for one in found.people if not tenant or one.tenant == tenant]
    for name in found.unknown:
        complain(f"{name} was reached, and no record says any more who spoke")
    if not people and not as_json:
        raise Refusal(f"nobody is reached: {found.n_touches} accesses fit")
    listing([fields(one) for one in people], _REACHED, as_json=as_json)


@app.command
async def rectify(
    customer: str,
    /,
    *,
    number: WrongNumber,
    reason: Reason,
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Take a number from a customer whose it is not: from now on, on every import, and in past calls."""
    place, why = site(config), word("--reason", reason)
    chosen = place.tenant(tenant)
    e164 = to_e164(number, chosen.country)
    if e164 is None:
        raise Refusal(f"{number} is not a telephone number in {chosen.country}")
    wish = Wish(tenant=chosen.name, customer=customer, number=e164, reason=why, actor=actor())
    async with place.database() as database:
        done = await RectificationStore(database, place.store_keys()).rectify(wish, utc_now())
    if done is None:
        raise Refusal(f"{chosen.name} has no customer {customer}: `pbx customers find` shows the reference")
    details(fields(done), as_json=as_json)


@app.command
async def rectifications(
    *, tenant: TenantName = "", as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """List the numbers that were taken from customers, newest first; the numbers themselves are not kept."""
    place = site(config)
    chosen = place.tenant(tenant)
    async with place.database() as database:
        found = await RectificationStore(database, place.store_keys()).list(chosen.name)
    listing([fields(one) for one in found], _CORRECTIONS, as_json=as_json)


async def _touches(place: Site, store: ReachStore, asked: Reaching, tenants: list[str]) -> list[Touch]:
    if asked.epoch is None:
        keys = list(_keys_given(place.places.vault_audit, asked)) if asked.user else []
        return [*await store.accesses(asked), *keys]
    touches, n_unread = await store.opened_by(asked.epoch, tenants)
    if n_unread:
        complain(f"of {n_unread} recordings nobody knows the epoch yet: `pbx keys rotate` looks at them")
    return touches


def _keys_given(path: Path, asked: Reaching) -> Iterator[Touch]:
    """What the vault's own record says: whoever asked it for a key past the access log is found here."""
    if not path.is_file():
        return
    with path.open("rb") as lines:
        for octets in lines:
            try:
                line: dict[str, Any] = json.loads(octets)
                at = datetime.fromisoformat(str(line["at"]))
            except (ValueError, KeyError, TypeError):
                continue
            is_theirs = line.get("kind") == "recording.unwrapped" and line.get("actor") == asked.user
            if is_theirs and asked.is_within(at):
                yield Touch(recording=str(line.get("recording", "")), call="", at=at, how="key")


def _moment(option: str, text: str, rest: timedelta) -> datetime | None:
    """Return a moment in UTC, `rest` after the beginning of a day; WrongUsage for what is neither."""
    if not text:
        return None
    try:
        if "T" in text:
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        day: date = parse_day(option, text)
    except (ParseError, ValueError):
        raise WrongUsage(f"{option}: {text!r} is neither 2026-05-03 nor 2026-05-03T14:05") from None
    return datetime.combine(day, time(), UTC) + rest
