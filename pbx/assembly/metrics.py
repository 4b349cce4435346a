"""The metrics of a signalling process: who counts, who looks, who serves; nothing of it where nobody asks."""

import logging
from collections import Counter
from collections.abc import Coroutine, Mapping
from datetime import datetime
from pathlib import Path
from ssl import Purpose, SSLContext, TLSVersion, create_default_context
from typing import Any

from pbx.call.start import TenantPlan
from pbx.config.credentials import read_token
from pbx.config.metrics import MetricsSettings
from pbx.config.models import Configuration
from pbx.config.places import Places
from pbx.core.audit import AuditFact
from pbx.core.io.alarms import AlarmFolder
from pbx.core.io.clock import utc_now
from pbx.observe.call_counts import CallCounts
from pbx.observe.io import loop_lag
from pbx.observe.io.server import MetricsServer, Page
from pbx.recording.status_report import UNREADABLE
from pbx.recording.watermarks import Watermarks
from pbx.runner import fact_watch
from pbx.runner.disk_watch import DiskWatch
from pbx.runner.ledger import Ledger
from pbx.runner.metrics import MetricsPage, Sources
from pbx.runner.observing import Observing
from pbx.runner.runner import Runner
from pbx.runner.spare_watch import SpareWatch
from pbx.store.audit import AuditStore
from pbx.store.calls import LOST

Work = Coroutine[Any, Any, None]
# Facts that others than signalling write; of a failure, only what the start itself has found.
OF_OTHERS = ("recording.finished", UNREADABLE, "recording.failed", "self_check.failed")
_log = logging.getLogger("pbx.metrics")


def observing(config: Configuration) -> Observing | None:
    """Return who counts, None = nobody would read it."""
    return Observing(CallCounts(config.tenants)) if config.pbx.metrics is not None else None


def metrics_work(
    config: Configuration,
    places: Places,
    runner: Runner,
    *,
    facts: tuple[AuditStore, int],
    ledger: Ledger,
    spools: tuple[Watermarks, SpareWatch | None],
) -> tuple[Work, ...]:
    """Return what runs beside the calls; `facts` = the log, and its newest fact before the start."""
    settings, counting = config.pbx.metrics, runner.observing
    if settings is None or counting is None or runner.media is None:
        return ()
    spare = places.spare_spool(config.pbx)
    folders = {"first": places.spool} | ({"spare": spare} if spare is not None else {})
    disk = DiskWatch(folders, AlarmFolder(places.alarms).standing)
    sources = Sources(
        started_at=utc_now().timestamp(),
        tenants=tuple(config.tenants),
        counts=counting.counts,
        calls=lambda: Counter(call.tenant for call in runner.calls.values()),
        registrations=runner.registrations,
        stopped=runner.stopped,
        suspended=runner.tolls.suspended,
        queues=runner.queues,
        opened=lambda: opened(runner.plans, utc_now()),
        carriers=lambda: {(one.tenant, one.name) for one in runner.trunks.carriers},
        workers=runner.media.states,
        ledger=ledger,
        without=lambda: runner.outages.without,
        spool=spools[0],
        spare=spools[1],
        disk=disk,
    )
    server = server_of(settings, places.base, MetricsPage(sources).text)

    def of_others(fact: AuditFact) -> None:
        if fact.kind != "recording.failed" or fact.details.get("reason") == LOST:
            counting.fact(fact)

    work = (
        server.serve(settings.host, settings.port),
        disk.run(),
        fact_watch.watch(*facts, OF_OTHERS, of_others),
        loop_lag.watch(counting.counts.lag),
    )
    return tuple(_contained(one) for one in work)


def opened(plans: Mapping[str, TenantPlan], at: datetime) -> dict[tuple[str, str], bool]:
    """Return which schedules are open, by tenant and name."""
    return {
        (tenant, name): plan.schedules.state(name, at).kind == "open"
        for tenant, plan in plans.items()
        for name in plan.schedules.schedules
    }


def server_of(settings: MetricsSettings, base: Path, page: Page) -> MetricsServer:
    """Return the server, which does not listen yet; relative paths start from `base`."""
    token = read_token(base / settings.token_file) if settings.token_file is not None else None
    return MetricsServer(page, token, _tls(settings, base))


def _tls(settings: MetricsSettings, base: Path) -> SSLContext | None:
    if settings.certificate is None:
        return None
    pair = settings.certificate.below(base)
    context = create_default_context(Purpose.CLIENT_AUTH)
    context.minimum_version = TLSVersion.TLSv1_2
    context.load_cert_chain(pair.chain, pair.key)
    return context


async def _contained(work: Work) -> None:
    """A fault of the metrics ends them, and no call."""
    try:
        await work
    except Exception:
        _log.exception("a part of the metrics has ended: they are not complete until the next start")
