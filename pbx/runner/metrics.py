"""The page of metrics: what was counted, and how things are at the moment at which somebody asks."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from pbx.core.dependency import Dependency, away
from pbx.core.io.clock import monotonic
from pbx.observe import catalogue as c
from pbx.observe.call_counts import CallCounts
from pbx.observe.io import exposition
from pbx.observe.metric import Family, Metric, Rows
from pbx.recording.finaliser_queue import DATABASE, STORE, STUCK_ALARM, VAULT
from pbx.recording.watermarks import Level, Watermarks
from pbx.runner.disk_watch import DiskWatch
from pbx.runner.ledger import Ledger
from pbx.runner.queue_rows import queue_rows
from pbx.runner.spare_watch import SpareWatch
from pbx.runner.worker_states import WorkerState
from pbx.services.queues import Queues

FRESH_S = 0.2  # whoever asks more often is given the same page
TOLL = "toll_"
# Alarms that an outage makes: there with 0 while all is well. Others are there while they stand.
KNOWN_ALARMS = (*(f"{name}_away" for name in (DATABASE, STORE, VAULT)), STUCK_ALARM, "spool_stalled")


Counted = Callable[[], Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Whom the page asks; `tenants` are there without a call too, `carriers` are (tenant, trunk)."""

    started_at: float  # seconds since 1970
    tenants: tuple[str, ...]
    counts: CallCounts
    calls: Counted  # in progress, by tenant
    registrations: Counted  # by tenant
    stopped: Counted  # by reason
    suspended: Counted  # by tenant
    queues: Queues
    opened: Callable[[], Mapping[tuple[str, str], bool]]  # by tenant and schedule
    carriers: Callable[[], Collection[tuple[str, str]]]
    workers: Callable[[], Mapping[str, WorkerState]]
    ledger: Ledger
    without: Callable[[], Mapping[Dependency, int]]  # how often calls had to do without
    spool: Watermarks
    spare: SpareWatch | None
    disk: DiskWatch


class MetricsPage:
    """Made by one at a time, and no more often than each FRESH_S."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._lock = asyncio.Lock()
        self._octets, self._made = b"", float("-inf")

    async def text(self) -> bytes:
        """Return the page."""
        async with self._lock:
            if (now := monotonic()) - self._made >= FRESH_S:
                self._octets = await exposition.page(families(self._sources, now))
                self._made = now
            return self._octets


def families(sources: Sources, now: float) -> list[Family]:
    """Return every metric as it is at monotonic `now`, in the order of the catalogue."""
    rows: dict[Metric, Rows] = {one.metric: one.rows for one in sources.counts.families()}
    for metric in (c.TRUNK_UP, c.TRUNK_REGISTERED):
        rows[metric] = _of_trunks(rows[metric], sources.carriers())
    rows |= _calls(sources, now) | _disks(sources, now) | _workers(sources.workers())
    rows |= _refusals(sources.stopped())
    rows[c.TOLL_SUSPENDED] = _by_name(sources.tenants, sources.suspended())
    rows[c.SCHEDULE_OPEN] = tuple((name, float(is_open)) for name, is_open in sources.opened().items())
    rows |= queue_rows(sources.queues, now)
    return [Family(metric, rows[metric]) for metric in c.ALL]


def _of_trunks(rows: Rows, watched: Collection[tuple[str, str]]) -> Rows:
    """A reload may have taken a trunk away: nobody needs to know that it is not registered any more."""
    return tuple(row for row in rows if row[0] in watched)


def _calls(sources: Sources, now: float) -> dict[Metric, Rows]:
    ledger = sources.ledger
    return {
        c.START_TIME: _one(sources.started_at),
        c.CALLS: _by_name(sources.tenants, sources.calls()),
        c.REGISTRATIONS: _by_name(sources.tenants, sources.registrations()),
        c.RECORDINGS: _one(sources.counts.n_recordings),
        c.FACTS_WAITING: _one(ledger.n_waiting),
        c.FACTS_LOST: _one(ledger.dropped + ledger.refused),
        c.DATABASE_AWAY: _one(ledger.away_s(now)),
    }


def _disks(sources: Sources, now: float) -> dict[Metric, Rows]:
    look, spare = sources.disk.newest, sources.spare
    used = {"first": sources.spool.used_percent / 100}
    if spare is not None:
        used["spare"] = spare.used_percent / 100
    gone = away(look.alarms) | ({Dependency.SPOOL} if sources.spool.level is Level.FULL else set())
    alarms = dict.fromkeys(KNOWN_ALARMS, 0.0) | dict.fromkeys(sorted(look.alarms), 1.0)
    return {
        c.SPOOL_USED: _named(used),
        c.SPOOL_JOURNALS: _named(look.journals),
        c.QUARANTINED: _one(look.quarantined),
        c.LOOK_AGE: _one(now - look.at),
        c.ALARMS: _named(alarms),
        c.DEPENDENCY_UP: _named({one: float(one not in gone) for one in Dependency}),
        c.DEGRADED: _named({str(one): times for one, times in sources.without().items()}),
    }


def _workers(states: Mapping[str, WorkerState]) -> dict[Metric, Rows]:
    """Each place once: a predecessor that drains has a number of its own, and there is no end to those."""
    legs: Counter[str] = Counter()
    now: dict[str, WorkerState] = {}
    for name, state in states.items():
        place, former, _ = name.partition(" former ")
        legs[place] += state.legs
        if not former:
            now[place] = state
    return {
        c.WORKER_CONNECTED: _named({name: float(state.connected) for name, state in now.items()}),
        c.WORKER_LEGS: _named(legs),
        c.WORKER_SLOW: _named({name: float(state.slow) for name, state in now.items()}),
        c.WORKER_OVERLOADED: _named({name: float(state.overloaded) for name, state in now.items()}),
        c.WORKER_LATE: _named({name: state.late_ms / 1000 for name, state in now.items()}),
    }


def _refusals(stopped: Mapping[str, int]) -> dict[Metric, Rows]:
    tolls = {name.removeprefix(TOLL): n for name, n in stopped.items() if name.startswith(TOLL)}
    others = {name: n for name, n in stopped.items() if not name.startswith(TOLL)}
    return {c.DEFENCE_STOPPED: _named(others), c.TOLL_REFUSED: _named(tolls)}


def _one(value: float) -> Rows:
    return (((), float(value)),)


def _named(values: Mapping[str, float]) -> Rows:
    return tuple(((name,), float(value)) for name, value in values.items())


def _by_name(names: Iterable[str], values: Mapping[str, int]) -> Rows:
    return _named(dict.fromkeys(names, 0) | dict(values))
