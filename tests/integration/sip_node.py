"""An endpoint on real sockets, driven by what arrives."""

import asyncio

from pbx.core.address import Address, Remote, Transport
from pbx.core.ids import LegId, SeededIds
from pbx.sip.effects import PlaceCall
from pbx.sip.endpoint import Endpoint
from pbx.sip.events import EndpointInput, SendPacket, SipEvent
from pbx.sip.io.transports import SipTransports, TransportOptions
from pbx.sip.listeners import Listeners
from pbx.sip.locate.effects import AskDns
from pbx.sip.settings import EndpointSettings, TrunkPeer

HOST = "127.0.0.1"


class Node:
    """One endpoint driven by its sockets; its timers are not needed on loopback."""

    def __init__(
        self,
        host: str = HOST,
        options: TransportOptions | None = None,
        *,
        certificate: str = "",
        listens: tuple[Transport, ...] = ("udp", "tcp"),
    ) -> None:
        """With `certificate` calls come from a trunk that proves this domain, and from nobody else."""
        self.events: asyncio.Queue[SipEvent] = asyncio.Queue()
        self.inputs: asyncio.Queue[EndpointInput] = asyncio.Queue()
        self.transports = SipTransports(Address(host, 0), self.take, listens, options)
        self._trunks = (TrunkPeer(name="carrier", tenant="acme", certificate=certificate),)[
            : bool(certificate)
        ]
        self.endpoint: Endpoint | None = None

    async def start(self) -> None:
        await self.transports.start()
        settings = EndpointSettings(
            listen=self.transports.bound,
            listeners=Listeners(self.transports.listening),
            domains={"acme.example": "acme"},
            trunks=self._trunks,
            accept_calls_from_anyone=not self._trunks,
        )
        self.endpoint = Endpoint(settings=settings, ids=SeededIds(str(settings.listen)), nonce_key=b"k" * 32)

    def address(self, transport: Transport) -> Address:
        """Return where this transport listens."""
        return next(one.bind for one in self.transports.listening if one.transport == transport)

    def take(self, event: EndpointInput) -> None:
        assert self.endpoint is not None
        self.inputs.put_nowait(event)
        for output in self.endpoint.handle(event, asyncio.get_running_loop().time()):
            if isinstance(output, SendPacket):
                self.transports.send(output)
            elif not isinstance(output, AskDns):
                self.events.put_nowait(output)

    async def next(self) -> SipEvent:
        return await asyncio.wait_for(self.events.get(), 5)


def call(to: Address, transport: Transport, name: str = "") -> PlaceCall:
    """Return the order to call `to`, which proves `name` by TLS."""
    return PlaceCall(
        leg=LegId("out"),
        target=f"sip:200@{to}",
        to=f"sip:200@{to}",
        from_uri="sip:100@127.0.0.1",
        from_display="",
        remote=Remote(transport, to.host, to.port, name=name),
        offer=b"v=0\r\n",
    )
