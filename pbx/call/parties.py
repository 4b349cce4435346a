"""The parties of one call: their legs, who talks with whom, and what was agreed with each."""

from dataclasses import replace
from datetime import datetime

from pbx.call.context import Wall
from pbx.call.descriptions import connect_leg, reoffered
from pbx.call.early_media import RINGBACK
from pbx.call.effects import CallEffect
from pbx.call.family import caller_family
from pbx.call.hold import held, released
from pbx.call.leg import Leg, LegState
from pbx.call.start import CallStart
from pbx.core.address import Family
from pbx.core.errors import PeerFault
from pbx.core.ids import CallId, Ids, LegId, hex_id, uint32
from pbx.core.srtp import Fingerprint
from pbx.dialplan.routes import NoRoute, ToTrunk
from pbx.media.effects import BridgeLegs, OpenLeg, Play, ToneSource, UnbridgeLeg
from pbx.media.events import LegOpened
from pbx.sip.audio_section import offered_codecs
from pbx.sip.effects import AcceptReinvite, Answer, RefuseReinvite
from pbx.sip.events import LegConfirmed, ReinviteOffered
from pbx.sip.media_security import Policy
from pbx.sip.negotiation import MediaProfile, Negotiation
from pbx.sip.rtp_codecs import DEFAULT


class Parties:
    """Legs by id; `caller` waits for an answer or talks with `winner`, who gave one.

    The caller is the party that called; after a transfer the one that stayed.
    """

    __slots__ = ("_ids", "_start", "_wall", "caller", "legs", "q850", "winner")

    def __init__(self, caller: Leg, start: CallStart, ids: Ids, wall: Wall) -> None:
        self.caller, self._start, self._ids, self._wall = caller, start, ids, wall
        self.legs: dict[LegId, Leg] = {caller.id: caller}
        self.winner: Leg | None = None
        self.q850: dict[int, int] = {}  # by status: what a callee said beside it

    @property
    def start(self) -> CallStart:
        """What the call began with, or what a redirection has made of it."""
        return self._start

    @property
    def parties(self) -> list[str]:
        """Who is on the legs that are up."""
        return [leg.party for leg in self.legs.values() if leg.state is not LegState.ENDED]

    @property
    def belongs_to(self) -> tuple[CallId, str]:
        """The call and its tenant."""
        return self._start.call, self._start.context.tenant

    @property
    def domain(self) -> str:
        """The tenant's."""
        return self._start.context.domain

    def time(self, now: float) -> datetime:
        """The wall-clock time of monotonic second `now`."""
        return self._wall.time(now)

    def other(self, leg: Leg) -> Leg | None:
        """Whom a party talks with, None when it is not bridged."""
        if leg is self.caller:
            return self.winner
        return self.caller if leg is self.winner else None

    def part(self, stays: Leg) -> list[CallEffect]:
        """Take two parties apart; the one that stays waits for somebody else from now on."""
        quiet = released(self.caller, self.winner)
        self.caller, self.winner = stays, None
        return [UnbridgeLeg(leg=stays.id), *quiet]

    def join(self, stays: Leg, other: Leg) -> list[CallEffect]:
        """Bring two parties together."""
        self.caller, self.winner = stays, other
        return [BridgeLegs(a=stays.id, b=other.id), *released(stays, other)]

    def wait(self, leg: Leg) -> None:
        """Of two who talk, this one waits if they should be parted."""
        if leg is self.winner:
            self.caller, self.winner = leg, self.caller

    def family(self, leg: Leg) -> Family:
        """Return the IP family of a party's audio: that of the caller, who was there first."""
        return caller_family(self._start.offered)

    def media(self, leg: Leg) -> MediaProfile:
        """Return what a party's audio may be; nothing stands between who calls for help and an answer.

        A telephone that cannot encrypt, or is held to a codec it has not, would reach nobody: a life
        weighs more than a secret. One that offers encryption has it as before.
        """
        profile = self._start.context.media_of(leg.party)
        if profile.offers == "osrtp" and not self.is_secret(leg):
            profile = replace(profile, offers="plain")
        route = self._start.routing.route
        if leg.id != self._start.offered.leg or not (isinstance(route, ToTrunk) and route.emergency):
            return profile
        others = tuple(name for name in DEFAULT if name not in profile.codecs)
        srtp: Policy = "optional" if profile.srtp == "required" else profile.srtp
        return replace(profile, codecs=profile.codecs + others, srtp=srtp, suites=())

    def is_secret(self, leg: Leg) -> bool:
        """Whether nobody on the way to a party reads what we tell it."""
        offered = self._start.offered
        return leg.id == offered.leg and offered.source.is_encrypted

    def objection(self) -> PeerFault | None:
        """Why the caller can never be answered, known before anybody rings; a wrong number stays one."""
        offer, ours = self._start.offered.offer, self.caller.negotiation
        if offer is None or ours is None or isinstance(self._start.routing.route, NoRoute):
            return None
        try:
            ours.judge(offer)
        except PeerFault as fault:
            return fault
        return None

    def open(self, leg: Leg) -> CallEffect:
        """Ask for a port."""
        leg.port_open = True
        start = self._start
        return OpenLeg(
            leg=leg.id, call=start.call, beside=leg.beside or start.beside, family=self.family(leg)
        )

    def opened(self, event: LegOpened) -> Leg | None:
        """A leg has its port: it can negotiate."""
        leg = self.legs.get(event.leg)
        if leg is not None:
            leg.worker = event.worker
            mark = Fingerprint(hash="sha-256", digest=event.fingerprint) if event.fingerprint else None
            leg.negotiation = Negotiation(
                (event.host, event.port),
                uint32(self._ids),
                self.media(leg),
                ids=self._ids,
                fingerprint=mark,
            )
            leg.signalled_from(leg.hop)
            if leg.is_record_aware:
                leg.negotiation.indicate("off")
        return leg

    def answer_caller(self, now: float) -> list[CallEffect]:
        """Send 200 to the caller; PeerFault when its offer is not for us."""
        leg = self.caller
        assert leg.negotiation is not None, "the port is open before anything is answered"
        offer = self._start.offered.offer
        effects: list[CallEffect] = []
        if offer is None:
            sdp = leg.negotiation.offer()
        else:
            sdp, leg.audio = leg.negotiation.answer(offer, prefer=self._codec_of(self.winner))
            effects.append(connect_leg(leg.id, leg.audio))
        leg.state, leg.answered_at = LegState.ANSWERED, self._wall.time(now)
        return [*effects, Answer(leg=leg.id, answer=sdp)]

    @staticmethod
    def _codec_of(leg: Leg | None) -> str:
        return leg.negotiation.codec if leg is not None and leg.negotiation is not None else ""

    def codecs_first(self) -> tuple[str, ...]:
        """Return the codecs of the waiting party, offered to callees first: what it has need not change."""
        agreed = self._codec_of(self.caller)
        is_first = self.caller.id == self._start.offered.leg
        return (agreed,) if agreed or not is_first else offered_codecs(self._start.offered.offer or b"")

    def reoffered(self, event: ReinviteOffered) -> tuple[bytes, list[CallEffect]]:
        """Answer a re-INVITE with the codec of whom the party talks with, if it can be; PeerFault."""
        leg = self.legs[event.leg]
        other = self.other(leg)
        answer, effects = reoffered(leg, event, self._codec_of(other))
        return answer, [*effects, *held(leg, other, self._start.context.music)]

    def reinvited(self, event: ReinviteOffered) -> list[CallEffect]:
        """Take the peer's re-INVITE or UPDATE, or refuse it with the status of what is wrong with it."""
        try:
            answer, effects = self.reoffered(event)
        except PeerFault as fault:
            return [RefuseReinvite(leg=event.leg, status=fault.status)]
        return [AcceptReinvite(leg=event.leg, answer=answer), *effects]

    def confirmed(self, event: LegConfirmed) -> list[CallEffect]:
        """The ACK arrived, with SDP when the offer was ours."""
        leg = self.legs.get(event.leg)
        if leg is None or event.answer is None or leg.negotiation is None:
            return []
        leg.audio = leg.negotiation.accept(event.answer)
        return [connect_leg(leg.id, leg.audio)]

    def add(self, party: str, number: str, now: float) -> Leg:
        """A leg to somebody who is about to be called."""
        leg = Leg(
            id=LegId(hex_id(self._ids)),
            role="callee",
            party=party,
            number=number,
            offered_at=self._wall.time(now),
            shows=self.caller.number,
        )
        self.legs[leg.id] = leg
        return leg

    def ringback(self) -> list[CallEffect]:
        """Let whoever waits on an answered leg hear that it rings."""
        if self.caller.state is not LegState.ANSWERED:
            return []
        tone = ToneSource(country=self._start.context.country.lower(), tone="ring")
        return [Play(leg=self.caller.id, token=RINGBACK, sources=(tone,), loop=True)]
