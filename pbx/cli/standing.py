"""What is wrong now, in one list: what the processes have left as alarms, and what database and files show.

A new alarm is a line in the process that sees it (`AlarmFolder.settle`), or a source here when it can be seen
without one: that holds when the process is dead, too.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta

from pbx.call.recording_facts import UNSPOKEN
from pbx.cli.site import Site
from pbx.consent.rules import STALE_AFTER, ConsentRules
from pbx.core.alarm import StandingAlarm
from pbx.core.io.alarms import AlarmFolder
from pbx.core.io.clock import utc_now
from pbx.fraud.effects import OUTBOUND
from pbx.lifecycle.approval import UNSEEN
from pbx.lifecycle.complaint import is_due, last_day
from pbx.lifecycle.self_check import DONE
from pbx.recording.io.log_keeper import LATE_S
from pbx.recording.watermarks import Level
from pbx.runner import spare_watch, spool_watch
from pbx.store.approvals import ApprovalStore
from pbx.store.audit import AuditStore
from pbx.store.audit_log import AuditLog
from pbx.store.breakers import BreakerStore
from pbx.store.complaints import unanswered
from pbx.store.database import Database
from pbx.store.overrides import OverrideStore
from pbx.store.tolls import TollStore
from pbx.verify.facts import GUESS_WAVE
from pbx.verify.throttles import WAVE

LATE = timedelta(seconds=LATE_S)
MAX_NAMED = 5  # accounts in one line
NO_BEEP = "audio.no_beep"
UNSPOKEN_FOR = timedelta(days=1)  # such calls come as they like; a day without one is no sign of better
UNCHECKED = timedelta(days=2)  # a night was left out


async def standing(place: Site) -> list[StandingAlarm]:
    """Return every standing alarm, the oldest first."""
    found = [
        *AlarmFolder(place.places.alarms).standing(),
        *_spools(place),
        *stale_rules(place.configuration.rules, utc_now()),
    ]
    if place.database_file.is_file():
        async with place.database() as database:
            for source in _FROM_DATABASE:
                alarm = await source(database, utc_now())
                found += [alarm] if alarm is not None else []
    return sorted(found, key=lambda one: (one.since_at, one.alarm))


def _spools(place: Site) -> list[StandingAlarm]:
    found = []
    state = spool_watch.read(place.places.spool_state)
    if state is not None and state.level is not Level.ROOM:
        text = f"{state.level}: {state.used_percent} % is used"
        found.append(StandingAlarm(alarm="spool", since_at=state.since_at, text=text))
    spare = spare_watch.read(place.places.spare_state)
    if spare is not None and (text := _spare(spare)):
        found.append(StandingAlarm(alarm="spare_spool", since_at=spare.since_at, text=text))
    return found


def _spare(spare: spare_watch.SpareState) -> str:
    if not spare.is_there:
        return "away"
    said = [f"{spare.journals} recordings lie in it"] if spare.journals else []
    said += [f"{spare.level}: {spare.used_percent} % is used"] if spare.level is not Level.ROOM else []
    return ", ".join(said)


def stale_rules(rules: ConsentRules, now: datetime) -> list[StandingAlarm]:
    """Rules of recording that nobody has checked for a year (C-18)."""
    old = rules.stale(now.date())
    if not old:
        return []
    first = min(rule.checked_on for rule in old)
    since_at = datetime.combine(first + STALE_AFTER + timedelta(days=1), time.min, tzinfo=UTC)
    text = f"{len(old)} rules are not checked for a year: `pbx consents rules --stale`"
    return [StandingAlarm(alarm="stale_rules", since_at=since_at, text=text)]


async def _log(database: Database, now: datetime) -> StandingAlarm | None:
    """An entry that nobody has signed in time; a missing and an old checkpoint are the same."""
    log = AuditLog(database)
    newest, size = await log.newest(), await log.size()
    signed = 0 if newest is None else newest.size
    unsigned = [leaf.fact[1] for leaf in await log.leaves(signed, 1) if leaf.fact is not None]
    since_at = unsigned[0] if unsigned else (newest.at if newest is not None else now)
    if signed >= size or now - since_at <= LATE:
        return None
    text = f"{size - signed} entries are not signed, {signed} are"
    return StandingAlarm(alarm="log_unsigned", since_at=since_at, text=text)


async def _self_check(database: Database, now: datetime) -> StandingAlarm | None:
    newest = await AuditStore(database).newest(DONE)
    if newest is None:
        return None
    at, fact = newest
    if failed := fact.details.get("failed"):
        return StandingAlarm(alarm="self_check", since_at=at, text=f"{failed} recordings do not verify")
    if now - at > UNCHECKED:
        return StandingAlarm(alarm="self_check", since_at=at, text="no check since then")
    return None


async def _glass(database: Database, now: datetime) -> StandingAlarm | None:
    """Somebody has heard a recording without a second person, and no second person has looked into it."""
    unseen = await ApprovalStore(database).unseen_glass(now - UNSEEN)
    if not unseen:
        return None
    text = f"{len(unseen)} broken, nobody has looked into it: `pbx access seen {unseen[0].request}`"
    return StandingAlarm(alarm="glass_broken", since_at=unseen[0].decided_at or now, text=text)


async def _breaker(database: Database, now: datetime) -> StandingAlarm | None:
    """Somebody seems to go through a tenant's customers: nobody is verified by date of birth."""
    off = await BreakerStore(database).off(now)
    if not off:
        return None
    names = ", ".join(sorted(one.tenant for one in off))
    text = f"{names}: the date of birth verifies nobody: `pbx verification breaker`"
    return StandingAlarm(alarm="verification_breaker", since_at=off[0].opened_at, text=text)


async def _guess_wave(database: Database, now: datetime) -> StandingAlarm | None:
    """One date was tried for many numbers within the last hour."""
    newest = await AuditStore(database).newest(GUESS_WAVE)
    if newest is None or newest[0] <= now - WAVE:
        return None
    at, fact = newest
    text = f"{fact.tenant}: one date of birth was tried for many numbers, through {fact.details.get('trunk')}"
    return StandingAlarm(alarm="verification_guesses", since_at=at, text=text)


async def _override(database: Database, now: datetime) -> StandingAlarm | None:
    """What two people had lowered has run out: the law holds again, which may not be what was wanted."""
    over = await OverrideStore(database).run_out(now)
    if not over:
        return None
    first = over[0]
    text = f"{len(over)} have run out, and the law holds again: {first.tenant} {first.region}"
    return StandingAlarm(alarm="override_expired", since_at=first.expires_at, text=text)


async def _complaints(database: Database, now: datetime) -> StandingAlarm | None:
    """Somebody has complained, and the last day to acknowledge that is near or over."""
    due = [one for one in await unanswered(database) if is_due(one[1], now)]
    if not due:
        return None
    first, received_at = due[0]
    text = f"{len(due)} wait, {first} until {last_day(received_at)}: `pbx privacy complaint list`"
    return StandingAlarm(alarm="complaint_due", since_at=received_at, text=text)


async def _suspended(database: Database, _now: datetime) -> StandingAlarm | None:
    """Somebody may not call the network any more, and nobody has looked into it."""
    held = [one for one in await TollStore(database).holds() if one.what == OUTBOUND]
    if not held:
        return None
    said = ", ".join(f"{one.tenant} {one.account} ({one.cause})" for one in held[:MAX_NAMED])
    more = f" and {len(held) - MAX_NAMED} more" if len(held) > MAX_NAMED else ""
    text = f"{said}{more}: `pbx fraud release`"
    return StandingAlarm(alarm="toll_suspended", since_at=held[0].since_at, text=text)


async def _unspoken(database: Database, now: datetime) -> StandingAlarm | None:
    """Within the day somebody was not told of the recording, for want of words, nor recorded (C-05)."""
    newest = await AuditStore(database).newest(UNSPOKEN)
    if newest is None or newest[0] <= now - UNSPOKEN_FOR:
        return None
    at, fact = newest
    text = f"{fact.tenant}: no words in {fact.details.get('language')}, so such calls are not recorded"
    return StandingAlarm(alarm="consent_unspoken", since_at=at, text=text)


async def _no_beep(database: Database, now: datetime) -> StandingAlarm | None:
    """Within the day a party was recorded without the beep that its region wants (C-13)."""
    newest = await AuditStore(database).newest(NO_BEEP)
    if newest is None or newest[0] <= now - UNSPOKEN_FOR:
        return None
    at, fact = newest
    text = f"{fact.tenant}: {fact.details.get('detail')}: `pbx calls show {fact.call}`"
    return StandingAlarm(alarm="beep_missing", since_at=at, text=text)


_FROM_DATABASE: tuple[Callable[[Database, datetime], Awaitable[StandingAlarm | None]], ...] = (
    _log,
    _self_check,
    _glass,
    _breaker,
    _guess_wave,
    _override,
    _suspended,
    _unspoken,
    _no_beep,
    _complaints,
)
