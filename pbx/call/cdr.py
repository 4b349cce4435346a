"""The call record as of now, put together from what the parts of a call know."""

from collections.abc import Iterable

from pbx.call.capture import Capture
from pbx.call.ending import Ending
from pbx.call.leg import Leg
from pbx.call.outreach import is_marketing
from pbx.call.record import CallRecord
from pbx.call.start import CallStart
from pbx.dialplan.routes import ToTrunk
from pbx.verify.effects import VerificationSettled


def call_record(
    start: CallStart,
    legs: Iterable[Leg],
    *,
    capture: Capture,
    verified: VerificationSettled | None,
    ending: Ending,
    onward: Iterable[str],
) -> CallRecord:
    """Return the record; the first leg is the caller's, `onward` continues the trace of the route."""
    caller, *others = legs
    stir = start.offered.verdict
    return CallRecord(
        call=start.call,
        tenant=start.context.tenant,
        direction=start.direction,
        called=start.offered.called,
        caller_number=start.number or "",
        offered_at=caller.offered_at,
        answered_at=caller.answered_at,
        ended_at=ending.at,
        ended_by=ending.by,
        cause=ending.cause,
        route=" > ".join((*start.routing.trace, *onward)),
        recording=capture.first or "",
        recording_state=capture.state,
        recording_reason=capture.why,
        consents=tuple(capture.facts.consents),
        verification=verified.level if verified else "",
        customer=verified.customer if verified else "",
        verstat=stir.status if stir else "",
        attestation=stir.attestation if stir else "",
        purpose=_purpose(start, (caller, *others)),
        legs=tuple(leg.record() for leg in (caller, *others)),
    )


def _purpose(start: CallStart, legs: Iterable[Leg]) -> str:
    """Why it leaves for the network, or was to; marketing as soon as one of its legs is."""
    called = [leg for leg in legs if leg.role == "callee" and leg.party.startswith("trunk/")]
    if is_marketing(start.routing.route) or any(leg.is_outreach for leg in called):
        return "marketing"
    return "service" if called or isinstance(start.routing.route, ToTrunk) else ""
