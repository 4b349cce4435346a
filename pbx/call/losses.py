"""What the end of one leg, or how its media fares, means for the call."""

from dataclasses import dataclass

from pbx.call.callees import Lost
from pbx.call.connect import Connect
from pbx.call.effects import Audit, CallEffect
from pbx.call.ending import NO_MEDIA
from pbx.call.events import LegLost
from pbx.call.leg import Leg, LegState
from pbx.call.rescue import MEDIA_LOST, Rescue
from pbx.call.transfers import Transfers
from pbx.core.audit import AuditFact
from pbx.media.events import AudioFault, LegClosed, LegFailed, MediaTimedOut, QualityReport
from pbx.sip.effects import HangUp
from pbx.sip.events import LegEnded

UNAVAILABLE = 503
LIVE_RECORD_S = 30.0  # how old the audio's figures in the record of a call in progress may be


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """`lost` ends a ringing; a `cause` ends the call, `status` = as the refusal of one not answered yet."""

    effects: tuple[CallEffect, ...] = ()
    lost: Lost = None
    by: str = "system"
    cause: str = ""
    status: int = 0
    causes: tuple[int, int] = (0, 0)  # SIP and Q.850, for the other legs (RFC 3326)


NOTHING = Loss()
Over = LegEnded | LegFailed | LegClosed | LegLost | MediaTimedOut | QualityReport | AudioFault


class Losses:
    """The call goes on while two parties talk, or one waits for another: without a transferor, for one."""

    __slots__ = ("_connect", "_record_due", "_rescue", "_transfers")

    def __init__(self, connect: Connect, transfers: Transfers, rescue: Rescue) -> None:
        self._connect, self._transfers, self._rescue = connect, transfers, rescue
        self._record_due = 0.0

    def of(self, event: Over, now: float) -> Loss:
        """What has to be done."""
        leg = self._connect.legs.get(event.leg)
        match event:
            case MediaTimedOut():
                return self._silent(leg)
            case _ if leg is None:
                return NOTHING
            case LegLost():
                return Loss(effects=(*self._rescue.lost(leg),))
            case LegEnded():
                return self._ended(leg, event, now)
            case LegClosed():
                leg.port_open = False
                leg.rated(event.stats.heard_quality, event.stats.sent_quality)
                if leg.is_moving:
                    return Loss(effects=(*self._rescue.moved(leg),))
            case LegFailed():
                leg.port_open = False
                return self._failed(leg, event, now)
            case QualityReport():
                leg.rated(event.heard, event.sent)
                leg.rated_at = self._connect.time(now)
            case AudioFault():
                return Loss(effects=(self._faulty(leg, event),))
        return NOTHING

    def is_record_due(self, event: Over, now: float) -> bool:
        """Whether the record should be saved for what a report says; it is then not due for a while."""
        if not isinstance(event, QualityReport) or now < self._record_due:
            return False
        self._record_due = now + LIVE_RECORD_S
        return True

    def _faulty(self, leg: Leg, event: AudioFault) -> Audit:
        """The fact that a party hears or is heard badly, while the call goes on."""
        call, tenant = self._connect.belongs_to
        fact = AuditFact(
            kind=f"audio.{event.kind}",
            call=call,
            tenant=tenant,
            details={"leg": leg.id, "role": leg.role, "detail": event.detail},
        )
        return Audit(fact=fact)

    def _silent(self, leg: Leg | None) -> Loss:
        if leg is not None and self._transfers.is_leaving(leg):
            return Loss(effects=(HangUp(leg=leg.id),))  # he may be on his way out; the others go on
        if leg is not None and (leg.is_paged or self._connect.is_ringing(leg.id)):
            return NOTHING  # who rings, or only listens, need not say anything
        return Loss(cause="media_timeout")

    def _ended(self, leg: Leg, event: LegEnded, now: float) -> Loss:
        connect = self._connect
        leg.state, leg.ended_at = LegState.ENDED, connect.time(now)
        leg.cause = leg.cause or event.how
        released = leg.close_port()
        self._transfers.left(leg)
        if leg is connect.caller or leg is connect.winner:
            by = leg.role if event.by_peer else "system"
            return Loss(effects=(*released,), by=by, cause=event.how, causes=(event.cause, event.q850))
        effects, lost = connect.leg_gone(leg, now)
        return Loss(effects=(*released, *effects), lost=lost)

    def _refused(self, event: LegFailed) -> Audit:
        """The fact that a caller was turned away for want of media: an admin adds ports or workers."""
        call, tenant = self._connect.belongs_to
        details: dict[str, str | int | bool | None] = {"reason": event.reason}
        return Audit(fact=AuditFact(kind="media.refused", call=call, tenant=tenant, details=details))

    def _failed(self, leg: Leg, event: LegFailed, now: float) -> Loss:
        leg.cause = event.reason
        if self._rescue.failed(leg.id):
            return Loss(cause=MEDIA_LOST)
        if leg is self._connect.caller:
            return Loss(effects=(self._refused(event),), status=UNAVAILABLE, cause=NO_MEDIA)
        if leg is self._connect.winner:
            return Loss(cause="media_failed")
        if self._transfers.is_leaving(leg):
            return Loss(effects=(HangUp(leg=leg.id),))
        effects, lost = self._connect.leg_gone(leg, now)
        return Loss(effects=(*effects,), lost=lost)
