"""Erasures and the nightly keeper over a real vault, database, spool and directory of objects."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pbx.core.errors import ConfigError
from pbx.core.io.clock import utc_now
from pbx.lifecycle import receipt
from pbx.lifecycle.erasure import Erasure
from pbx.lifecycle.hold import LegalHold
from pbx.lifecycle.io.due import Stores
from pbx.lifecycle.io.eraser import FAULT_POINTS, Eraser
from pbx.lifecycle.io.keeper import LifeKeeper
from pbx.lifecycle.io.object_holds import settle
from pbx.lifecycle.io.opened import policies, stores
from pbx.lifecycle.io.sweeper import Sweeper
from pbx.lifecycle.nights import AFTER_START, NOTICE
from pbx.lifecycle.retention import RetentionPolicy, Term
from pbx.recording.io.object_store import LocalDirectory
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.manifest import is_signed_by
from pbx.store import erasures as store_erasures
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

    return Eraser(stores(site.database).erasures, site.store, site.vault, [site.spool], fault=fault)


def keeper(site: Site, policy: RetentionPolicy = POLICY) -> LifeKeeper:
    return LifeKeeper(
        stores=stores(site.database),
        eraser=eraser(site),
        sweeper=Sweeper(stores(site.database).erasures, site.store, site.vault),
        store=site.store,
        policies=lambda: {"acme": policy},
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


async def test_each_recording_that_is_erased_is_told_once(site: Site) -> None:
    """It moves the bar of `pbx recordings erase --due`."""
    opened, told = stores(site.database), list[int]()
    await opened.erasures.ask(WISH, utc_now())
    one = Eraser(opened.erasures, site.store, site.vault, [site.spool], told=told.append)
    assert (await one.work(), await one.work()) == (1, 0)
    assert told == [1]


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
    alone = Eraser(stores(site.database).erasures, site.store, nobody, [site.spool])
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
async def test_what_is_due_goes_the_second_after_its_last(site: Site) -> None:
    """Seen to fall due a day before: 90 days are not one day more."""
    end = (await site.row("rec1")).started_at + timedelta(days=90)
    life = keeper(site)
    await life.tick(end - NOTICE - AFTER_START)
    await life.tick(end - NOTICE)
    assert await stores(site.database).notices.all() == {"rec1": end - NOTICE}
    await life.tick(end - timedelta(seconds=1))
    assert len(await site.objects_stored()) == 1
    await life.tick(end)
    assert (await erased(site)).ground == "retention"


@pytest.mark.requirement("D-07")
async def test_what_was_due_before_anybody_looked_has_its_day_of_notice(site: Site) -> None:
    """As after an upgrade; a start is not a look, and a restart does not begin the day anew."""
    now = (await site.row("rec1")).started_at + timedelta(days=900)
    life, seen = keeper(site), now + AFTER_START
    await life.tick(now)
    assert await stores(site.database).notices.all() == {}
    await life.tick(seen)
    again = keeper(site)
    await again.tick(seen + NOTICE - AFTER_START - timedelta(seconds=1))
    await again.tick(seen + NOTICE - timedelta(seconds=1))
    assert len(await site.objects_stored()) == 1
    await again.tick(seen + NOTICE)
    assert (await erased(site)).ground == "retention"


@pytest.mark.requirement("D-07")
async def test_longer_terms_within_the_day_save_it(site: Site) -> None:
    now = (await site.row("rec1")).started_at + timedelta(days=900)
    life = keeper(site)
    await life.tick(now)
    await life.tick(now + AFTER_START)
    life.policies = lambda: {"acme": RetentionPolicy(otherwise=Term(days=1000))}
    await life.tick(now + AFTER_START + NOTICE)
    assert len(await site.objects_stored()) == 1
    assert await stores(site.database).notices.all() == {}


@pytest.mark.requirement("D-05")
async def test_a_hold_keeps_what_is_due_and_its_release_lets_it_go(site: Site) -> None:
    opened, life = stores(site.database), keeper(site)
    now = (await site.row("rec1")).started_at + timedelta(days=200)
    hold = await held(opened, now)
    await life.tick(now)
    await life.tick(now + AFTER_START)
    await life.tick(now + AFTER_START + NOTICE)
    (blocked,) = await opened.erasures.blocked()
    assert (blocked.blocked_by, blocked.ground) == ("hold", "retention")
    await opened.holds.release(hold, "bob", "settled", now)
    await life.tick(now + AFTER_START + NOTICE + timedelta(seconds=30))
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


async def test_what_cannot_go_on_does_not_stop_the_others(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of erasures waits for journals that nobody finishes."""
    monkeypatch.setattr(store_erasures, "MAX_WORKED", 2)
    row, opened = await site.row("rec1"), stores(site.database)
    for n in range(2):
        await site.ledger.commit(replace(row, recording=f"x{n}", object_key=f"x{n}", header=b"h"))
        (site.spool / f"x{n}.jrn").write_bytes(b"")
        await opened.erasures.ask(replace(WISH, recording=f"x{n}"), utc_now())
    await opened.erasures.ask(WISH, utc_now())
    assert await eraser(site).work() == 1
    assert await site.objects_stored() == []


async def test_a_copy_that_cannot_be_deleted_stops_only_its_own(site: Site) -> None:
    row, opened = await site.row("rec1"), stores(site.database)
    await site.ledger.commit(replace(row, recording="bad", object_key="bad", header=b"h"))
    (site.spool / "quarantine" / "bad.jrn").mkdir()
    for recording in ("bad", "rec1"):
        await opened.erasures.ask(replace(WISH, recording=recording), utc_now())
    assert await eraser(site).work() == 1
    (waits,) = await opened.erasures.pending()
    assert (waits.recording, waits.state) == ("bad", "key_gone")


@pytest.mark.requirement("D-05")
async def test_a_hold_is_ruled_on_again_by_the_terms_of_the_day(site: Site) -> None:
    """The terms became longer while a hold stood: a released hold must not erase by the old ones."""
    opened = stores(site.database)
    now = (await site.row("rec1")).started_at + timedelta(days=200)
    hold = await held(opened, now)
    await opened.erasures.ask(replace(WISH, ground="retention", blocked_by="hold"), now)
    life = keeper(site, RetentionPolicy(otherwise=Term(days=300)))
    await life.tick(now)
    await opened.holds.release(hold, "bob", "settled", now)
    await life.tick(now)
    assert await opened.erasures.get("rec1") is None
    assert len(await site.objects_stored()) == 1


async def test_the_rule_that_blocks_is_the_one_of_now(site: Site) -> None:
    opened = stores(site.database)
    now = (await site.row("rec1")).started_at + timedelta(days=20)
    await opened.erasures.ask(replace(WISH, blocked_by="hold"), now)
    life = keeper(site, RetentionPolicy(otherwise=Term(days=90, obligation_days=60)))
    await life.tick(now)
    assert [one.blocked_by for one in await opened.erasures.blocked()] == ["obligation"]
    life = replace(life, policies=dict)
    await opened.erasures.block("rec1", "hold")
    await life.tick(now)
    assert [one.blocked_by for one in await opened.erasures.blocked()] == ["terms_unknown"]


async def test_terms_that_are_wrong_stop_what_they_decide_and_nothing_else(site: Site) -> None:
    def wrong() -> dict[str, RetentionPolicy]:
        raise ConfigError("recording.yaml", 1, 1, "retention_days", "not a number")

    opened, life = stores(site.database), replace(keeper(site), policies=wrong)
    now = (await site.row("rec1")).started_at + timedelta(days=200)
    await life.tick(now)
    await life.tick(now + AFTER_START)
    assert len(await site.objects_stored()) == 1
    await opened.erasures.ask(WISH, now)
    await life.tick(now + AFTER_START)
    assert (await erased(site)).is_over


class LockingDirectory(LocalDirectory):
    """Objects with holds; `between` happens after an object was let go."""

    between: LegalHold | None = None
    opened: Stores
    held = False

    async def set_hold(self, key: str) -> bool:
        self.held = True
        return True

    async def clear_hold(self, key: str) -> bool:
        if self.between is not None:  # another process: placed, and told the store before us
            assert await self.opened.holds.place(self.between)
            await self.opened.holds.mark(self.between.hold, "set")
        self.held = False
        return True


@pytest.mark.requirement("E-18")
async def test_a_hold_placed_while_another_is_cleared_stays_on_the_object(site: Site) -> None:
    opened, store = stores(site.database), LockingDirectory(site.objects)
    hold = await held(opened, utc_now())
    await settle(opened.holds, store)
    assert store.held
    await opened.holds.release(hold, "bob", "settled", utc_now())
    store.opened, store.between = opened, replace(hold, hold="h2", case="other")
    assert await settle(opened.holds, store) == 0
    assert store.held
    assert [one.object_hold for one in await opened.holds.of("rec1")] == ["cleared", "set"]


def test_the_terms_are_those_that_are_written_now(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(Path(__file__).parents[2] / "config", folder)
    assert policies(None) == {}
    assert policies(folder)["acme"].otherwise == Term(days=90)
    file = folder / "acme" / "recording.yaml"
    written = file.read_text()
    line = written[: written.index("retention_days: 90")].count("\n") + 1
    file.write_text(written.replace("retention_days: 90", "retention_days: 0"))
    with pytest.raises(ConfigError, match=rf"recording.yaml:{line}:"):
        policies(folder)
