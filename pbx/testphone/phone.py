"""Phone: a little softphone on our own SIP endpoint, for demonstrations and tests."""

import asyncio

from pbx.core.address import Address, Remote
from pbx.core.ids import Ids, LegId, hex_id
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.sip.effects import DigestCredentials, PlaceCall, Register, Reject, Ring, SipEffect
from pbx.sip.endpoint import Endpoint
from pbx.sip.events import (
    CallOffered,
    EndpointInput,
    EndpointOutput,
    LegEnded,
    LegRejected,
    RegistrationChanged,
    SendPacket,
    SipEvent,
)
from pbx.sip.io.transports import SipTransports
from pbx.sip.locate.effects import AskDns
from pbx.sip.settings import EndpointSettings
from pbx.testphone.audio import PhoneAudio
from pbx.testphone.call import PhoneCall

MAX_CALLS = 8  # one person has one ear; a flood gets 486
REGISTER_S = 10.0
GOODBYE_S = 1.0  # for the answers to the last BYEs and the un-REGISTER
BUSY = 486


class Phone:
    """One telephone: `start`, perhaps `register`, then `call` or `incoming`; `close` at the end.

    Without a password it stands for a carrier, which is known by its address alone. `register` and
    `incoming` raise TimeoutError, `register` ConnectionError when the server refuses.
    """

    def __init__(
        self,
        bind: Address,
        *,
        user: str,
        domain: str,
        server: Remote,
        display: str = "",
        password: Secret[str] | None = None,
        max_calls: int = MAX_CALLS,
    ) -> None:
        self._uri = f"sip:{user}@{domain}"
        self._domain, self._display, self._server = domain, display, server
        self._credentials = None if password is None else DigestCredentials(username=user, password=password)
        self._ids: Ids = SystemIds()
        self._transports = SipTransports(bind, self._take)
        self._endpoint: Endpoint | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._calls: dict[LegId, PhoneCall] = {}
        self._incoming: asyncio.Queue[PhoneCall] = asyncio.Queue(max_calls)
        self._max_calls = max_calls
        self._registration: asyncio.Future[int] | None = None
        self._registered = False

    @property
    def bound(self) -> Address:
        """Where the phone listens for SIP."""
        return self._transports.bound

    async def start(self) -> None:
        """Open the sockets; TransportError when the address is taken."""
        await self._transports.start()
        settings = EndpointSettings(
            listen=self.bound, accept_calls_from_anyone=True, user_agent="pbx-testphone"
        )
        self._endpoint = Endpoint(settings=settings, ids=self._ids, nonce_key=self._ids.octets(32))

    async def register(self, expires_s: int = 300) -> None:
        """Make the phone reachable under its address of record."""
        status = await self._send_register(expires_s, REGISTER_S)
        if status != 200:
            raise ConnectionError(f"the registration was refused with {status}")
        self._registered = expires_s > 0

    async def call(self, number: str) -> PhoneCall:
        """Dial; the call rings or is refused later (`wait_answered`)."""
        audio = PhoneAudio(self.bound.host, self._ids)
        call = PhoneCall(LegId(hex_id(self._ids, 8)), self._order, audio)
        self._calls[call.leg] = call
        host = self._domain if self._credentials else str(Address(self._server.host, self._server.port))
        order = PlaceCall(
            leg=call.leg,
            target=f"sip:{number}@{host}",
            to=f"sip:{number}@{host}",
            from_uri=self._uri,
            from_display=self._display,
            remote=self._server,
            offer=call.negotiation.offer(),
            credentials=self._credentials,
        )
        self._order(order)
        return call

    async def incoming(self, timeout_s: float = 30.0) -> PhoneCall:
        """Return the next call that rings here."""
        return await asyncio.wait_for(self._incoming.get(), timeout_s)

    async def close(self) -> None:
        """Hang up, un-register, close all sockets."""
        calls = list(self._calls.values())
        for call in calls:
            call.hang_up()
        if self._registered:
            try:
                await self._send_register(0, GOODBYE_S)
            except TimeoutError:
                pass  # the server is gone; the binding expires by itself
        if self._timer is not None:
            self._timer.cancel()
        self._endpoint, self._timer = None, None
        for call in calls:
            call.close()
        await self._transports.close()

    async def _send_register(self, expires_s: int, timeout_s: float) -> int:
        if self._credentials is None:
            raise ConnectionError("a phone without a password cannot register")
        self._registration = asyncio.get_running_loop().create_future()
        order = Register(
            aor=self._uri, remote=self._server, credentials=self._credentials, expires_s=expires_s
        )
        self._order(order)
        return await asyncio.wait_for(self._registration, timeout_s)

    def _order(self, order: SipEffect) -> None:
        self._take(order)

    def _take(self, event: EndpointInput) -> None:
        """Hand one input to the endpoint; after `close` nothing happens any more."""
        if self._endpoint is not None:
            self._perform(self._endpoint.handle(event, asyncio.get_running_loop().time()))

    def _tick(self) -> None:
        self._timer = None
        if self._endpoint is not None:
            self._perform(self._endpoint.tick(asyncio.get_running_loop().time()))

    def _perform(self, outputs: list[EndpointOutput]) -> None:
        for output in outputs:
            if isinstance(output, SendPacket):
                self._transports.send(output)
            elif not isinstance(output, AskDns):  # a test phone calls addresses only
                self._report(output)
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._endpoint.deadline if self._endpoint is not None else None
        if due is not None:
            self._timer = asyncio.get_running_loop().call_at(due, self._tick)

    def _report(self, event: SipEvent) -> None:
        match event:
            case RegistrationChanged():
                if self._registration is not None and not self._registration.done():
                    self._registration.set_result(event.status)
            case CallOffered():
                self._offered(event)
            case _:
                self._of_call(event)

    def _of_call(self, event: SipEvent) -> None:
        leg = getattr(event, "leg", None)
        call = self._calls.get(leg) if leg is not None else None
        if call is None:
            return
        if isinstance(event, LegEnded | LegRejected):
            del self._calls[call.leg]
        call.handle(event)

    def _offered(self, event: CallOffered) -> None:
        if len(self._calls) >= self._max_calls or self._incoming.full():
            self._order(Reject(leg=event.leg, status=BUSY))
            return
        call = PhoneCall(event.leg, self._order, PhoneAudio(self.bound.host, self._ids), event)
        self._calls[event.leg] = call
        self._order(Ring(leg=event.leg))
        self._incoming.put_nowait(call)
