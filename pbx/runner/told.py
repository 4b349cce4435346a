"""Told: what the log says of calls, one line for each change of state."""

import logging

from pbx.call.effects import Audit, SaveCall
from pbx.call.record import CallRecord
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId

# Somebody has to look.
ALARMS = frozenset(
    {
        "fraud.suspended",
        "fraud.country_held",
        "fraud.crowd",
        "recording.pause_overdue",
        "recording.secret_overdue",
        "siprec.unauthorized",
        "siprec.unreachable",
        "spool.filling",
        "spool.spare_away",
        "spool.spare_used",
        "spool.tight",
        "verification.breaker",
        "verification.guess_wave",
    }
)
_log = logging.getLogger("pbx.runner")


class Told:
    """Remembers what was said of each call: its record is saved more often than its state changes."""

    __slots__ = ("_states",)

    def __init__(self) -> None:
        self._states: dict[str, str] = {}

    def tell(self, effect: SaveCall | Audit) -> None:
        """Log a fact of record, or what has become of a call."""
        if isinstance(effect, Audit):
            details = " ".join(f"{key}={value}" for key, value in effect.fact.details.items())
            level = _level(effect.fact.kind)
            _log.log(level, "%s%s %s", _whose(effect.fact), effect.fact.kind, details)
            return
        record, state = effect.record, _state(effect.record)
        if self._states.get(record.call) != state:
            self._states[record.call] = state
            _log.info("call=%s %s %s", record.call, record.direction, state)

    def forget(self, call: CallId) -> None:
        """Nothing more will be said of a call."""
        self._states.pop(call, None)


def _whose(fact: AuditFact) -> str:
    """Of a call, of a tenant, or of the PBX."""
    if fact.call:
        return f"call={fact.call} "
    return f"tenant={fact.tenant} " if fact.tenant else ""


def _level(kind: str) -> int:
    if kind in ALARMS or kind.startswith("audio."):  # somebody hears badly now
        return logging.WARNING
    return logging.ERROR if kind.endswith(".failed") or kind == "spool.full" else logging.INFO


def _state(record: CallRecord) -> str:
    if record.ended_at:
        return f"ended by={record.ended_by} cause={record.cause}"
    return "answered" if record.answered_at else "begun"
