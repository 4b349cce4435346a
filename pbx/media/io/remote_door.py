"""Where a remote worker lets signalling in: one session at a time, which outlives its connections."""

import asyncio
import logging

from pbx.core.errors import ParseError, TransportError
from pbx.core.ids import Ids
from pbx.core.io.channel import Channel
from pbx.media.io.deliveries import Deliveries
from pbx.media.io.host import MediaHost
from pbx.media.session import (
    CONFIRM_EVERY,
    HELLO_S,
    VERSION,
    FromWorker,
    Heard,
    Hello,
    ToWorker,
    Welcome,
)

MAX_STRANGERS = 16  # connections that have proved a certificate and said nothing yet
RemoteChannel = Channel[ToWorker, FromWorker]
_log = logging.getLogger(__name__)


class RemoteDoor:
    """`names` = DNS names, one of which a client's certificate has to hold; none = any of the authority."""

    def __init__(self, host: MediaHost, deliveries: Deliveries, ids: Ids, names: frozenset[str]) -> None:
        self._host, self._deliveries, self._names = host, deliveries, names
        self._instance = ids.octets(16).hex()
        self._session = ""
        self._n_received = 0
        self._n_confirmed = 0
        self._n_strangers = 0

    async def serve(self, channel: RemoteChannel) -> None:
        """Talk on a connection until it ends; the legs go on."""
        try:
            hello = await self._greeted(channel)
            if hello is None:
                return
            self._welcome(hello, channel)
            await self._listen(channel)
        except ParseError as error:
            _log.error("signalling sent rubbish: %s", error)
        except TransportError as error:
            _log.warning("signalling does not read: %s", error)
        finally:
            self._deliveries.flow.detach(channel)

    async def _greeted(self, channel: RemoteChannel) -> Hello | None:
        if self._names and self._names.isdisjoint(channel.peer_names):
            _log.warning("refused a client named %s", ", ".join(sorted(channel.peer_names)) or "nothing")
            return None
        if self._n_strangers >= MAX_STRANGERS:
            return None
        self._n_strangers += 1
        try:
            hello = await asyncio.wait_for(channel.receive(), HELLO_S)
        except TimeoutError:
            return None
        finally:
            self._n_strangers -= 1
        if not isinstance(hello, Hello):
            raise ParseError(f"{type(hello).__name__} in the place of a greeting")
        return hello

    def _welcome(self, hello: Hello, channel: RemoteChannel) -> None:
        resumed = hello.session == self._session
        told = self._n_received if resumed else 0
        welcome = Welcome(version=VERSION, instance=self._instance, resumed=resumed, received=told)
        channel.send(welcome)
        if hello.version != VERSION:
            raise ParseError(f"signalling speaks version {hello.version}, this worker {VERSION}")
        if resumed:
            self._deliveries.flow.confirm(hello.received)
        else:
            self._begin(hello.session)
        self._deliveries.flow.attach(channel)
        _log.info("signalling is connected, %s", "as before" if resumed else "anew")

    def _begin(self, session: str) -> None:
        """Whoever begins a session knows nothing of the legs of another one."""
        if self._host.n_legs:
            _log.warning("%d legs of a former session are closed", self._host.n_legs)
        self._host.end_legs()
        self._deliveries.begin_session()
        self._session, self._n_received, self._n_confirmed = session, 0, 0

    async def _listen(self, channel: RemoteChannel) -> None:
        while (message := await channel.receive()) is not None:
            if not self._deliveries.flow.serves(channel):
                return  # it comes once more on the newer connection
            match message:
                case Hello():
                    raise ParseError("a second greeting")
                case Heard():
                    self._deliveries.flow.confirm(message.received)
                    self._confirm(channel)
                case _:
                    self._n_received += 1
                    self._host.perform(message)
                    if self._n_received % CONFIRM_EVERY == 0:
                        self._confirm(channel)

    def _confirm(self, channel: RemoteChannel) -> None:
        # Signalling sends no more orders than a window beyond what is confirmed.
        if not self._deliveries.is_owing:
            self._n_confirmed = self._n_received
        if channel.is_open:
            channel.send(Heard(received=self._n_confirmed))
