"""What conditions of rules and of flows go by, of a call and of its caller."""

from datetime import datetime

from pbx.call.context import CallContext
from pbx.conditions.circumstances import Circumstances
from pbx.core.phone import to_e164
from pbx.sip.events import CallOffered, DeviceOrigin, Origin
from pbx.verify.claimed import Claimed


def caller_number(event: CallOffered, country: str) -> str | None:
    """Return who calls: an extension, or the number that the network shows in full; None = withheld."""
    if isinstance(event.origin, DeviceOrigin):
        return event.origin.extension
    return None if event.private else to_e164(event.asserted_user or event.from_user, country)


def of_offer(event: CallOffered, context: CallContext, at: datetime) -> Circumstances:
    """Return what is known of a call that is not one yet."""
    return Circumstances(
        at=at,
        schedules=context.schedules,
        verdict=event.verdict,
        caller=caller_number(event, context.country),
        headers=event.extra,
        host=event.source.host,
    )


def of_rights(origin: Origin, context: CallContext, at: datetime | None) -> Circumstances:
    """Return what is known of a call that goes on with the rights of somebody in it."""
    caller = origin.extension if isinstance(origin, DeviceOrigin) else None
    return Circumstances(at=at, schedules=context.schedules, caller=caller)


def of_caller(claimed: Claimed, context: CallContext, level: str) -> Circumstances:
    """Return what a flow knows of its caller when it begins."""
    return Circumstances(
        schedules=context.schedules,
        verdict=claimed.verdict,
        caller=claimed.number,
        headers=context.headers,
        level=level,
    )
