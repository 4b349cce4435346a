"""A call, its ports and a recorder, as the tests of the session client play them."""

from dataclasses import replace
from typing import TypeVar

from pbx.core.address import Remote
from pbx.core.ids import CallId, LegId, SeededIds
from pbx.core.wall import EPOCH
from pbx.media.effects import OpenLeg
from pbx.media.events import LegOpened
from pbx.sip.credentials import DigestCredentials
from pbx.sip.effects import PlaceCall, Reinvite
from pbx.sip.events import LegAnswered, ReinviteAnswered
from pbx.sip.media_peers import ANYBODY
from pbx.sip.sdp import parse_sdp
from pbx.siprec.effects import SiprecEffect, Told
from pbx.siprec.events import Picture, Recorded, SiprecEvent
from pbx.siprec.servers import Client, Server
from pbx.siprec.session import RecordingSession

CALL = CallId("call")
ANN = Recorded(leg=LegId("ann"), aor="sip:+4930123456@pbx.example", codec="PCMA")
BOB = Recorded(leg=LegId("bob"), aor="sip:100@pbx.example", codec="PCMA", name="Bob")
EVE = Recorded(leg=LegId("eve"), aor="sip:101@pbx.example", codec="G722")
BOTH = Picture(parties=(ANN, BOB))
EffectT = TypeVar("EffectT")


def server(host: str) -> Server:
    return Server(uri=f"sip:srs@{host}", remote=Remote("udp", host, 5060))


def of_kind(effects: list[SiprecEffect], kind: type[EffectT]) -> list[EffectT]:
    return [one for one in effects if isinstance(one, kind)]


def told(effects: list[SiprecEffect]) -> list[tuple[str, str]]:
    return [(one.kind, one.server) for one in effects if isinstance(one, Told)]


def answer_to(offer: bytes, direction: str = "recvonly", port: int = 4000) -> bytes:
    """What a recorder answers that takes every stream that is open."""
    head = "v=0\r\no=- 1 1 IN IP4 198.51.100.9\r\ns=-\r\nc=IN IP4 198.51.100.9\r\nt=0 0\r\n"
    lines = []
    for index, media in enumerate(parse_sdp(offer).media):
        way = "inactive" if media.direction == "inactive" else direction
        where = port + 2 * index if media.port else 0
        lines.append(f"m=audio {where} {media.protocol} {media.formats[0]}\r\na={way}\r\n")
    return (head + "".join(lines)).encode()


class Site:
    """One session client, fed by hand; `last` are the effects of the last step."""

    def __init__(self, *hosts: str, credentials: DigestCredentials | None = None) -> None:
        """`credentials` are those for each of the recorders."""
        plain = (server(host) for host in hosts or ("192.0.2.1",))
        servers = tuple(replace(one, credentials=credentials) for one in plain)
        client = Client(uri="sip:pbx@pbx.example", servers=servers, peers=ANYBODY)
        self.session = RecordingSession(CALL, client, SeededIds(), wall=EPOCH, now=0.0)
        self.now = 0.0
        self.last: list[SiprecEffect] = []
        self._port = 20000

    def at(self, now: float) -> "Site":
        self.now = now
        return self

    def follow(self, picture: Picture | None) -> list[SiprecEffect]:
        """Show how the call looks, and open the ports that are asked for."""
        return self.open_ports(self.session.follow(picture, self.now))

    def handle(self, event: SiprecEvent) -> list[SiprecEffect]:
        return self.open_ports(self.session.handle(event, self.now))

    def tick(self, now: float) -> list[SiprecEffect]:
        self.now = now
        return self.open_ports(self.session.tick(now))

    def open_ports(self, effects: list[SiprecEffect], worker: int = 0) -> list[SiprecEffect]:
        done = list(effects)
        for order in of_kind(effects, OpenLeg):
            self._port += 2
            event = LegOpened(leg=order.leg, host="192.0.2.9", port=self._port, worker=worker)
            done += self.session.handle(event, self.now)
        self.last = done
        return done

    @property
    def call(self) -> PlaceCall:
        """The INVITE of the last step."""
        (order,) = of_kind(self.last, PlaceCall)
        return order

    @property
    def reinvite(self) -> Reinvite:
        """The re-INVITE of the last step."""
        (order,) = of_kind(self.last, Reinvite)
        return order

    def answer(self) -> list[SiprecEffect]:
        """The recorder takes every stream of the last INVITE or re-INVITE."""
        for order in self.last:
            if isinstance(order, PlaceCall):
                return self.handle(LegAnswered(leg=order.leg, answer=answer_to(order.offer)))
            if isinstance(order, Reinvite):
                return self.handle(ReinviteAnswered(leg=order.leg, answer=answer_to(order.offer or b"")))
        raise AssertionError(f"nothing to answer in {self.last}")


def up(*hosts: str) -> Site:
    """A site whose first recorder records both parties."""
    site = Site(*hosts)
    site.follow(BOTH)
    site.answer()
    return site
