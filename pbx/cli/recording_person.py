"""`pbx recordings erase-person`: all recordings of one person, and one receipt of it (UK GDPR 17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import rfc8785
from cyclopts import Parameter

from pbx.cli.output import DONE, REFUSED, Refusal, WrongUsage, listing
from pbx.cli.progress import Bar
from pbx.cli.recording_copy import write_octets
from pbx.cli.recording_erasure import policy_of, ruled
from pbx.cli.recording_filter import Extension, Filter, Number, of_person
from pbx.cli.recording_life import Reason, word
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Site, TenantName, site
from pbx.cli.vault import actor, vault
from pbx.core.audit import AuditFact
from pbx.core.io.clock import utc_now
from pbx.lifecycle.erasure import Erasure
from pbx.lifecycle.io.due import Stores
from pbx.lifecycle.io.eraser import Eraser
from pbx.lifecycle.io.opened import stores
from pbx.lifecycle.precedence import Ruling
from pbx.lifecycle.retention import Kept
from pbx.recording.io.journal_parts import journals
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.erasures import Wish

MAX_ERASED = 1_000  # in one order: three calls on every day of a year
Receipt = Annotated[
    Path | None, Parameter(name="--out", help="Where the receipt goes; needed without --what-if.")
]
WhatIf = Annotated[bool, Parameter(name="--what-if", negative=(), help="Say what would happen, do nothing.")]
_COLUMNS = ("recording", "started_at", "state", "why")


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """The person, by a number or an extension."""

    number: Number = ""
    extension: Extension = ""
    tenant: TenantName = ""


async def erase_person(
    *,
    reason: Reason,
    whose: Whose = Whose(),  # noqa: B008 - frozen
    out: Receipt = None,
    what_if: WhatIf = False,
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> int:
    """Erase all recordings of a person, with one receipt; what a hold or a term keeps is listed with why."""
    why, place = word("--reason", reason), site(config)
    if bool(whose.number) == bool(whose.extension):
        raise WrongUsage("give --number or --extension")
    if (out is None) != what_if:
        raise WrongUsage("give --out for the receipt, or --what-if")
    if out is not None and out.exists():
        raise Refusal(f"{out} exists already")
    async with place.database() as database:
        opened = stores(database)
        found, gone = await _found(place, database, opened, whose)
        rulings = [(one, await ruled(opened, one, policy_of(place, one.tenant), "request")) for one in found]
        if out is None:
            rows = [_row(one, ruling.action, ruling.cause) for one, ruling in rulings]
        else:
            await _erase(place, opened, rulings, why)
            rows = await _standing(opened, [*(one.recording for one in found), *gone])
            await _write(database, out, rows, (why, place.tenant(whose.tenant).name))
    listing([_told(row) for row in rows], _COLUMNS, as_json=as_json)
    return DONE if what_if or all(row["state"] == "done" for row in rows) else REFUSED


async def _found(
    place: Site, database: Database, opened: Stores, whose: Whose
) -> tuple[list[Kept], list[str]]:
    """His recordings, oldest first, and those erased before, by an order that was broken off, say.

    Refusal when there is none, or one is not finished yet.
    """
    asked = Filter(number=whose.number, extension=whose.extension, tenant=whose.tenant)
    rows, left_out = await of_person(place, database, asked)
    gone = [name for name in left_out if await opened.erasures.get(name) is not None]
    if not rows and not gone:
        raise Refusal("there is no recording in whose call this person took part")
    if len(rows) > MAX_ERASED:
        raise Refusal(
            f"{len(rows)} recordings, one order is for at most {MAX_ERASED}: erase some by ID first"
        )
    unfinished = sorted({row.recording for row in rows} & journals(*place.spools))
    if unfinished:
        raise Refusal(f"the journal of {unfinished[0]} is still in the spool: repeat when it is finished")
    found = [await opened.retained.get(row.recording) for row in rows]
    return [one for one in found if one is not None], gone


async def _erase(place: Site, opened: Stores, rulings: Sequence[tuple[Kept, Ruling]], why: str) -> None:
    """Ask for all of them, and take them as far as they go now."""
    for one, ruling in rulings:
        blocked_by = ruling.cause if ruling.action == "restrict" else ""
        wish = Wish(
            recording=one.recording, ground="request", reason=why, actor=actor(), blocked_by=blocked_by
        )
        await opened.erasures.ask(wish, utc_now())
    with vault(place.places) as client, Bar("erasing", len(rulings)) as bar:
        eraser = Eraser(opened.erasures, place.objects(), client, place.spools, told=bar.advance)
        await eraser.work()


async def _standing(opened: Stores, recordings: Sequence[str]) -> list[dict[str, Any]]:
    """Say of each where it stands."""
    rows: list[dict[str, Any]] = []
    for recording in recordings:
        erasure = await opened.erasures.get(recording)
        if erasure is None:
            raise Refusal(f"no recording {recording}")
        row = _row(erasure, erasure.state, erasure.blocked_by)
        if erasure.receipt is not None and erasure.signature is not None:
            row |= {"receipt": erasure.receipt.decode(), "signature": erasure.signature.hex()}
        held = [hold.case for hold in await opened.holds.of(recording) if hold.stands]
        rows.append(row | ({"held_for": held} if held else {}))
    return rows


async def _write(
    database: Database, out: Path, rows: Sequence[dict[str, Any]], said: tuple[str, str]
) -> None:
    """The receipt into its file; its hash is a fact of the audit log before it has its name."""
    why, tenant = said
    n_done, now = sum(row["state"] == "done" for row in rows), utc_now()
    head: dict[str, Any] = {"person_receipt": 1, "reason": why, "actor": actor(), "at": now.isoformat()}
    octets = rfc8785.dumps({**head, "erased": n_done, "kept": len(rows) - n_done, "recordings": [*rows]})
    details: dict[str, str | int | bool | None] = {"actor": actor(), "reason": why}
    details |= {"erased": n_done, "kept": len(rows) - n_done, "sha256": sha256(octets).hexdigest()}
    fact = AuditFact(kind="person.erased", tenant=tenant, details=details)
    await AuditStore(database).append(fact, now)
    await write_octets(out, octets)


def _row(one: Kept | Erasure, state: str, why: str) -> dict[str, Any]:
    started_at = one.started_at.isoformat(timespec="seconds")
    return {"recording": one.recording, "started_at": started_at, "state": state, "why": why}


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """A line of the listing: the receipts are in the file."""
    return {name: said for name, said in row.items() if name not in ("receipt", "signature")}
