"""The signalling process's end of a media worker: orders out, facts in."""

import asyncio
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path

from pbx.core.errors import ParseError, TransportError
from pbx.core.io.channel import Channel, connect
from pbx.core.wire import Codec
from pbx.media.effects import MediaEffect
from pbx.media.events import WorkerEvent

# Some 2000 orders: a worker that has so many before it is seconds late, and must not get more calls.
SLOW_BYTES = 512 << 10
RECONNECT_S = 0.02  # a socket that nobody listens on costs 50 µs; who waits for it is a caller in the dark
_log = logging.getLogger(__name__)


@cache
def _codecs() -> tuple[Codec[WorkerEvent], Codec[MediaEffect]]:
    """They take 40 ms, and come with each attempt to connect to a worker that is being replaced."""
    return Codec[WorkerEvent](WorkerEvent), Codec[MediaEffect](MediaEffect)


class MediaLink:
    """One connection to a worker; `deliver` gets each event, `lost` is called once unless we closed."""

    def __init__(self, path: Path, deliver: Callable[[WorkerEvent], None], lost: Callable[[], None]) -> None:
        self._path, self._deliver, self._lost = path, deliver, lost
        self._channel: Channel[WorkerEvent, MediaEffect] | None = None
        self._reader: asyncio.Future[None] | None = None

    async def connect(self) -> None:
        """Connect (again, after `lost`); TransportError when no worker listens."""
        channel = await connect(self._path, *_codecs())
        self._channel = channel
        self._reader = asyncio.ensure_future(self._read(channel))

    def send(self, effect: MediaEffect) -> None:
        """Queue an order; TransportError when the worker is gone, or has read nothing for so long: `lost`."""
        if self._channel is None:
            raise TransportError("not connected to the media worker")
        try:
            self._channel.send(effect)
        except TransportError:
            self._channel.abort()  # an order left out would leave a leg in a state that nobody knows
            raise

    @property
    def is_connected(self) -> bool:
        return self._channel is not None

    def retry_s(self, attempt: int) -> float:
        """How long to wait before the next `connect`, whatever the number of the attempt."""
        return RECONNECT_S

    @property
    def is_slow(self) -> bool:
        """Whether more orders wait for the worker than a busy one leaves."""
        return self._channel is not None and self._channel.n_queued > SLOW_BYTES

    async def close(self) -> None:
        """Send what is queued and disconnect; the worker keeps its legs."""
        channel, self._channel = self._channel, None
        if channel is not None:
            try:
                await channel.drain()
            except ConnectionError:
                _log.debug("the media worker had gone already")
            channel.close()
        if self._reader is not None:
            self._reader.cancel()
            self._reader = None

    async def _read(self, channel: Channel[WorkerEvent, MediaEffect]) -> None:
        try:
            while (event := await channel.receive()) is not None:
                self._deliver(event)
        except ParseError as error:
            _log.error("media worker sent rubbish: %s", error)
        except Exception:
            _log.exception("a media event could not be handled")
        finally:
            channel.close()
            if self._channel is channel:
                self._channel = None
                self._lost()
