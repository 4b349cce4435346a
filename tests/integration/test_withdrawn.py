"""A withdrawal reaches back to what was recorded before, by the rule of the region, over real stores."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pbx.call.effects import SaveConsent
from pbx.call.record import ConsentRecord
from pbx.consent.effects import Withdrawal
from pbx.core.ids import CallId
from pbx.lifecycle.io.opened import stores
from pbx.lifecycle.retention import RetentionPolicy, Term
from pbx.store.facts import FactStore
from pbx.store.keys import StoreKeys
from tests.call.captures import proof
from tests.integration.finaliser_site import Site, journal, open_site
from tests.integration.test_eraser import erased, held, keeper

pytestmark = pytest.mark.requirement("C-06")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """One finished recording of a call."""
    async with open_site(tmp_path) as one:
        await journal(one, "rec1")
        await one.finaliser().scan(0.0)
        yield one


async def withdraw(site: Site, policy: Withdrawal, consent: str = "k1", *, early_s: float = 0.0) -> None:
    """Somebody in the call of the recording withdraws, a minute after it began."""
    row = await site.row("rec1")
    said = proof("withdrawn")
    record = ConsentRecord(
        consent=consent,
        call=CallId(row.call),
        tenant="acme",
        at=row.started_at + timedelta(seconds=60 - early_s),
        proof=replace(said, decision=replace(said.decision, withdrawal=policy)),
    )
    keys = StoreKeys.load_or_create(site.root / "store-keys")
    await FactStore(site.database, keys).write([(SaveConsent(record=record), record.at)])


async def test_where_the_rule_says_so_it_is_erased_by_request(site: Site) -> None:
    await withdraw(site, "stop_delete")
    await keeper(site).tick((await site.row("rec1")).started_at + timedelta(hours=1))
    found = await erased(site)
    assert (found.ground, found.reason, found.actor) == ("request", "withdrawn", "withdrawal")


async def test_the_rules_of_most_regions_keep_it(site: Site) -> None:
    await withdraw(site, "stop_keep")
    await keeper(site).tick((await site.row("rec1")).started_at + timedelta(hours=1))
    opened = stores(site.database)
    assert await opened.erasures.get("rec1") is None
    assert (await opened.restrictions.of("rec1"), len(await site.objects_stored())) == ([], 1)


async def test_a_review_restricts_it_once(site: Site) -> None:
    opened, now = stores(site.database), (await site.row("rec1")).started_at + timedelta(hours=1)
    await withdraw(site, "stop_review")
    await keeper(site).tick(now)
    (placed,) = await opened.restrictions.of("rec1")
    assert (placed.reason, placed.actor, placed.stands) == ("withdrawn", "withdrawal", True)
    await opened.restrictions.lift(placed, "bob", "seen", now)
    await keeper(site).tick(now)
    assert [one.stands for one in await opened.restrictions.of("rec1")] == [False], "who has lifted it has"


async def test_of_two_the_strictest_holds(site: Site) -> None:
    await withdraw(site, "stop_review")
    await withdraw(site, "stop_delete", "k2")
    await keeper(site).tick((await site.row("rec1")).started_at + timedelta(hours=1))
    await erased(site)


@pytest.mark.requirement("D-05")
async def test_a_hold_wins_and_its_end_lets_it_go(site: Site) -> None:
    opened, now = stores(site.database), (await site.row("rec1")).started_at + timedelta(hours=1)
    hold = await held(opened, now)
    await withdraw(site, "stop_delete")
    await keeper(site).tick(now)
    (blocked,) = await opened.erasures.blocked()
    assert (blocked.blocked_by, len(await site.objects_stored())) == ("hold", 1)
    await opened.holds.release(hold, "bob", "settled", now)
    await keeper(site).tick(now)
    await erased(site)


@pytest.mark.requirement("D-05")
@pytest.mark.parametrize(
    ("term", "blocked_by"),
    [(Term(days=90, minimum_days=30), "minimum"), (Term(days=90, obligation_days=30), "obligation")],
)
async def test_a_minimum_and_a_statute_win(site: Site, term: Term, blocked_by: str) -> None:
    opened, now = stores(site.database), (await site.row("rec1")).started_at + timedelta(hours=1)
    await withdraw(site, "stop_delete")
    life = keeper(site, RetentionPolicy(otherwise=term))
    await life.tick(now)
    assert [one.blocked_by for one in await opened.erasures.blocked()] == [blocked_by]


async def test_the_terms_of_a_tenant_that_nobody_knows_are_waited_for(site: Site) -> None:
    opened, now = stores(site.database), (await site.row("rec1")).started_at + timedelta(hours=1)
    await withdraw(site, "stop_delete")
    await replace(keeper(site), policies=dict).tick(now)
    assert [one.blocked_by for one in await opened.erasures.blocked()] == ["terms_unknown"]


async def test_what_was_begun_after_it_stays(site: Site) -> None:
    """He has agreed anew, and another recording has begun."""
    await withdraw(site, "stop_delete", early_s=120.0)
    await keeper(site).tick((await site.row("rec1")).started_at + timedelta(hours=1))
    assert await stores(site.database).erasures.get("rec1") is None


async def test_what_is_stored_late_is_found_too(tmp_path: Path) -> None:
    """The store was away: the recording comes after the withdrawal was obeyed for the others."""
    async with open_site(tmp_path) as site:
        await journal(site, "rec1")
        await site.finaliser().scan(0.0)
        row = await site.row("rec1")
        await withdraw(site, "stop_delete")
        now = row.started_at + timedelta(hours=1)
        await keeper(site).tick(now)
        late = replace(row, recording="rec2", object_key="x2", header=b"h")
        await site.ledger.commit(late)
        opened = stores(site.database)
        assert [one.recording for one in await opened.withdrawals.open(now)] == ["rec2"]
        await keeper(site).tick(now)
        assert (await opened.withdrawals.open(now), await opened.erasures.get("rec2") is not None) == (
            [],
            True,
        )
