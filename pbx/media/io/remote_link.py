"""The signalling process's end of a worker on another machine: a session over connections that may break."""

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from pbx.core.address import Address
from pbx.core.errors import ParseError, TransportError
from pbx.core.ids import Ids, uint32
from pbx.core.io.channel import Channel
from pbx.core.io.flow import Flow
from pbx.core.io.tls_channel import connect_tls
from pbx.core.wire import Codec
from pbx.media.effects import MediaEffect
from pbx.media.events import WorkerEvent
from pbx.media.session import (
    CONFIRM_EVERY,
    HELLO_S,
    VERSION,
    FromWorker,
    Heard,
    Hello,
    ToWorker,
    Welcome,
    backoff_s,
)

BEAT_S = 1.0
FLUSH_S = 2.0
MAX_MISSED = 3  # beats without a word; then the machine or the way there is gone
MANY = 1000  # orders that wait: such a worker gets no new calls
MAX_ORDERS = 15_000  # that wait: the worker takes none any more
RemoteChannel = Channel[FromWorker, ToWorker]
_CODECS = (Codec[FromWorker](FromWorker), Codec[ToWorker](ToWorker))
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteWorker:
    """Where a worker is, whom its certificate has to name, and how long its legs wait for a connection."""

    address: Address
    name: str
    tls: ssl.SSLContext
    relink_s: float


class _Orders:
    """The backlog: in the order given."""

    def __init__(self) -> None:
        self.waiting: deque[MediaEffect] = deque()

    def __len__(self) -> int:
        return len(self.waiting)

    def pop(self) -> MediaEffect:
        return self.waiting.popleft()


class RemoteLink:
    """`lost` is called once its legs are gone: another process answers, or nobody for `relink_s`.

    `eased` is called when a broken connection is there again.
    """

    def __init__(
        self,
        worker: RemoteWorker,
        ids: Ids,
        deliver: Callable[[WorkerEvent], None],
        *,
        lost: Callable[[], None],
        eased: Callable[[], None],
    ) -> None:
        self._worker, self._ids = worker, ids
        self._deliver, self._lost, self._eased = deliver, lost, eased
        self._channel: RemoteChannel | None = None
        self._orders = _Orders()
        self._flow: Flow[MediaEffect] = Flow(self._orders)
        self._keeping: asyncio.Task[None] | None = None
        self._session = self._instance = ""
        self._n_received = self._n_missed = 0

    @property
    def is_connected(self) -> bool:
        return self._channel is not None

    @property
    def is_slow(self) -> bool:
        """Whether it must not get more calls: many orders wait, or nobody answers at the moment."""
        return self._channel is None or len(self._orders) > MANY

    def retry_s(self, attempt: int) -> float:
        """How long to wait before the next `connect`."""
        return backoff_s(attempt, uint32(self._ids) / 2**32)

    async def connect(self) -> None:
        """Begin a session with a worker that has no legs of ours; TransportError when it cannot be."""
        self._session, self._n_received = self._ids.octets(16).hex(), 0
        self._orders.waiting.clear()
        self._flow.begin_session()
        channel, welcome = await self._greet()
        self._instance = welcome.instance
        self._use(channel)
        self._keeping = asyncio.create_task(self._keep(channel))

    def send(self, effect: MediaEffect) -> None:
        """Queue an order, also while the connection is broken; TransportError when the worker is gone."""
        if not self._instance:
            raise TransportError(f"not connected to the media worker {self._worker.address}")
        if len(self._orders) >= MAX_ORDERS:
            self._instance = ""  # an order left out would leave a leg in a state that nobody knows
            if self._channel is not None:
                self._channel.abort()
            raise TransportError(f"the media worker {self._worker.address} takes no orders")
        self._orders.waiting.append(effect)
        self._flow.flush()

    async def close(self) -> None:
        """Send what is queued and disconnect; the worker keeps its legs until somebody else comes."""
        if self._channel is not None:
            self._say_heard(self._channel)  # it is answered with what has arrived
        try:
            async with asyncio.timeout(FLUSH_S):
                await self._flow.finish()
        except (TimeoutError, ConnectionError):
            _log.debug("the media worker had gone already")
        channel, self._channel, self._instance = self._channel, None, ""
        if self._keeping is not None:
            self._keeping.cancel()
            self._keeping = None
        if channel is not None:
            channel.close()

    async def _greet(self) -> tuple[RemoteChannel, Welcome]:
        where = self._worker.address
        channel = await connect_tls(where, self._worker.tls, self._worker.name, _CODECS)
        try:
            channel.send(Hello(version=VERSION, session=self._session, received=self._n_received))
            async with asyncio.timeout(HELLO_S):
                welcome = await channel.receive()
            if welcome is None:
                raise TransportError(f"{where} hangs up: does it know the authority of our certificate?")
            if not isinstance(welcome, Welcome) or welcome.version != VERSION:
                raise TransportError(f"{where} is a worker of another version")
        except (TimeoutError, ParseError):
            channel.abort()
            raise TransportError(f"{where} does not greet as a media worker does") from None
        except BaseException:
            channel.abort()
            raise
        return channel, welcome

    def _use(self, channel: RemoteChannel) -> None:
        self._channel, self._n_missed = channel, 0
        self._flow.attach(channel)

    async def _keep(self, channel: RemoteChannel) -> None:
        """Follow one session over its connections until its legs are gone."""
        current: RemoteChannel | None = channel
        while current is not None:
            await self._follow(current)
            current = await self._relinked() if self._instance else None
        self._instance = ""
        self._lost()

    async def _follow(self, channel: RemoteChannel) -> None:
        beat = asyncio.create_task(self._beat(channel))
        try:
            while (message := await channel.receive()) is not None:
                self._take(message, channel)
        except ParseError as error:
            _log.error("media worker %s sent rubbish: %s", self._worker.address, error)
            self._instance = ""
        finally:
            beat.cancel()
            self._flow.detach(channel)
            if self._channel is channel:
                self._channel = None
                channel.abort()

    def _take(self, message: FromWorker, channel: RemoteChannel) -> None:
        self._n_missed = 0
        match message:
            case Heard():
                self._flow.confirm(message.received)
            case Welcome():
                raise ParseError("a second greeting")
            case _:
                self._n_received += 1
                if self._n_received % CONFIRM_EVERY == 0:
                    self._say_heard(channel)
                try:
                    self._deliver(message)
                except Exception:
                    _log.exception("a media event could not be handled")

    async def _beat(self, channel: RemoteChannel) -> None:
        """Counts beats, not seconds: when this process stood still, the worker's words are there unread."""
        while self._n_missed < MAX_MISSED:
            await asyncio.sleep(BEAT_S)
            self._n_missed += 1
            self._say_heard(channel)
        _log.warning("media worker %s says nothing", self._worker.address)
        channel.abort()

    def _say_heard(self, channel: RemoteChannel) -> None:
        try:
            channel.send(Heard(received=self._n_received))
        except TransportError as error:
            _log.debug("media worker %s: %s", self._worker.address, error)

    async def _relinked(self) -> RemoteChannel | None:
        """Connect again to the same process; None = the legs are gone, or count as gone."""
        _log.warning("the connection to media worker %s is broken, its legs go on", self._worker.address)
        try:
            async with asyncio.timeout(self._worker.relink_s):
                channel, welcome = await self._patiently()
        except TimeoutError:
            return None
        try:
            if not self._instance or welcome.instance != self._instance or not welcome.resumed:
                raise ParseError("another process answers")
            self._flow.confirm(welcome.received)
        except ParseError as error:
            _log.error("media worker %s: %s", self._worker.address, error)
            channel.abort()
            return None
        _log.info("media worker %s is connected again", self._worker.address)
        self._use(channel)
        self._eased()
        return channel

    async def _patiently(self) -> tuple[RemoteChannel, Welcome]:
        attempt = 0
        while True:
            await asyncio.sleep(self.retry_s(attempt))
            attempt += 1
            try:
                return await self._greet()
            except TransportError as error:
                _log.info("media worker: %s", error)
