"""A switchboard with one tenant on a manual clock, and the events that peers and workers would send."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import TypeVar

import pytest

from pbx.call.context import CallContext, TrunkRoute, Wall
from pbx.call.effects import CallEffect, PreparePrompts, SaveCall
from pbx.call.events import CallEvent, PromptsMissing, PromptsReady
from pbx.call.record import CallRecord
from pbx.call.start import TenantPlan
from pbx.call.switchboard import Switchboard
from pbx.config.load import load
from pbx.config.models import Tenant
from pbx.consent.io.shipped import shipped_rules, shipped_texts
from pbx.core.address import Remote
from pbx.core.ids import LegId, SeededIds
from pbx.dialplan.plan import DialPlan
from pbx.media.dialogue import Say
from pbx.media.effects import CloseLeg, FileSource, OpenLeg, Play, StartRecording
from pbx.media.events import (
    LegClosed,
    LegFailed,
    LegOpened,
    LegStats,
    PlayEnded,
    RecordingFailed,
    RecordingStarted,
)
from pbx.recording.rules import RecordingRules
from pbx.sip.effects import LookUpAor
from pbx.sip.events import AorFound, CallOffered, Contact, DeviceOrigin, Origin, TrunkOrigin
from pbx.sip.hops import Hops
from pbx.sip.stir.verdict import StirVerdict
from tests.e2e.running import CONFIG

OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)
ANSWER = OFFER.replace(b"192.0.2.1", b"192.0.2.9")
NO_HOPS = Hops()
SOURCE = Remote("udp", "127.0.0.2", 5070)
BY_FLOW = RecordingRules()
RULES, TEXTS = shipped_rules(), shipped_texts()  # they do not change, and are dear to read
WALL = Wall(datetime(2026, 11, 24, tzinfo=UTC), 100.0)
CARRIER = TrunkOrigin(trunk="carrier", tenant="acme")
EffectT = TypeVar("EffectT")


@cache
def sample() -> Tenant:
    """The tenant of the sample configuration; it does not change, and is dear to read."""
    return load(CONFIG).tenants["acme"]


class Board:
    """Plays network and workers: ports open at once, prompts are ready at once and last a second."""

    def __init__(
        self,
        *,
        ports: int = 1000,
        unspeakable: str = "\0",
        recording: RecordingRules = BY_FLOW,
        change: Callable[[CallContext], CallContext] = lambda context: context,
        wall: Wall = WALL,
    ) -> None:
        """`ports` that the worker has; sentences with `unspeakable` in them have no audio."""
        tenant = sample()
        trunk = TrunkRoute(name="carrier", remote=Remote("udp", "127.0.0.2", 5070), caller_id="+441632960100")
        context = CallContext(
            tenant="acme",
            domain="acme.example",
            country="GB",
            language="en-GB",
            groups={group.name: group.members for group in tenant.groups.values()},
            trunks={"carrier": trunk},
            flows=tenant.flows,
            rules=RULES,
            texts=TEXTS,
            default_unknown="notify_optout",
            staff_notice="2026-01",
            staff_acknowledged=frozenset({"1001", "1002"}),
            recipients=("age1test",),
            recording=recording,
            purposes=("compliance",),
            codes=tenant.codes,
        )
        self.tenant_plan = TenantPlan(plan=DialPlan(tenant.rules), context=change(context))
        plans = {"acme": self.tenant_plan}
        self.now = 100.0
        self.switchboard = Switchboard(plans, SeededIds(), wall)
        self.contacts: dict[str, tuple[Contact, ...]] = {}
        self.effects: list[CallEffect] = []
        self.ports = iter(range(20000, 20000 + 2 * ports, 2))
        self.unspeakable = unspeakable
        self.at_worker = 0  # where ports are opened
        self.journal: bool | None = None  # that is ordered: it opens, it fails, or nothing is heard of it
        self.no_room = ""  # as the spool says

    def send(self, event: CallEvent) -> list[CallEffect]:
        """Give an event; automatic answers of the surroundings are given too. Returns all new effects."""
        start = len(self.effects)
        self._absorb(self.switchboard.handle(event, self.now))
        return self.effects[start:]

    def pass_time(self, seconds: float) -> list[CallEffect]:
        """Move the clock, waking the switchboard at each of its deadlines."""
        start, end = len(self.effects), self.now + seconds
        while (due := self.switchboard.deadline) is not None and due <= end:
            self.now = max(self.now, due)
            self._absorb(self.switchboard.tick(self.now))
        self.now = end
        return self.effects[start:]

    def offer(
        self,
        called: str,
        *,
        origin: Origin = CARRIER,
        number: str = "+447700900123",
        sdp: bytes | None = OFFER,
        source: Remote = SOURCE,
        leg: str = "a",
        hops: Hops = NO_HOPS,
        verdict: StirVerdict | None = None,
        aware: bool = False,
    ) -> list[CallEffect]:
        """An INVITE; `aware` = its telephone knows of recording."""
        user = origin.extension if isinstance(origin, DeviceOrigin) else number
        return self.send(
            CallOffered(
                leg=LegId(leg),
                origin=origin,
                called=called,
                called_domain="acme.example",
                from_user=user,
                from_display="",
                asserted_user="",
                private=False,
                offer=sdp,
                source=source,
                max_forwards=70,
                sip_call_id="x",
                hops=hops,
                verdict=verdict,
                is_record_aware=aware,
            )
        )

    def finish_prompt(self, leg: str = "a") -> list[CallEffect]:
        """The last prompt of a caller is played to its end."""
        play = [effect for effect in self.all(Play) if effect.leg == leg and not effect.loop][-1]
        self.now += 1.0
        ended = PlayEnded(leg=play.leg, token=play.token, played_ms=1000, total_ms=1000, completed=True)
        return self.send(ended)

    def all(self, kind: type[EffectT]) -> list[EffectT]:
        """Every effect of one kind so far."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def last(self, kind: type[EffectT]) -> EffectT:
        return self.all(kind)[-1]

    @property
    def record(self) -> CallRecord:
        """The call record as last saved."""
        return self.last(SaveCall).record

    def _absorb(self, effects: list[CallEffect]) -> None:
        for effect in effects:
            self.effects.append(effect)
            for event in self._surroundings(effect):
                self._absorb(self.switchboard.handle(event, self.now))

    def _surroundings(self, effect: CallEffect) -> Iterator[CallEvent]:
        match effect:
            case OpenLeg():
                port = next(self.ports, None)
                if port is None:
                    yield LegFailed(leg=effect.leg, reason="no port")
                else:
                    yield LegOpened(
                        leg=effect.leg,
                        host="127.0.0.1",
                        port=port,
                        worker=self.at_worker,
                        fingerprint="ab" * 32,
                        no_room=self.no_room,
                    )
            case StartRecording() if self.journal is not None:
                one = effect.recording
                failed = RecordingFailed(recording=one, reason="No space left on device")
                yield RecordingStarted(recording=one) if self.journal else failed
            case CloseLeg():
                yield LegClosed(leg=effect.leg, stats=LegStats())
            case PreparePrompts():
                if any(self.unspeakable in p.text for p in effect.prompts if isinstance(p, Say)):
                    yield PromptsMissing(call=effect.call, token=effect.token, reason="no engine")
                    return
                source = FileSource(path="p.wav", sha256="00", duration_ms=1000)
                yield PromptsReady(call=effect.call, token=effect.token, sources=(source,), sha256="ab")
            case LookUpAor():
                yield AorFound(token=effect.token, contacts=self.contacts.get(effect.user, ()))


def contact(user: str, port: int = 5080) -> Contact:
    """A registered phone."""
    return Contact(uri=f"sip:{user}@127.0.0.1:{port}", remote=Remote("udp", "127.0.0.1", port))


@pytest.fixture
def board() -> Board:
    return Board()
