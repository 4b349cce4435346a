"""`pbx status`: does the PBX of this folder serve, how does it sound, and how much has it stored."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, get_args

from cyclopts import Parameter
from sqlalchemy import func, select

from pbx.cli.audit_outside import outside_status
from pbx.cli.output import DONE, REFUSED, details, fields, listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Site, site
from pbx.cli.standing import standing
from pbx.config.places import Places
from pbx.config.transports import SipSettings
from pbx.core.address import Address
from pbx.core.alarm import StandingAlarm
from pbx.core.audit import AuditFact
from pbx.core.io.clock import utc_now
from pbx.core.io.ready import serving_pid as serving_pid
from pbx.lifecycle.self_check import DONE as DONE_CHECK
from pbx.media.events import AudioFaultKind
from pbx.recording.io.journal_parts import QUARANTINE, journals
from pbx.runner import recorder_states, spare_watch, spool_watch, worker_states
from pbx.runner.counts import read
from pbx.store.audit import AuditStore
from pbx.store.tables import Binding, Call, Recording

# What went wrong with the audio of calls, and what became of their faxes: kinds of audit facts.
MEDIA_FACTS = (
    *(f"audio.{kind}" for kind in get_args(AudioFaultKind)),
    "media.refused",
    "media.overloaded",
    "fax.began",
    "fax.ended",
    "fax.refused",
)
ALARM_COLUMNS = ("alarm", "since_at", "text")
MEDIA_TOPICS = ("audio", "media", "fax")
STANDBY = "standby, 0 forks"  # no call has needed it since this PBX serves
BEFORE_READY = timedelta(minutes=1)  # carriers answer before the start is over and its file is written


OnlyAlarms = Annotated[
    bool,
    Parameter(name="--alarms", negative=(), help="Only what is wrong now; exit code 1 while anything is."),
]


async def status(
    *, only_alarms: OnlyAlarms = False, as_json: AsJson = False, config: ConfigDir = CONFIG
) -> int:
    """Show whether the PBX serves, what is wrong now, and what is stored; exit code 1 when it is down."""
    place = site(config)
    pid = serving_pid(place.places.ready)
    alarms = await standing(place)
    if only_alarms:
        listing([fields(one) for one in alarms], ALARM_COLUMNS, as_json=as_json)
        return DONE if pid is not None and not alarms else REFUSED
    settings = place.configuration.pbx
    report: dict[str, object] = {
        "serving": pid is not None,
        "pid": pid,
        "sip": f"{settings.sip.host}:{settings.sip.port}",
        "sip_listeners": _listeners(settings.sip),
        "vault_socket": place.places.vault_socket.is_socket(),
        "media_sockets": _media_sockets(place.places, settings.media.workers),
        **(_workers(place.places) if pid is not None else {}),
        **(_spool(place.places) if pid is not None else {}),
        **(_recorders(place) if pid is not None else {}),
        **{f"stopped_{reason}": number for reason, number in sorted(read(place.places.stopped).items())},
        **await _stored(place),
        **await _trunks(place),
        **await _media(place),
        **await _self_check(place),
        **await outside_status(place),
        "journals": len(journals(*place.spools)),
        "quarantined": len(journals(*(spool / QUARANTINE for spool in place.spools))),
    }
    if as_json:
        details(report | {"alarms": [fields(one) for one in alarms]}, as_json=True)
    else:
        details(report | {f"ALARM {one.alarm}": _said(one) for one in alarms}, as_json=False)
    return DONE if pid is not None else REFUSED


def _said(alarm: StandingAlarm) -> str:
    return f"since {alarm.since_at:%Y-%m-%d %H:%M:%S} UTC: {alarm.text}"


def _workers(places: Places) -> dict[str, object]:
    """How each media worker was two seconds ago at most."""
    return {f"worker {name}": str(state) for name, state in worker_states.read(places.workers).items()}


def _recorders(place: Site) -> dict[str, object]:
    """How each recorder of others is, in its tenant's order, and those that earlier calls still use."""
    known = recorder_states.read(place.places.recorders)
    configured = [
        f"{tenant.name}/{one.build().name}"
        for tenant in place.configuration.tenants.values()
        for one in (tenant.recording.siprec.servers if tenant.recording.siprec is not None else ())
    ]
    former = [name for name, state in known.items() if name not in configured and state.forks]
    return {f"recorder {name}": str(known.get(name, STANDBY)) for name in (*configured, *former)}


def _spool(places: Places) -> dict[str, object]:
    """How full the spools were a second ago, and whether recordings had to go to the spare one."""
    shown: dict[str, object] = {}
    if (found := spool_watch.read(places.spool_state)) is not None:
        shown |= {"spool": str(found.level), "spool_used_percent": found.used_percent}
    if (spare := spare_watch.read(places.spare_state)) is not None:
        shown["spare_spool"] = str(spare.level) if spare.is_there else "away"
        shown["spare_spool_used_percent"] = spare.used_percent
        shown["spare_spool_journals"] = spare.journals
    return shown


def _listeners(sip: SipSettings) -> str:
    """Every configured socket; the running PBX has those of its start."""
    main = Address(sip.host, sip.port)
    places = [(transport, main) for transport in sip.transports]
    more = [(one.transport, Address(one.host, one.port)) for one in sip.listeners]
    return ", ".join(f"{transport} {address}" for transport, address in (*places, *more))


def _media_sockets(places: Places, workers: int) -> str:
    present = sum(places.media_socket(worker).is_socket() for worker in range(workers))
    return f"{present} of {workers}"


async def _trunks(place: Site) -> dict[str, object]:
    """What is known of each trunk that we register with or watch, since this PBX serves."""
    watched = [
        (tenant.name, trunk.name, topic)
        for tenant in place.configuration.tenants.values()
        for trunk in tenant.trunks.values()
        for topic, wish in (("registration", trunk.registration), ("health", trunk.health))
        if wish is not None
    ]
    since = _since(place)
    if not watched or since is None:
        return {}
    async with place.database() as database:
        facts = await AuditStore(database).trunks(since)
    return {f"trunk {'/'.join(key[:2])} {key[2]}": _state(facts.get(key)) for key in watched}


async def _media(place: Site) -> dict[str, object]:
    """How often each thing happened to the media of calls since this PBX serves, all of them named."""
    since = _since(place)
    if since is None:
        return {}
    async with place.database() as database:
        counts = await AuditStore(database).counts(MEDIA_TOPICS, since)
    return {kind.replace(".", "_"): counts.get(kind, 0) for kind in MEDIA_FACTS}


async def _self_check(place: Site) -> dict[str, object]:
    """When a sample of the recordings was last read back, and how many of it did not verify."""
    if not place.database_file.is_file():
        return {}
    async with place.database() as database:
        newest = await AuditStore(database).newest(DONE_CHECK)
    if newest is None:
        return {"self_check": "not yet"}
    at, fact = newest
    return {
        "self_check": f"{at:%Y-%m-%d %H:%M} UTC, {fact.details.get('checked')} recordings",
        "self_check_failed": fact.details.get("failed"),
    }


def _since(place: Site) -> datetime | None:
    """When this PBX was started; None before the first time."""
    started = place.places.started
    if not started.is_file() or not place.database_file.is_file():
        return None
    return datetime.fromtimestamp(started.stat().st_mtime, UTC) - BEFORE_READY


def _state(fact: AuditFact | None) -> str:
    if fact is None:
        return "not known yet"
    reason = fact.details.get("reason")
    return f"{fact.kind.removeprefix('trunk.')}{f' ({reason})' if reason else ''}"


async def _stored(place: Site) -> dict[str, object]:
    if not place.database_file.is_file():
        return {"calls": 0, "calls_open": 0, "recordings": 0, "registered": 0}
    queries = {
        "calls": select(func.count()).select_from(Call),
        "calls_open": select(func.count()).select_from(Call).where(Call.ended_at.is_(None)),
        "recordings": select(func.count()).select_from(Recording),
        "registered": select(func.count()).select_from(Binding).where(Binding.expires_at > utc_now()),
    }
    async with place.database() as database, database.reading() as session:
        return {name: await session.scalar(query) for name, query in queries.items()}
