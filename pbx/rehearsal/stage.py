"""Stage: the network, the telephones and the media worker of a rehearsal, as far as a call hears of them."""

from collections.abc import Callable, Iterator

from pbx.call.effects import (
    CallEffect,
    CheckCaller,
    CheckCode,
    ConsultProgram,
    DeliverEntry,
    PreparePrompts,
    SetSchedule,
)
from pbx.call.events import CallerChecked, CallEvent, EntryDelivered
from pbx.core.address import Remote
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.ivr.events import SwitchEnded
from pbx.media.effects import (
    BridgeLegs,
    CloseLeg,
    JoinRoom,
    OpenLeg,
    OpenStream,
    Play,
    SetEcho,
    StartRecording,
    StopPlay,
    StopRecording,
)
from pbx.media.events import (
    DigitReceived,
    LegClosed,
    LegOpened,
    LegStats,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
    StreamEnded,
)
from pbx.media.speech_orders import Transcribe
from pbx.rehearsal.caller import BETWEEN_KEYS_S, INTO_S, THINKS_S, CallerPart
from pbx.rehearsal.people import checked
from pbx.rehearsal.player import Player, length_ms, sentences
from pbx.rehearsal.programs import consulted
from pbx.rehearsal.scenario import SILENT, Phone, Scenario
from pbx.sip.effects import Answer, HangUp, LookUpAor, PlaceCall, Reinvite, Reject
from pbx.sip.events import (
    AorFound,
    Contact,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRejected,
    LegRinging,
    ReinviteRefused,
)

ROUND_TRIP_S = 0.02
RINGS_S = 0.3
DATABASE_S = 0.05
PROGRAM_S = 0.2
NO_RESPONSE_S = 32.0  # RFC 3261 §17.1.1.2, timer B
FULL = "the spool is full"
NOT_ACCEPTABLE, REQUEST_TIMEOUT, RINGING = 488, 408, 180
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)  # of every telephone: plain audio, whatever the plan says of media, which decides nothing else
_HOST = "192.0.2.1"  # RFC 5737: of nobody
Later = tuple[float, Callable[[], CallEvent | None]]  # in so many seconds, unless it is None by then


def switched(order: SetSchedule, scenario: Scenario) -> SwitchEnded:
    """Return what comes of switching a schedule by hand, which no other call of a rehearsal sees."""
    if not scenario.has_database:
        return SwitchEnded(call=order.call, outcome="failed")
    return SwitchEnded(call=order.call, outcome="open" if order.opens else "closed")


class Stage:
    """Answers each effect with what follows of it, and when; whoever has left does nothing more."""

    __slots__ = (
        "_answered",
        "_gone",
        "_leaves",
        "_phones",
        "_ports",
        "_recordings",
        "caller",
        "part",
        "player",
    )

    def __init__(self, caller: LegId, scenario: Scenario, country: str) -> None:
        self.caller = caller
        self.part = CallerPart(caller, scenario.replies)
        self.player = Player(country)
        self._gone: set[LegId] = set()
        self._phones: dict[LegId, Phone] = {}  # that have not heard anything yet
        self._recordings: dict[str, LegId] = {}
        self._ports = 20000
        self._answered: set[LegId] = set()
        self._leaves = False

    def follow(self, effect: CallEffect, scenario: Scenario, party: str, now: float) -> Iterator[Later]:
        """Return what comes of an effect; `party` is who is called, of PlaceCall."""
        yield from self._signalled(effect, scenario, party)
        yield from self._asked(effect, scenario)
        yield from self._played(effect, now)
        yield from self._worked(effect, scenario)

    def _signalled(self, effect: CallEffect, scenario: Scenario, party: str) -> Iterator[Later]:
        """Telephones and trunks."""
        match effect:
            case Answer():
                self._answered.add(effect.leg)
                yield self._of(effect.leg, ROUND_TRIP_S, LegConfirmed(leg=effect.leg))
            case Reject():
                self._gone.add(effect.leg)
            case HangUp():
                how = "bye" if effect.leg in self._answered else "cancel"
                yield from self._hung_up(effect.leg, how)
            case LookUpAor():
                phone = scenario.phones.get(f"extension/{effect.user}", SILENT)
                remote = Remote("udp", _HOST, 5060)
                contact = Contact(uri=f"sip:{effect.user}@{_HOST}", remote=remote)
                yield _soon(AorFound(token=effect.token, contacts=() if phone.is_away else (contact,)))
            case PlaceCall():
                self._phones[effect.leg] = scenario.phones.get(party, SILENT)
                yield from self._called(effect.leg, self._phones[effect.leg])
            case Reinvite():
                refused = ReinviteRefused(leg=effect.leg, status=NOT_ACCEPTABLE)
                yield self._of(effect.leg, ROUND_TRIP_S, refused)
            case _:
                return

    def _asked(self, effect: CallEffect, scenario: Scenario) -> Iterator[Later]:
        """The database, the tenant's servers, and the caller where he may speak."""
        match effect:
            case CheckCaller():
                yield _after(DATABASE_S, checked(effect, scenario))
            case CheckCode():
                is_right = effect.code.reveal() == scenario.code and scenario.has_database
                said = CallerChecked(call=effect.call, token=effect.token, matched=is_right)
                yield _after(DATABASE_S, said)
            case SetSchedule():
                yield _after(DATABASE_S, switched(effect, scenario))
            case DeliverEntry():
                yield _after(DATABASE_S, EntryDelivered(call=effect.call, token=effect.token))
            case ConsultProgram():
                yield _after(PROGRAM_S, consulted(effect, scenario))
            case Transcribe():
                yield _after(*self.part.speaks(effect))
            case _:
                return

    def _played(self, effect: CallEffect, now: float) -> Iterator[Later]:
        """What legs hear."""
        match effect:
            case PreparePrompts():
                yield _soon(self.player.prepared(effect))
            case Play():
                yield from self._plays(effect, now)
            case StopPlay():
                yield from map(_soon, self.player.stop(effect.leg, now))
            case _:
                return

    def _worked(self, effect: CallEffect, scenario: Scenario) -> Iterator[Later]:
        """Ports, recordings, and who talks with whom."""
        match effect:
            case OpenLeg():
                self._ports += 2
                no_room = "" if scenario.has_room else FULL
                yield _soon(LegOpened(leg=effect.leg, host=_HOST, port=self._ports, no_room=no_room))
            case CloseLeg():
                yield from self._closed(effect.leg)
            case StartRecording():
                yield self._recorded(effect, scenario)
                if effect.kind != "call":
                    yield from self._talks(scenario)
            case StopRecording():
                if self._recordings.pop(effect.recording, None) is not None:
                    yield _soon(RecordingStopped(recording=effect.recording, duration_ms=0))
            case BridgeLegs(a=a, b=b) if self.caller in (a, b):
                yield from self._talks(scenario)
            case OpenStream():
                closed = StreamEnded(leg=effect.leg, stream=effect.stream, reason="bot_closed")
                yield self._of(effect.leg, scenario.talks_s, closed)
            case SetEcho(on=True) | JoinRoom():
                yield from self._talks(scenario)
            case _:
                return

    def leaves(self) -> CallEvent | None:
        """The caller hangs up, if he has not left."""
        if self.caller in self._gone:
            return None
        self._gone.add(self.caller)
        return LegEnded(
            leg=self.caller, by_peer=True, how="bye" if self.caller in self._answered else "cancel"
        )

    def has_left(self, leg: LegId) -> bool:
        """Whether a leg is over."""
        return leg in self._gone

    def _called(self, leg: LegId, phone: Phone) -> Iterator[Later]:
        if phone.is_away:  # a trunk: an extension that is away has no contact
            gone = LegRejected(leg=leg, status=REQUEST_TIMEOUT, reason="Request Timeout")
            yield self._of(leg, NO_RESPONSE_S, gone, is_last=True)
            return
        yield self._of(leg, RINGS_S, LegRinging(leg=leg, status=RINGING))
        if phone.refuses:
            refused = LegRejected(leg=leg, status=phone.refuses, reason="Refused")
            yield self._of(leg, max(phone.after_s, RINGS_S), refused, is_last=True)
        if phone.answers_s is not None:
            yield self._of(leg, phone.answers_s, LegAnswered(leg=leg, answer=SDP))
            if phone.hangs_up_s is not None:
                ended = LegEnded(leg=leg, by_peer=True, how="bye")
                yield self._of(leg, phone.answers_s + phone.hangs_up_s, ended, is_last=True)

    def _hung_up(self, leg: LegId, how: str) -> Iterator[Later]:
        if leg not in self._gone:
            self._gone.add(leg)
            yield _after(ROUND_TRIP_S, LegEnded(leg=leg, by_peer=False, how=how))

    def _closed(self, leg: LegId) -> Iterator[Later]:
        self.player.stop(leg, 0.0)
        for recording in [one for one, on in self._recordings.items() if on == leg]:
            del self._recordings[recording]
        yield _soon(LegClosed(leg=leg, stats=LegStats()))

    def _plays(self, order: Play, now: float) -> Iterator[Later]:
        yield from map(_soon, self.player.begin(order, now))
        if order.leg == self.caller:
            for key in self.part.begins(sentences(order)):
                yield _after(INTO_S, key)
        if not order.loop:
            phone = self._phones.pop(order.leg, SILENT)
            for i, one in enumerate(phone.presses):
                pressed = DigitReceived(leg=order.leg, digit=Secret(one), duration_ms=100)
                yield self._of(order.leg, length_ms(order) / 1000 + THINKS_S + i * BETWEEN_KEYS_S, pressed)
            leg, token = order.leg, order.token
            yield length_ms(order) / 1000, lambda: self.player.over(leg, token)

    def _recorded(self, order: StartRecording, scenario: Scenario) -> Later:
        if not scenario.has_room:
            return _soon(RecordingFailed(recording=order.recording, reason=FULL))
        self._recordings[order.recording] = order.leg
        return _soon(RecordingStarted(recording=order.recording))

    def _talks(self, scenario: Scenario) -> Iterator[Later]:
        """The caller has reached somebody, or something: he hangs up when he is done."""
        if not self._leaves:
            self._leaves = True
            yield scenario.talks_s, self.leaves

    def _of(self, leg: LegId, seconds: float, event: CallEvent, *, is_last: bool = False) -> Later:
        def happen() -> CallEvent | None:
            if leg in self._gone:
                return None
            if is_last:
                self._gone.add(leg)
            if isinstance(event, LegAnswered):
                self._answered.add(leg)
            return event

        return seconds, happen


def _soon(event: CallEvent) -> Later:
    return _after(0.0, event)


def _after(seconds: float, event: CallEvent) -> Later:
    return seconds, lambda: event
