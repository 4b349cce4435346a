"""Rescue: a media worker died; each leg that it had gets another port, and its party is told by re-INVITE."""

from pbx.call.assisted_entry import AssistedEntry
from pbx.call.capture import Capture
from pbx.call.connect import Connect
from pbx.call.descriptions import connect_leg
from pbx.call.effects import CallEffect
from pbx.call.features import Features
from pbx.call.leg import Leg, LegState
from pbx.call.ordered import Ordered
from pbx.core.audio import Direction
from pbx.core.ids import LegId
from pbx.core.srtp import Fingerprint
from pbx.media.effects import BridgeLegs, CloseLeg, MediaEffect, Music, OpenLeg, SetEcho, SetMusic
from pbx.media.events import LegOpened
from pbx.sip.effects import Reinvite
from pbx.sip.events import ReinviteAnswered, ReinviteDue, ReinviteRefused

MEDIA_LOST = "media_lost"  # cause of a call that found no other worker, or whose party did not follow
AGAIN_S = 0.2  # until an exchange is tried again that another one was in the way of
PENDING = 491  # of the endpoint: not before the ACK, not during another exchange (RFC 3261 §14.1)


class Rescue:
    """What the call knows is what the next worker is told: nothing is stored a second time.

    Orders for a leg without a port are held back; `restored` says all of them once it has one.
    """

    __slots__ = ("_assisted", "_capture", "_connect", "_echoes", "_features", "_music")

    def __init__(
        self,
        connect: Connect,
        capture: Capture,
        secrets: tuple[Features, AssistedEntry],
        *,
        music: Music | None = None,
    ) -> None:
        """`secrets` = who lets a party type one; `music` is what those hear who are held."""
        self._connect, self._capture = connect, capture
        self._features, self._assisted = secrets
        self._music = music
        self._echoes = False

    @property
    def deadline(self) -> float | None:
        """When a party is told where we are now: one that rings is told once it has answered.

        Without an end of its own: what is in the way ends after 64*T1, or with the leg.
        """
        dues = [leg.tell_due for leg in self._connect.legs.values() if _can_be_told(leg)]
        return min((due for due in dues if due is not None), default=None)

    def echo(self, leg: LegId) -> list[CallEffect]:
        """Let the caller hear itself."""
        self._echoes = True
        return [SetEcho(leg=leg, on=True)]

    def lost(self, leg: Leg | None) -> list[CallEffect]:
        """The worker of a leg died."""
        if leg is None or not leg.port_open:
            return []
        if leg.is_port_closing or leg.state is LegState.ENDED:
            leg.port_open = False
            return []
        self._features.lost(leg.id)
        return self._again(leg)

    def moved(self, leg: Leg) -> list[CallEffect]:
        """A leg gave its port back to get one at another worker."""
        leg.is_port_closing = False
        return self._again(leg)

    def _again(self, leg: Leg) -> list[CallEffect]:
        leg.is_lost = leg.negotiation is not None
        return [self._connect.open(leg)]

    def restored(self, event: LegOpened, now: float) -> list[Ordered] | None:
        """A leg has another port; None = that is its first."""
        leg = self._connect.legs.get(event.leg)
        if leg is None or not leg.is_lost or leg.negotiation is None:
            return None
        if leg.is_port_closing:
            return []
        leg.is_lost, leg.worker = False, event.worker
        mark = Fingerprint(hash="sha-256", digest=event.fingerprint) if event.fingerprint else None
        if leg.negotiation.move((event.host, event.port), mark):
            leg.tell_due = now
        recorded = self._capture.resume(leg.id, now)
        spoken = self._features.resumed(leg.id, now)
        return [*self._shut(leg), *self._heard(leg), *recorded, *spoken, *self.tick(now)]

    def _shut(self, leg: Leg) -> list[CallEffect]:
        """Gates and secrets come before the first packet."""
        secured = [*self._features.secured(leg.id), *self._assisted.secured(leg.id)]
        return [*secured, *self._capture.opened(leg.id)]

    def _heard(self, leg: Leg) -> list[CallEffect]:
        connect = self._connect
        is_early = leg is connect.caller and leg.state is not LegState.ANSWERED
        most: Direction = "sendonly" if is_early else "sendrecv"
        effects: list[CallEffect] = [connect_leg(leg.id, leg.audio, most)] if leg.audio is not None else []
        pair = connect.pair(leg)
        if pair is not None and not any(one.is_lost for one in pair):
            effects.append(BridgeLegs(a=pair[0].id, b=pair[1].id))
        if pair is not None and leg.hears_music and self._music is not None:
            effects.append(SetMusic(leg=leg.id, music=self._music))
        if self._echoes and leg is connect.caller and connect.winner is None:
            effects += self.echo(leg.id)
        return [*effects, *connect.tone(leg)]

    def tick(self, now: float) -> list[CallEffect]:
        """Tell the parties that can be told by now."""
        effects: list[CallEffect] = []
        for leg in self._connect.legs.values():
            if leg.tell_due is not None and leg.tell_due <= now and _can_be_told(leg):
                assert leg.negotiation is not None, "it had a place before"
                leg.tell_due, leg.is_told = None, False
                effects.append(Reinvite(leg=leg.id, offer=leg.negotiation.offer()))
        return effects

    def told(self, event: ReinviteAnswered | ReinviteDue) -> None:
        """A party took an offer: it knows where we are."""
        leg = self._connect.legs.get(event.leg)
        if leg is not None and isinstance(event, ReinviteAnswered):
            leg.is_told = True

    def refused(self, event: ReinviteRefused, now: float) -> bool:
        """An offer was refused; True = that party does not hear of our new place, and never will."""
        leg = self._connect.legs.get(event.leg)
        if leg is None or leg.is_told or event.retry_s is not None:
            return False
        if event.status == PENDING:
            leg.tell_due = now + AGAIN_S
        return event.status != PENDING

    def failed(self, leg: LegId) -> bool:
        """No worker took a leg; True = it had been one of two who talk, or the only one."""
        lost = self._connect.legs.get(leg)
        if lost is None or not lost.is_lost:
            return False
        lost.is_lost = False
        return self._connect.caller.state is LegState.ANSWERED and lost.state is LegState.ANSWERED

    def held_back(self, effects: list[CallEffect]) -> list[CallEffect]:
        """Return the orders without those for a leg that has no port now."""
        lost = {leg.id for leg in self._connect.legs.values() if leg.is_lost}
        return [one for one in effects if not _needs(one, lost)] if lost else effects


def _can_be_told(leg: Leg) -> bool:
    return leg.state is LegState.ANSWERED and not leg.is_lost


def _needs(effect: CallEffect, lost: set[LegId]) -> bool:
    match effect:
        case OpenLeg() | CloseLeg():
            return False
        case BridgeLegs():
            return effect.a in lost or effect.b in lost
    return isinstance(effect, MediaEffect) and getattr(effect, "leg", None) in lost
