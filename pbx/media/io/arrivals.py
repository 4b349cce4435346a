"""Which RTP sockets have packets: one epoll set for a worker, served in one callback per wake-up.

One handle of the event loop per socket would cost a callback for each packet. The set is one descriptor to
the loop, and everything that has arrived by the time of a wake-up shares it and one look at the clock.
"""

import asyncio
import select
from collections.abc import Callable

from pbx.core.io.clock import monotonic

MAX_READY = 64  # sockets per wake-up, so that timers and orders wait under a millisecond

Serve = Callable[[float], None]


class Arrivals:
    """Calls `serve(now)` of each ready socket, monotonic seconds; level-triggered."""

    __slots__ = ("_epoll", "_serve")

    def __init__(self) -> None:
        self._epoll: select.epoll | None = None
        self._serve: dict[int, Serve] = {}

    def add(self, fileno: int, serve: Serve) -> None:
        """Begin to watch a socket; `serve` must not raise."""
        if self._epoll is None:
            self._epoll = select.epoll()
            asyncio.get_running_loop().add_reader(self._epoll.fileno(), self._ready)
        self._epoll.register(fileno, select.EPOLLIN)
        self._serve[fileno] = serve

    def remove(self, fileno: int) -> None:
        """End watching; call it before the socket is closed."""
        if self._epoll is None:
            return
        del self._serve[fileno]
        self._epoll.unregister(fileno)
        if not self._serve:
            asyncio.get_running_loop().remove_reader(self._epoll.fileno())
            self._epoll.close()
            self._epoll = None

    def _ready(self) -> None:
        if self._epoll is None:
            return
        served = self._serve
        now = monotonic()
        for fileno, _ in self._epoll.poll(0, MAX_READY):
            serve = served.get(fileno)  # an error of one leg may have ended another
            if serve is not None:
                serve(now)
