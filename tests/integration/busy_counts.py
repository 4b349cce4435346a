"""Counts of a busy PBX: every trunk and every cause has something to show."""

from datetime import UTC, datetime

from pbx.call.effects import Audit, CallFinished, SaveCall
from pbx.call.record import CallRecord, LegRecord
from pbx.core.address import Remote
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId
from pbx.media.events import StreamQuality
from pbx.observe.call_counts import CallCounts
from pbx.observe.trunk_legs import Way
from pbx.sip.effects import PlaceCall
from pbx.sip.events import LegAnswered, LegEnded, LegRejected, LegRinging

AT = datetime(2026, 11, 24, tzinfo=UTC)
QUALITY = StreamQuality(loss=0.01, jitter_ms=5.0, round_trip_ms=20.0, r=90.0, mos=4.1)
STATUSES = (486, 480, 404, 503)


def busy(n_trunks: int, n_calls: int) -> CallCounts:
    """Counts of that many calls in progress, on as many trunks, each of which has had calls of all kinds."""
    counts = CallCounts(("acme",))
    for number in range(n_trunks):
        _past(counts, ("acme", f"trunk{number}", "out"))
    for number in range(n_calls):
        call, trunk = CallId(f"call{number}"), f"trunk{number % n_trunks}"
        counts.take(SaveCall(record=_record(call, trunk)), 0.0)
        counts.take(order(f"live{number}", ("acme", trunk, "out")), 0.0)
        counts.take(LegAnswered(leg=LegId(f"live{number}"), answer=None), 1.0)
        details: dict[str, str | int | bool | None] = {"recording": f"rec{number}"}
        counts.take(Audit(fact=AuditFact(kind="recording.started", call=call, details=details)), 1.0)
    return counts


def _past(counts: CallCounts, way: Way) -> None:
    tenant, trunk, _ = way
    for status in STATUSES:
        counts.take(order(f"{trunk}-{status}", way), 0.0)
        counts.take(LegRejected(leg=LegId(f"{trunk}-{status}"), status=status, reason=""), 1.0)
    for kind in ("trunk.up", "trunk.registered"):
        counts.fact(AuditFact(kind=kind, tenant=tenant, details={"trunk": trunk}))
    one_call(counts, CallId(f"past-{trunk}"), trunk)


def one_call(counts: CallCounts, call: CallId, trunk: str) -> None:
    """A whole call to a trunk: what signalling hears and orders, as far as it is counted."""
    leg = LegId(f"{call}-leg")
    counts.take(SaveCall(record=_record(call, trunk)), 0.0)
    counts.take(order(leg, ("acme", trunk, "out")), 0.0)
    counts.take(LegRinging(leg=leg, status=180), 2.0)
    counts.take(LegAnswered(leg=leg, answer=None), 3.0)
    counts.take(LegEnded(leg=leg, by_peer=True, how="bye"), 60.0)
    counts.take(CallFinished(call=call), 60.0)


def _record(call: CallId, trunk: str) -> CallRecord:
    leg = LegRecord(
        leg=LegId(f"{call}-leg"),
        role="callee",
        party=f"trunk/{trunk}",
        number="+441632960150",
        offered_at=AT,
        heard=QUALITY,
        sent=QUALITY,
    )
    return CallRecord(
        call=call,
        tenant="acme",
        direction="outbound",
        called="+441632960150",
        caller_number="+447700900123",
        offered_at=AT,
        answered_at=AT,
        ended_at=AT,
        cause="bye",
        legs=(leg,),
    )


def order(leg: str, way: Way) -> PlaceCall:
    """Our INVITE to a carrier."""
    return PlaceCall(
        leg=LegId(leg),
        target="sip:+441632960150@192.0.2.9",
        to="sip:+441632960150@192.0.2.9",
        from_uri="sip:anonymous@acme.example",
        from_display="",
        remote=Remote("udp", "192.0.2.9", 5060),
        offer=b"",
        trunk=way[:2],
    )
