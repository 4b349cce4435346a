"""EarlyMedia: what a caller hears and is told before anybody answers (RFC 3960, RFC 3261 §13.2.1)."""

from pbx.call.descriptions import connect_leg
from pbx.call.early_policy import EarlyPolicy
from pbx.call.effects import CallEffect
from pbx.call.leg import Leg, LegState
from pbx.core.errors import PeerFault
from pbx.core.ids import LegId, Token
from pbx.media.effects import BridgeLegs, Play, StopPlay, ToneSource, UnbridgeLeg
from pbx.sip.effects import Progress, Ring

RINGBACK = Token(-1)  # never a token of a feature
SESSION_PROGRESS = 183


class EarlyMedia:
    """One unanswered caller and the first callee whose audio it hears.

    The caller hears the callee and not the other way round: nothing that is said before the answer
    leaves the caller, so nobody talks for free and nothing is heard that no gate has opened for.
    """

    __slots__ = ("_caller", "_country", "_has_progress", "_is_ringing", "_offer", "_plays", "_source")

    def __init__(self, caller: Leg, offer: bytes | None, country: str) -> None:
        """`offer` is the caller's SDP; a caller without one hears nothing early."""
        self._caller, self._offer, self._country = caller, offer, country
        self._source: LegId | None = None
        self._has_progress = self._is_ringing = self._plays = False

    def progressed(self, leg: Leg, status: int, policy: EarlyPolicy, *, described: bool) -> list[CallEffect]:
        """A callee rings, or is heard when its response `described` audio; not after an answer."""
        if self._caller.state in (LegState.ANSWERED, LegState.ENDED):
            return []
        if described and self._source in (None, leg.id):
            relayed = self._relay(leg)
            if relayed is not None:
                return relayed
        if not described and status == SESSION_PROGRESS and policy.empty == "ignore":
            return []
        if self._has_progress and not policy.ring_after:
            return []
        return self._ring(leg)

    def pair(self) -> LegId | None:
        """The callee that the caller hears, None = none or an answer has come."""
        return None if self._caller.state in (LegState.ANSWERED, LegState.ENDED) else self._source

    def tone(self) -> list[CallEffect]:
        """Let the caller hear the ringing tone again, if it does."""
        if not self._plays or self._caller.state in (LegState.ANSWERED, LegState.ENDED):
            return []
        self._plays = False
        return self._ringback()

    def forwarded(self) -> None:
        """The caller is told that its call goes on elsewhere: ringing there is news again (RFC 5359 §2.9)."""
        self._is_ringing = False

    def gone(self, leg: Leg) -> list[CallEffect]:
        """The callee that was heard is no longer there; others may still ring."""
        if self._source != leg.id:
            return []
        self._source = None
        if self._caller.state in (LegState.ANSWERED, LegState.ENDED):
            return []
        return [UnbridgeLeg(leg=self._caller.id), *self._ringback()]

    def speak(self) -> list[CallEffect] | None:
        """The callee is gone: let the caller hear what we have to say, None = it cannot before an answer."""
        if self._has_progress:
            apart = [UnbridgeLeg(leg=self._caller.id)] if self._source is not None else []
            self._source = None
            return [*apart, *self._silence()]
        progress = self._progress("")
        self._has_progress = progress is not None
        return progress

    def _relay(self, leg: Leg) -> list[CallEffect] | None:
        """Connect caller and callee one way; None when the caller's offer does not allow it."""
        audio = leg.audio
        prefer = leg.negotiation.codec if leg.negotiation is not None else ""
        progress = [] if self._has_progress else self._progress(prefer)
        if audio is None or progress is None:
            return None
        is_first = self._source is None
        self._source, self._has_progress = leg.id, True
        bridge: list[CallEffect] = [BridgeLegs(a=self._caller.id, b=leg.id)] if is_first else []
        return [*self._silence(), connect_leg(leg.id, audio), *progress, *bridge]

    def _progress(self, prefer: str) -> list[CallEffect] | None:
        caller = self._caller
        if self._offer is None or caller.negotiation is None:
            return None
        try:
            sdp, caller.audio = caller.negotiation.answer(self._offer, prefer=prefer)
        except PeerFault:
            return None  # the answer will refuse the call with the status
        caller.state = LegState.RINGING
        return [connect_leg(caller.id, caller.audio, "sendonly"), Progress(leg=caller.id, answer=sdp)]

    def _ring(self, leg: Leg) -> list[CallEffect]:
        """180, once at each place; who listens to our audio since a 183 hears the tone there."""
        self._caller.state = LegState.RINGING
        heard = self._ringback() if self._has_progress and self._source in (None, leg.id) else []
        if self._is_ringing:
            return heard
        self._is_ringing = True
        return [Ring(leg=self._caller.id), *heard]

    def _ringback(self) -> list[CallEffect]:
        if self._plays:
            return []
        self._plays = True
        tone = ToneSource(country=self._country, tone="ring")
        return [Play(leg=self._caller.id, token=RINGBACK, sources=(tone,), loop=True)]

    def _silence(self) -> list[CallEffect]:
        if not self._plays:
            return []
        self._plays = False
        return [StopPlay(leg=self._caller.id)]
