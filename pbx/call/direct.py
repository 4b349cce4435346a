"""Direct media: two telephones that may send each other their audio, and not through us. MED-12."""

from typing import NamedTuple

from pbx.call.assisted_entry import AssistedEntry
from pbx.call.capture import Capture
from pbx.call.connect import Connect
from pbx.call.descriptions import connect_leg
from pbx.call.effects import CallEffect
from pbx.call.fax import ReinviteEvent
from pbx.call.indicator import Indicator
from pbx.call.leg import Leg, LegState
from pbx.call.telling import Telling
from pbx.core.ids import LegId
from pbx.sip.effects import Reinvite
from pbx.sip.events import ReinviteAnswered, ReinviteDue, ReinviteOffered, ReinviteRefused

SETTLE_S = 1.0  # after the last change of who talks and how: ACKs and exchanges are over by then
MAX_RETURNS = 8  # of a call; a telephone that names another port in each answer would never come to rest


class Stream(NamedTuple):
    """Where a party receives, and what it is sent there."""

    leg: LegId
    host: str
    port: int
    coding: tuple[object, ...]


Pair = tuple[Stream, Stream]


class DirectMedia:
    """Both parties are told by re-INVITE where the other one receives, and are taken back when we are needed.

    Needed for a recording and the announcement before it, what is typed unheard, a watch, music, a transfer,
    a fax, and whatever else a party asks for: so every offer of a party brings both back first. Parties of
    whom one has refused are not asked again.
    """

    __slots__ = (
        "_asked",
        "_capture",
        "_connect",
        "_due",
        "_is_forbidden",
        "_on",
        "_refused",
        "_returns",
        "_speakers",
        "_waits",
    )

    def __init__(
        self, connect: Connect, capture: Capture, speakers: tuple[Telling, Indicator, AssistedEntry]
    ) -> None:
        self._connect, self._capture, self._speakers = connect, capture, speakers
        self._on: Pair | None = None  # who has been told, and of what
        self._asked: set[LegId] = set()  # and has not answered yet
        self._waits: Pair | None = None
        self._due: float | None = None
        self._refused: set[LegId] = set()
        self._is_forbidden = False
        self._returns = 0

    @property
    def deadline(self) -> float | None:
        """When two who talk are told of each other."""
        return self._due

    def before(self, event: ReinviteEvent) -> list[CallEffect]:
        """A party offers or refuses: what has to be done before that is handled."""
        if isinstance(event, ReinviteOffered):
            return self.leave(told=event.leg)
        if isinstance(event, ReinviteRefused) and event.leg in self._asked and event.retry_s is None:
            ours = self._connect.legs[event.leg].negotiation
            if ours is not None:
                ours.withdraw()
            self._refused.add(event.leg)
            return self.leave(told=event.leg)
        return []

    def again(self, event: ReinviteEvent) -> list[CallEffect] | None:
        """The wait after glare is over: what a party is to be told yet, None = nothing of ours."""
        is_ours = isinstance(event, ReinviteDue) and self._on is not None and event.leg in self._asked
        return [self._tell(self._on, event.leg)] if is_ours and self._on is not None else None

    def after(self, event: ReinviteEvent) -> list[CallEffect]:
        """An exchange is over: with the last of them nothing comes to our own ports, and is not missed."""
        if not isinstance(event, ReinviteAnswered) or event.leg not in self._asked:
            return []
        self._asked.discard(event.leg)
        if self._asked or self._on is None:
            return []
        legs = [self._connect.legs[stream.leg] for stream in self._on]
        return [connect_leg(leg.id, leg.audio, "inactive") for leg in legs if leg.audio is not None]

    def follow(self, now: float) -> list[CallEffect]:
        """Something may have changed: go direct once nothing has for a while, or come back at once."""
        pair = self._pair()
        if self._on is not None:
            return [] if pair == self._on else self.leave()
        if pair is None or pair != self._waits:
            self._waits, self._due = pair, None if pair is None else now + SETTLE_S
        elif self._due is not None and self._due <= now:
            self._on, self._due, self._asked = pair, None, {stream.leg for stream in pair}
            return [self._tell(pair, stream.leg) for stream in pair]
        return []

    def forbid(self) -> list[CallEffect]:
        """From now on all audio of this call goes through us: somebody listens."""
        self._is_forbidden = True
        return self.leave()

    def leave(self, told: LegId | None = None) -> list[CallEffect]:
        """Take the audio of both back; `told` = whom our answer tells, or who never went away."""
        if self._on is None:
            return []
        legs = [self._connect.legs[stream.leg] for stream in self._on]
        self._on, self._waits, self._asked = None, None, set()
        self._returns += 1
        return [effect for leg in legs for effect in _take_back(leg, is_told=leg.id == told)]

    def _tell(self, pair: Pair, leg: LegId) -> Reinvite:
        """Tell a party where the other one receives."""
        ours, other = self._connect.legs[leg].negotiation, next(one for one in pair if one.leg != leg)
        assert ours is not None, "it talks"
        return Reinvite(leg=leg, offer=ours.offer(at=(other.host, other.port)))

    def _pair(self) -> Pair | None:
        """Two who may send to each other: in one codec, with one set of numbers."""
        caller, winner = self._connect.caller, self._connect.winner
        is_heard = self._capture.is_running or any(one.is_busy for one in self._speakers)
        if winner is None or is_heard or self._is_forbidden or self._returns >= MAX_RETURNS:
            return None
        one, other = _stream(caller), _stream(winner)
        if one is None or other is None or one.coding != other.coding:
            return None
        return None if {one.leg, other.leg} & self._refused else (one, other)


def _stream(leg: Leg) -> Stream | None:
    """None for a party that needs us, or is not where its signalling is: behind a NAT, or somebody else's.

    Who was called for marketing needs us: his key to be called no more has to be heard.
    """
    audio = leg.audio
    is_settled = leg.is_told and leg.tell_due is None and not leg.is_lost and not leg.is_port_closing
    if audio is None or leg.image is not None or leg.state is not LegState.ANSWERED or not is_settled:
        return None
    if not audio.direct or audio.security is not None or audio.direction != "sendrecv":
        return None
    if leg.hears_music or leg.is_outreach or audio.host != leg.hop:
        return None
    fmt = audio.format
    events = (fmt.dtmf_payload_type, fmt.dtmf_clock_rate)
    return Stream(leg.id, audio.host, audio.port, (fmt.encoding, fmt.payload_type, fmt.ptime_ms, *events))


def _take_back(leg: Leg, *, is_told: bool) -> list[CallEffect]:
    if leg.state is not LegState.ANSWERED or leg.negotiation is None or leg.audio is None:
        return []
    connected = connect_leg(leg.id, leg.audio)
    if is_told:
        return [connected]
    leg.is_told = False
    return [connected, Reinvite(leg=leg.id, offer=leg.negotiation.offer())]
