"""The page of metrics: every metric of the catalogue, with what there is at the moment."""

import asyncio
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pbx.core.audit import AuditFact
from pbx.core.dependency import Dependency
from pbx.core.ids import CallId
from pbx.observe import catalogue as c
from pbx.observe.call_counts import CallCounts
from pbx.observe.metric import Metric, Rows
from pbx.recording.watermarks import Watermarks
from pbx.runner import metrics as module
from pbx.runner.disk_watch import DiskLook, DiskWatch
from pbx.runner.ledger import Ledger
from pbx.runner.metrics import MetricsPage, Sources, families
from pbx.runner.outages import WATCHED
from pbx.runner.worker_states import WorkerState
from pbx.services.queues import Queues
from pbx.store.database import Database
from pbx.store.facts import FactStore
from pbx.store.keys import StoreKeys


def worker(legs: int, *, slow: bool = False, connected: bool = True) -> WorkerState:
    """A media worker of this machine."""
    return WorkerState(kind="local", connected=connected, legs=legs, slow=slow, draining=False)


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    """A PBX with a tenant that telephones and one that does not."""
    spool = Watermarks()
    spool.take(50.0)
    disk = DiskWatch({"first": tmp_path}, list)
    disk.newest = DiskLook(
        at=90.0, journals={"first": 3}, quarantined=1, alarms=frozenset({"store_away", "webhook"})
    )
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/pbx.sqlite3")
    return Sources(
        started_at=1e9,
        tenants=("acme", "blue"),
        counts=CallCounts(("acme", "blue")),
        calls=lambda: {"acme": 2},
        registrations=lambda: {"acme": 3, "green": 1},
        stopped=lambda: {"flood": 5, "toll_class_barred": 2},
        suspended=lambda: {"acme": 1},
        queues=Queues(),
        opened=lambda: {("acme", "office"): True, ("acme", "shop"): False},
        carriers=lambda: {("acme", "carrier")},
        workers=lambda: {
            "media-0": worker(4),
            "media-0 former 7": worker(2, connected=False),
            "media-1": worker(0, connected=False, slow=True),
        },
        ledger=Ledger(FactStore(database, StoreKeys.load_or_create(tmp_path))),
        without=lambda: dict.fromkeys(WATCHED, 0) | {Dependency.DNS: 2},
        spool=spool,
        spare=None,
        disk=disk,
    )


def rows(sources: Sources, metric: Metric) -> Rows:
    """The series of one metric at second 100."""
    (family,) = [one for one in families(sources, 100.0) if one.metric is metric]
    return family.rows


def test_every_metric_of_the_catalogue_is_there_in_its_order(sources: Sources) -> None:
    assert [one.metric for one in families(sources, 100.0)] == list(c.ALL)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (c.START_TIME, {(): 1e9}),
        (c.CALLS, {("acme",): 2.0, ("blue",): 0.0}),
        (c.REGISTRATIONS, {("acme",): 3.0, ("blue",): 0.0, ("green",): 1.0}),
        (c.RECORDINGS, {(): 0.0}),
        (c.FACTS_WAITING, {(): 0.0}),
        (c.FACTS_LOST, {(): 0.0}),
        (c.DATABASE_AWAY, {(): 0.0}),
        (c.DEPENDENCY_UP, {(one,): float(one not in ("object_store", "webhook")) for one in Dependency}),
        (c.DEGRADED, {(one,): 2.0 * (one == "dns") for one in WATCHED}),
        (c.SPOOL_USED, {("first",): 0.5}),
        (c.SPOOL_JOURNALS, {("first",): 3.0}),
        (c.QUARANTINED, {(): 1.0}),
        (c.LOOK_AGE, {(): 10.0}),
        (c.DEFENCE_STOPPED, {("flood",): 5.0}),
        (c.TOLL_REFUSED, {("class_barred",): 2.0}),
        (c.WORKER_CONNECTED, {("media-0",): 1.0, ("media-1",): 0.0}),
        (c.WORKER_LEGS, {("media-0",): 6.0, ("media-1",): 0.0}),
        (c.WORKER_SLOW, {("media-0",): 0.0, ("media-1",): 1.0}),
        (c.WORKER_OVERLOADED, {("media-0",): 0.0, ("media-1",): 0.0}),
        (c.WORKER_LATE, {("media-0",): 0.0, ("media-1",): 0.0}),
    ],
)
def test_gauges(sources: Sources, metric: Metric, expected: dict[tuple[str, ...], float]) -> None:
    assert dict(rows(sources, metric)) == expected


@pytest.mark.requirement("R-14")
def test_alarms_of_an_outage_are_there_before_they_stand(sources: Sources) -> None:
    assert dict(rows(sources, c.ALARMS)) == {
        ("database_away",): 0.0,
        ("recordings_stuck",): 0.0,
        ("spool_stalled",): 0.0,
        ("store_away",): 1.0,
        ("vault_away",): 0.0,
        ("webhook",): 1.0,
    }


def test_a_trunk_that_was_taken_away_has_no_state(sources: Sources) -> None:
    for trunk in ("carrier", "former"):
        for kind in ("trunk.up", "trunk.unregistered"):
            sources.counts.fact(AuditFact(kind=kind, tenant="acme", details={"trunk": trunk}))
    assert rows(sources, c.TRUNK_UP) == ((("acme", "carrier"), 1.0),)
    assert rows(sources, c.TRUNK_REGISTERED) == ((("acme", "carrier"), 0.0),)


async def test_who_asks_twice_at_once_is_given_the_same_page(
    sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(module, "monotonic", lambda: now)
    page = MetricsPage(sources)
    first, second = await asyncio.gather(page.text(), page.text())
    assert first is second
    fact = AuditFact(kind="recording.failed", call=CallId("c"), details={"reason": "no recording key"})
    sources.counts.fact(fact)
    assert await page.text() is first
    now += module.FRESH_S
    assert b'pbx_recordings_failed_total{reason="no_key"} 1.0\n' in await page.text()


async def test_the_page_is_what_the_library_reads(sources: Sources) -> None:
    text = (await MetricsPage(sources).text()).decode()
    read = {one.name: one.documentation for one in text_string_to_metric_families(text)}
    assert read == {metric.name.removesuffix("_total"): metric.help for metric in c.ALL}


def test_schedules_are_open_or_not(sources: Sources) -> None:
    assert rows(sources, c.SCHEDULE_OPEN) == ((("acme", "office"), 1.0), (("acme", "shop"), 0.0))
