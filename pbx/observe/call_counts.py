"""CallCounts: what signalling hears and orders, as metrics. It decides nothing and orders nothing."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from pbx.call.effects import Audit, CallFinished, SaveCall
from pbx.call.events import CallerChecked, CodeHandled
from pbx.call.leg import TRANSFERRED
from pbx.call.record import CallRecord, LegRecord
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.media.events import RecordingStopped, StreamQuality
from pbx.observe import catalogue as c
from pbx.observe.causes import UNREADABLE, call_cause, recording_reason, status_cause
from pbx.observe.metric import Family, Metric
from pbx.observe.program_metrics import ANSWERED, FAILED
from pbx.observe.tally import Tally
from pbx.observe.trunk_legs import TrunkLegs
from pbx.sip.effects import Answer, PlaceCall, Reject
from pbx.sip.events import CallOffered, LegAnswered, LegEnded, LegRejected, LegRinging, TrunkOrigin

MAX_OPEN = 25_000  # calls and recordings that are followed; more than signalling takes
COUNTED: tuple[Metric, ...] = (
    c.CALLS_BEGUN,
    c.CALLS_ENDED,
    c.CALL_DURATION,
    c.INVITES_REFUSED,
    c.MEDIA_REFUSED,
    c.TRUNK_ATTEMPTS,
    c.TRUNK_ANSWERED,
    c.TRUNK_FAILED,
    c.POST_DIAL_DELAY,
    c.TRUNK_DURATION,
    c.TRUNK_OPINION,
    c.TRUNK_UP,
    c.TRUNK_REGISTERED,
    c.RECORDINGS_BEGUN,
    c.RECORDINGS_STORED,
    c.RECORDINGS_FAILED,
    c.RECORDINGS_INTERRUPTED,
    c.RECORDINGS_PAUSED,
    c.CONSENTS_WITHDRAWN,
    c.CONSENTS_UNSPOKEN,
    c.PROMPTS_FELL_BACK,
    c.PROMPTS_MISSING,
    c.PROGRAM_ANSWERS,
    c.RECORDINGS_DAMAGED,
    c.RTP_LOSS,
    c.RTP_JITTER,
    c.RTP_OPINION,
    c.AUDIO_FAULTS,
    c.LOOP_LAG,
    c.HELP_CALLED,
    c.HELP_FAILED,
    c.DEFENCE_BANS,
    c.TOLL_SUSPENSIONS,
    c.VERIFY_TRIES,
    c.VERIFY_CODES,
    c.SPOKEN_ANSWERS,
    c.MARKETING_PASSED,
    c.MARKETING_BLOCKED,
    c.MARKETING_OPT_OUTS,
)
# Facts of record that are counted by their kind alone, and whether by tenant.
_BY_TENANT = {
    "recording.started": c.RECORDINGS_BEGUN,
    "recording.finished": c.RECORDINGS_STORED,
    "emergency.called": c.HELP_CALLED,
    "emergency.failed": c.HELP_FAILED,
    "defence.banned": c.DEFENCE_BANS,
    "fraud.suspended": c.TOLL_SUSPENSIONS,
    "fraud.country_held": c.TOLL_SUSPENSIONS,
    "marketing.passed": c.MARKETING_PASSED,
    "marketing.opted_out": c.MARKETING_OPT_OUTS,
    "consent.unspoken": c.CONSENTS_UNSPOKEN,
    "prompt.fell_back": c.PROMPTS_FELL_BACK,
    "prompt.missing": c.PROMPTS_MISSING,
}
_OF_ALL = {
    "recording.interrupted": c.RECORDINGS_INTERRUPTED,
    "recording.paused": c.RECORDINGS_PAUSED,
    "consent.withdrawn": c.CONSENTS_WITHDRAWN,
    "self_check.failed": c.RECORDINGS_DAMAGED,
    "media.refused": c.MEDIA_REFUSED,
}
_TRUNK_STATES = {
    "trunk.up": (c.TRUNK_UP, 1.0),
    "trunk.down": (c.TRUNK_UP, 0.0),
    "trunk.registered": (c.TRUNK_REGISTERED, 1.0),
    "trunk.unregistered": (c.TRUNK_REGISTERED, 0.0),
}
_FROM_ZERO = (
    c.RECORDINGS_BEGUN,
    c.RECORDINGS_STORED,
    c.HELP_CALLED,
    c.HELP_FAILED,
    c.DEFENCE_BANS,
    c.TOLL_SUSPENSIONS,
    c.MARKETING_PASSED,
    c.MARKETING_OPT_OUTS,
    c.CONSENTS_UNSPOKEN,
    c.PROMPTS_FELL_BACK,
    c.PROMPTS_MISSING,
)
_BLOCKED = "marketing.blocked"
_SPOKEN = "verification.spoken"
_PROGRAM = "flow.answered"
_FAULT = "audio."
_UNREADABLE = "recording.unreadable"
_FAILED = ("recording.failed", _UNREADABLE)


class CallCounts:
    """Give it each event and each effect, whatever it is; `now` is monotonic seconds."""

    __slots__ = ("_handlers", "_names", "_open", "_recordings", "_tally", "_trunks")

    def __init__(self, tenants: Iterable[str] = ()) -> None:
        """`tenants`: whose counters are there before there is something to count."""
        self._tally = Tally(COUNTED)
        self._trunks = TrunkLegs(self._tally)
        self._open: dict[CallId, CallRecord] = {}  # the newest record of each call that is not over
        self._recordings: dict[str, None] = {}  # that are being written
        self._names: dict[CallId | None, list[str]] = {}  # those that a call has begun
        self._handlers: Mapping[type, Callable[[Any, float], None]] = {
            CallOffered: self._offered,
            PlaceCall: self._placed,
            LegRinging: lambda event, now: self._trunks.ringing(event.leg, event.status, now),
            LegAnswered: lambda event, now: self._trunks.answered(event.leg, now),
            Answer: lambda effect, now: self._trunks.answered(effect.leg, now),
            LegRejected: lambda event, _: self._trunks.refused(event.leg, event.status),
            Reject: self._rejected,
            LegEnded: lambda event, now: self._trunks.ended(event.leg, event.how, now),
            SaveCall: self._saved,
            CallFinished: self._finished,
            Audit: lambda effect, _: self.fact(effect.fact),
            CallerChecked: lambda event, _: self._tally.add(c.VERIFY_TRIES, event.reason),
            CodeHandled: lambda event, _: self._tally.add(c.VERIFY_CODES, event.reason or c.SENT),
            RecordingStopped: lambda event, _: self._recordings.pop(event.recording, None),
        }
        for tenant in tenants:
            for metric in _FROM_ZERO:
                self._tally.add(metric, tenant, n=0)

    @property
    def n_recordings(self) -> int:
        """How many recordings are being written."""
        return len(self._recordings)

    def take(self, item: object, now: float) -> None:
        """Count an event of SIP or media, or an effect of the call layer; most of them are not counted."""
        handler = self._handlers.get(type(item))
        if handler is not None:
            handler(item, now)

    def lag(self, late_s: float) -> None:
        """The event loop came that late."""
        self._tally.observe(c.LOOP_LAG, value=late_s)

    def fact(self, fact: AuditFact) -> None:
        """Count a fact of record, also one that another process has written."""
        kind = fact.kind
        recording = str(fact.details.get("recording") or "")
        if kind == "recording.started":
            _bounded(self._recordings)[recording] = None
            _bounded(self._names).setdefault(fact.call, []).append(recording)
        elif kind in _FAILED or kind == "recording.interrupted":
            self._recordings.pop(recording, None)
        if kind in _FAILED:
            why = recording_reason(str(fact.details.get("reason") or ""))
            self._tally.add(c.RECORDINGS_FAILED, UNREADABLE if kind == _UNREADABLE else why)
        elif kind in _BY_TENANT:
            self._tally.add(_BY_TENANT[kind], fact.tenant)
        elif kind == _PROGRAM:
            outcome = FAILED if fact.details.get("outcome") == FAILED else ANSWERED
            self._tally.add(c.PROGRAM_ANSWERS, fact.tenant, str(fact.details.get("kind") or ""), outcome)
        elif kind in _OF_ALL:
            self._tally.add(_OF_ALL[kind])
        elif kind == _BLOCKED:
            self._tally.add(c.MARKETING_BLOCKED, fact.tenant, str(fact.details.get("reason") or ""))
        elif kind == _SPOKEN:
            self._tally.add(c.SPOKEN_ANSWERS, str(fact.details.get("outcome") or ""))
        elif kind in _TRUNK_STATES:
            metric, value = _TRUNK_STATES[kind]
            self._tally.set(metric, fact.tenant, str(fact.details.get("trunk")), value=value)
        elif kind.startswith(_FAULT) and kind.removeprefix(_FAULT) in c.AUDIO_FAULTS.values:
            self._tally.add(c.AUDIO_FAULTS, kind.removeprefix(_FAULT))

    def families(self) -> list[Family]:
        """Return what was counted, as it is now."""
        return self._tally.families()

    def _offered(self, event: CallOffered, now: float) -> None:
        if isinstance(event.origin, TrunkOrigin):
            self._trunks.began(event.leg, (event.origin.tenant, event.origin.trunk, "in"), now)

    def _placed(self, effect: PlaceCall, now: float) -> None:
        if effect.trunk is not None:
            self._trunks.began(effect.leg, (*effect.trunk, "out"), now)

    def _rejected(self, effect: Reject, _now: float) -> None:
        self._tally.add(c.INVITES_REFUSED, status_cause(effect.status))
        self._trunks.refused(effect.leg, effect.status)

    def _saved(self, effect: SaveCall, _now: float) -> None:
        record = effect.record
        if record.call not in self._open:
            self._tally.add(c.CALLS_BEGUN, record.tenant, record.direction)
            _bounded(self._open)
        self._open[record.call] = record

    def _finished(self, effect: CallFinished, _now: float) -> None:
        record = self._open.pop(effect.call, None)
        for recording in self._names.pop(effect.call, ()):
            self._recordings.pop(recording, None)  # its worker died, and said nothing of its end
        if record is None:
            return
        self._tally.add(c.CALLS_ENDED, record.tenant, call_cause(record.cause))
        if record.answered_at is not None:
            duration_s = _between(record.answered_at, record.ended_at)
            self._tally.observe(c.CALL_DURATION, record.direction, value=duration_s)
        for leg in record.legs:
            if leg.cause != TRANSFERRED:  # it is, or will be, in the record of the call that it went to
                self._heard(record.tenant, leg)

    def _heard(self, tenant: str, leg: LegRecord) -> None:
        kind, _, name = leg.party.partition("/")
        peer = kind if kind in ("trunk", "extension") else "other"
        for direction, quality in (("heard", leg.heard), ("sent", leg.sent)):
            if quality is not None:
                self._rated(peer, direction, quality)
        if peer == "trunk" and leg.heard is not None:
            self._tally.observe(c.TRUNK_OPINION, tenant, name, value=leg.heard.mos)

    def _rated(self, peer: str, direction: str, quality: StreamQuality) -> None:
        self._tally.observe(c.RTP_LOSS, peer, direction, value=quality.loss)
        self._tally.observe(c.RTP_JITTER, peer, direction, value=quality.jitter_ms / 1000)
        self._tally.observe(c.RTP_OPINION, peer, direction, value=quality.mos)


def _between(since: datetime, until: datetime | None) -> float:
    """Seconds; a wall clock that was set back makes no negative call."""
    return max(0.0, (until - since).total_seconds()) if until is not None else 0.0


def _bounded(found: dict[Any, Any]) -> dict[Any, Any]:
    """Make room for one more by forgetting the oldest."""
    if len(found) >= MAX_OPEN:
        found.pop(next(iter(found)))
    return found
