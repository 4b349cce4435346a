"""One direction of a connection between our processes: never more in it than the peer reads."""

import asyncio
import logging
from collections import deque
from typing import Generic, Protocol, TypeVar

from pbx.core.unconfirmed import Unconfirmed

MessageT = TypeVar("MessageT")
MessageT_co = TypeVar("MessageT_co", covariant=True)
MessageT_contra = TypeVar("MessageT_contra", contravariant=True)
ROOM = 256 << 10  # octets in the connection; what is not in it yet can still be replaced by what is newer
WINDOW = 1024  # messages of a session that are not confirmed: at 100 ms of round trip 10,000 a second
_log = logging.getLogger(__name__)


class Backlog(Protocol[MessageT_co]):
    """What is not sent yet."""

    def __len__(self) -> int: ...

    def pop(self) -> MessageT_co: ...


class Line(Protocol[MessageT_contra]):
    """A connection, as far as its sender needs it."""

    @property
    def is_open(self) -> bool: ...

    @property
    def n_queued(self) -> int: ...

    def send(self, message: MessageT_contra, /) -> None: ...

    async def drain(self) -> None: ...

    def close(self) -> None: ...

    def abort(self) -> None: ...


class Flow(Generic[MessageT]):
    """Sends a backlog while the peer reads. `begin_session` makes messages be kept until confirmed."""

    def __init__(self, backlog: Backlog[MessageT]) -> None:
        self._backlog = backlog
        self._line: Line[MessageT] | None = None
        self._kept: Unconfirmed[MessageT] | None = None
        self._again: deque[MessageT] = deque()
        self._resuming: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()

    def begin_session(self) -> None:
        """Number messages from 1: whoever connects next has none of the former ones."""
        self._kept = Unconfirmed()

    def attach(self, line: Line[MessageT]) -> None:
        """Use a new connection and repeat there what is not confirmed; the former one is cut off.

        Who restarts must not wait for its dead predecessor.
        """
        former, self._line = self._line, line
        self._stop_resuming()
        if former is not None:
            former.abort()
        self._again = deque(self._kept or ())
        self._moved.set()
        self.flush()

    def detach(self, line: Line[MessageT]) -> None:
        """A connection has ended."""
        if self._line is line:
            self._line = None
            self._stop_resuming()
            self._moved.set()

    def serves(self, line: Line[MessageT]) -> bool:
        """Whether this is the connection, and no newer one."""
        return self._line is line

    def confirm(self, n_received: int) -> None:
        """The peer has so many messages of this session; ParseError when there were not so many."""
        if self._kept is not None:
            self._kept.confirm(n_received)
            self._moved.set()
            self.flush()

    async def moved(self) -> None:
        """Wait until something may have changed: room, a confirmation, the connection."""
        self._moved.clear()
        await self._moved.wait()

    async def finish(self) -> None:
        """Wait until everything is sent, and confirmed in a session; ConnectionError when nobody reads."""
        while self._line is not None and (len(self._backlog) or self._kept):
            await self.moved()
        if self._line is not None:
            await self._line.drain()

    def close(self) -> None:
        """Disconnect."""
        if self._line is not None:
            self._line.close()

    def flush(self) -> None:
        """Send what there is room for; the rest goes by itself when there is."""
        line = self._line
        while line is not None and line.is_open and (self._again or len(self._backlog)):
            if line.n_queued > ROOM:
                if self._resuming is None:
                    self._resuming = asyncio.ensure_future(self._resume(line))
                return
            if self._again:
                line.send(self._again.popleft())
                continue
            if self._kept is not None and len(self._kept) >= WINDOW:
                return  # `confirm` goes on
            message = self._backlog.pop()
            if self._kept is not None:
                self._kept.add(message)
            line.send(message)

    def _stop_resuming(self) -> None:
        if self._resuming is not None:
            self._resuming.cancel()
            self._resuming = None

    async def _resume(self, line: Line[MessageT]) -> None:
        try:
            await line.drain()
        except ConnectionError:
            _log.debug("the peer process has left")
        self._resuming = None
        self._moved.set()
        self.flush()
