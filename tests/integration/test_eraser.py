"""Erasures and the nightly keeper over a real vault, database, spool and directory of objects."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pbx.core.io.clock import utc_now
from pbx.lifecycle import receipt
from pbx.lifecycle.erasure import Erasure
from pbx.lifecycle.hold import LegalHold
from pbx.lifecycle.io.eraser import FAULT_POINTS, Eraser
from pbx.lifecycle.io.keeper import LifeKeeper, Stores
from pbx.lifecycle.io.opened import stores
from pbx.lifecycle.nights import AFTER_START
from pbx.lifecycle.retention import RetentionPolicy, Term
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.manifest import is_signed_by
from pbx.store.erasures import Wish
from tests.integration.finaliser_site import Site, journal, open_site

WISH = Wish(recording="rec1", ground="request", reason="asked for", actor="ada")
POLICY = RetentionPolicy(otherwise=Term(days=90))


class Killed(BaseException):
    """Stands for kill -9 at a named point."""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """One finished recording, a copy of its journal in quarantine."""
    async with open_site(tmp_path) as one:
        path = await journal(one, "rec1")
        aside = one.spool / "quarantine" / "rec1.jrn"
        aside.parent.mkdir()
        aside.write_bytes(path.read_bytes())
        await one.finaliser().scan(0.0)
        yield one


def eraser(site: Site, point: str = "") -> Eraser:
    def fault(name: str) -> None:
        if name == point:
            raise Killed(name)

    return Eraser(stores(site.database).erasures, site.store, site.vault, site.spool, fault=fault)


def keeper(site: Site) -> LifeKeeper:
    return LifeKeeper(
        stores=stores(site.database),
        eraser=eraser(site),
        store=site.store,
        policies=lambda: {"acme": POLICY},
    )


async def secrets(site: Site) -> list[bytes]:
    async with site.database.reading() as session:
        header: bytes = (await session.execute(text("SELECT header FROM recording_keys"))).scalar_one()
    return [line for line in header.split(b"\n") if len(line) >= 43]


def holders(site: Site, lines: list[bytes]) -> list[str]:
    files = [path for path in site.root.rglob("*") if path.is_file()]
    return [path.name for path in files if any(line in path.read_bytes() for line in lines)]


async def erased(site: Site) -> Erasure:
    found = await stores(site.database).erasures.get("rec1")
    assert found is not None and found.receipt is not None and found.signature is not None
    assert is_signed_by(site.keys.public_key, found.receipt, found.signature)
    assert receipt.parse(found.receipt)["recording"] == "rec1"
    assert await site.objects_stored() == []
    assert await site.ledger.list() == []
    return found


@pytest.mark.requirement("REC-10")
@pytest.mark.requirement("E-09")
@pytest.mark.parametrize("point", FAULT_POINTS)
async def test_killed_behind_any_step_it_goes_on_and_nothing_is_left(site: Site, point: str) -> None:
    lines = await secrets(site)
    assert len(holders(site, lines)) > 1
    await stores(site.database).erasures.ask(WISH, utc_now())
    with pytest.raises(Killed):
        await eraser(site, point).work()
    await eraser(site).work()
    assert (await erased(site)).is_over
    assert holders(site, lines) == []


async def test_a_journal_that_is_not_finished_is_waited_for(site: Site) -> None:
    path = site.spool / "rec1.jrn"
    path.write_bytes(b"")
    await stores(site.database).erasures.ask(WISH, utc_now())
    assert await eraser(site).work() == 0
    assert len(await site.objects_stored()) == 1
    path.unlink()
    assert await eraser(site).work() == 1


async def test_without_a_vault_the_receipt_waits_and_the_key_is_gone(site: Site) -> None:
    await stores(site.database).erasures.ask(WISH, utc_now())
    nobody = VaultClient(site.root / "nobody")
    alone = Eraser(stores(site.database).erasures, site.store, nobody, site.spool)
    assert await alone.work() == 0
    (waits,) = await stores(site.database).erasures.pending()
    assert waits.state == "object_gone"
    assert await eraser(site).work() == 1
    await erased(site)


async def held(opened: Stores, at: datetime) -> LegalHold:
    hold = LegalHold(
        hold="h1", recording="rec1", tenant="acme", case="c", reason="r", actor="ada", since_at=at
    )
    assert await opened.holds.place(hold)
    return hold


@pytest.mark.requirement("D-07")
async def test_at_night_what_is_due_goes(site: Site) -> None:
    """The recording began on 2 January: its 90 days end on 2 April."""
    row = await site.row("rec1")
    start = row.started_at + timedelta(days=90) - AFTER_START - timedelta(seconds=1)
    life = keeper(site)
    await life.tick(start)
    await life.tick(start + AFTER_START)  # one second too early
    assert len(await site.objects_stored()) == 1
    late = keeper(site)
    await late.tick(start + timedelta(days=1))
    assert len(await site.objects_stored()) == 1  # not before there was time to stop a wrong term
    await late.tick(start + timedelta(days=1) + AFTER_START)
    assert (await erased(site)).ground == "retention"


@pytest.mark.requirement("D-05")
async def test_a_hold_keeps_what_is_due_and_its_release_lets_it_go(site: Site) -> None:
    opened, life = stores(site.database), keeper(site)
    now = (await site.row("rec1")).started_at + timedelta(days=200)
    hold = await held(opened, now)
    await life.tick(now)
    await life.tick(now + AFTER_START)
    (blocked,) = await opened.erasures.blocked()
    assert (blocked.blocked_by, blocked.ground) == ("hold", "retention")
    await opened.holds.release(hold, "bob", "settled", now)
    await life.tick(now + AFTER_START + timedelta(seconds=30))
    assert (await erased(site)).is_over


async def test_at_the_start_a_keeper_takes_up_what_a_crash_left(site: Site) -> None:
    lines = await secrets(site)
    await stores(site.database).erasures.ask(replace(WISH, extent="key"), utc_now())
    with pytest.raises(Killed):
        await eraser(site, "after_shred").work()
    await keeper(site).tick(utc_now())
    assert holders(site, lines) == []
    found = await stores(site.database).erasures.get("rec1")
    assert found is not None and (found.is_over, found.object) == (True, "kept")
    assert len(await site.objects_stored()) == 1
