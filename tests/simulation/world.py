"""A world on a manual clock: the PBX, three telephones and a carrier on a bad network."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from random import Random

from pbx.call.effects import Audit, CallEffect, CheckCaller, PreparePrompts, SaveCall
from pbx.call.events import CallerChecked, CallEvent, PromptsReady
from pbx.call.record import CallRecord
from pbx.core.address import Address, Remote
from pbx.core.ids import CallId, SeededIds
from pbx.core.secret import Secret
from pbx.media.effects import FileSource, MediaEffect
from pbx.sip.digest import ha1
from pbx.sip.effects import SipEffect
from pbx.sip.endpoint import Endpoint
from pbx.sip.events import EndpointOutput, PacketReceived, SendPacket, SipEvent
from pbx.sip.locate.effects import AskDns
from pbx.sip.reliability import Reliable
from pbx.sip.settings import EndpointSettings, TrunkPeer
from tests.call.conftest import Board
from tests.simulation.media import MediaWorker
from tests.simulation.network import Network, Weather

PBX = Address("127.0.0.1", 5060)
ALICE, CAROL, MOBILE = (Address(f"10.0.0.{n}", 5060) for n in (11, 13, 14))
CARRIER = Address("127.0.0.2", 5070)
EXTENSIONS = ("1001", "1002", "1003")
USERS = {ALICE: "1001", CAROL: "1003", MOBILE: "1003"}
PASSWORD = Secret("correct horse")
DOMAIN = "acme.example"
PBX_INTERVAL_S = 1800  # the longest of all: who asks for less gets it
MEDIA_S = 0.005  # the prompt store's answer
# Session timers of three lengths, one peer without, and all wishes about reliable responses (RFC 3262).
PHONES: dict[Address, tuple[int, Reliable]] = {
    ALICE: (90, "supported"),
    CAROL: (0, "required"),
    MOBILE: (1800, "never"),
    CARRIER: (120, "supported"),
}


class World:
    """Everything that happens is in one heap; `check` runs after each event."""

    def __init__(
        self,
        seed: int,
        weather: Weather,
        check: Callable[["World"], None],
        phones: tuple[Address, ...] = tuple(PHONES),
    ) -> None:
        """`phones` are endpoints of ours; a packet to anybody else is left in `unclaimed`."""
        self.random = Random(seed)
        self.now = 1000.0
        self.records: dict[CallId, CallRecord] = {}
        self.heard: dict[Address, Callable[[SipEvent], None]] = {}
        self.seen: Counter[str] = Counter()  # orders and facts of the PBX, by name
        self.network = Network(self.random, weather, self.after)
        self.media = MediaWorker(self.random, self.after, self._call)
        self.unclaimed: list[SendPacket] = []
        self._check = check
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = count()
        self._armed: dict[object, float] = {}
        board = Board(change=lambda context: replace(context, transferring_trunks=frozenset({"carrier"})))
        self.switchboard = board.switchboard
        self.switchboard.swap({"acme": board.tenant_plan})
        self.switchboard.tick(self.now)
        self.endpoints = {PBX: _endpoint(_pbx_settings())}
        for address in phones:
            self.endpoints[address] = _endpoint(_phone_settings(address))

    @property
    def pbx(self) -> Endpoint:
        """The SIP side of the PBX."""
        return self.endpoints[PBX]

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something later."""
        heapq.heappush(self._heap, (self.now + seconds, next(self._serial), action))

    @property
    def due(self) -> float:
        """When the next thing happens; infinity = never again."""
        self._arm()
        return self._heap[0][0] if self._heap else float("inf")

    def receive(self, octets: bytes, source: Remote) -> None:
        """The PBX receives a packet of somebody who is no endpoint of ours."""
        self._sip(PBX, self.pbx.handle(PacketReceived(octets=octets, remote=source), self.now))

    def order(self, at: Address, order: SipEffect) -> None:
        """Give an order to a telephone or the carrier."""
        self._sip(at, self.endpoints[at].handle(order, self.now))

    def run(self, until: float) -> None:
        """Let time pass."""
        self._arm()
        while self._heap and self._heap[0][0] <= until:
            self.now, _, action = heapq.heappop(self._heap)
            action()
            self._check(self)
            self._arm()
        self.now = until

    def _arm(self) -> None:
        """Wake each machine at its deadline; a wake-up that comes too early finds nothing due."""
        machines: Iterator[tuple[object, float | None, Callable[[], None]]] = iter(
            [
                *((at, one.deadline, lambda at=at: self._tick(at)) for at, one in self.endpoints.items()),
                ("switchboard", self.switchboard.deadline, self._tick_calls),
            ]
        )
        for key, due, wake in machines:
            if due is not None and self._armed.get(key, float("inf")) > due:
                self._armed[key] = due
                self.after(max(0.0, due - self.now), wake)

    def _tick(self, at: Address) -> None:
        self._armed.pop(at, None)
        self._sip(at, self.endpoints[at].tick(self.now))

    def _tick_calls(self) -> None:
        self._armed.pop("switchboard", None)
        self._perform(self.switchboard.tick(self.now))

    def _sip(self, at: Address, outputs: list[EndpointOutput]) -> None:
        for output in outputs:
            assert not isinstance(output, AskDns), "everybody has an address here"
            if isinstance(output, SendPacket):
                self._send(at, output)
            elif at == PBX:
                self._call(output)
            else:
                self.heard[at](output)

    def _send(self, at: Address, packet: SendPacket) -> None:
        to = Address(packet.remote.host, packet.remote.port)
        if to not in self.endpoints:
            self.unclaimed.append(packet)
            return
        arrived = PacketReceived(octets=packet.octets, remote=Remote("udp", at.host, at.port))

        def arrive() -> None:
            self._sip(to, self.endpoints[to].handle(arrived, self.now))

        self.network.carry(packet, at, to, arrive)

    def _later(self, seconds: float, event: CallEvent) -> None:
        self.after(seconds, lambda: self._call(event))

    def _call(self, event: CallEvent) -> None:
        self._perform(self.switchboard.handle(event, self.now))

    def _perform(self, effects: list[CallEffect]) -> None:
        for effect in effects:
            match effect:
                case PreparePrompts():
                    source = FileSource(path="p.wav", sha256="00", duration_ms=1000)
                    ready = PromptsReady(call=effect.call, token=effect.token, sources=(source,), sha256="a")
                    self._later(MEDIA_S, ready)
                case CheckCaller():
                    checked = CallerChecked(call=effect.call, token=effect.token, matched=False)
                    self._later(MEDIA_S, checked)
                case SaveCall():
                    self.records[effect.record.call] = effect.record
                case Audit():
                    self.seen[effect.fact.kind] += 1
                case _ if isinstance(effect, MediaEffect):
                    self.media.perform(effect)
                case _ if isinstance(effect, SipEffect):
                    self.seen[type(effect).__name__] += 1
                    self._sip(PBX, self.pbx.handle(effect, self.now))


def _endpoint(settings: EndpointSettings) -> Endpoint:
    return Endpoint(settings=settings, ids=SeededIds(str(settings.listen)), nonce_key=b"k" * 32)


def _pbx_settings() -> EndpointSettings:
    def lookup(realm: str, username: str, algorithm: str) -> str | None:
        return ha1(username, realm, PASSWORD, algorithm) if username in EXTENSIONS else None

    carrier = TrunkPeer(name="carrier", tenant="acme", networks=("127.0.0.2/32",), trusted=True)
    return EndpointSettings(
        listen=PBX,
        domains={DOMAIN: "acme"},
        trunks=(carrier,),
        lookup_ha1=lookup,
        session_expires_s=PBX_INTERVAL_S,
    )


def _phone_settings(at: Address) -> EndpointSettings:
    interval_s, reliable = PHONES[at]
    return EndpointSettings(
        listen=at,
        accept_calls_from_anyone=True,
        user_agent="phone",
        session_expires_s=interval_s,
        reliable=reliable,
    )
