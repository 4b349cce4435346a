"""Which RTP sockets have packets: one epoll set for a worker, served in one callback per wake-up.

One handle of the event loop per socket would cost a callback for each packet. The set is one descriptor to
the loop, and everything that has arrived by the time of a wake-up shares it and one look at the clock.

A wake-up costs more than a packet. While wake-ups are many, the set is therefore looked at once in a
millisecond instead of at every arrival. That delays a packet by half a millisecond on average.

A worker that has stood still, as on a machine without a free core, finds packets and orders at once. Orders
go first then, so that nothing is kept of who is not to be recorded any more.
"""

import asyncio
import select
from collections.abc import Callable

from pbx.core.io.clock import monotonic
from pbx.media.io.metronome import Metronome

MAX_READY = 64  # sockets per wake-up, so that timers and orders wait under a millisecond
GATHER_S = 0.001
WINDOW_S = 0.05  # over which is counted
MANY_WAKES = 75  # 1,500 a second: more than once in a millisecond
STOOD_S = 0.03  # without a look; packets of a voice come every 20 ms
ORDER_TURNS = 3  # of the loop: it reads the channel, wakes who waits for it, and he carries the orders out
FEW_PACKETS = 50  # 1,000 a second, 20 voices: there is no company to wait for

Serve = Callable[[float], None]


class Arrivals:
    """Calls `serve(now)` of each ready socket, monotonic seconds; level-triggered."""

    __slots__ = (
        "_epoll",
        "_full_since",
        "_looked",
        "_metronome",
        "_packets",
        "_serve",
        "_turns",
        "_wakes",
        "_window_ends",
    )

    def __init__(self) -> None:
        self._epoll: select.epoll | None = None
        self._serve: dict[int, Serve] = {}
        self._metronome: Metronome | None = None  # beats while packets are gathered
        self._wakes = self._packets = 0
        self._window_ends = 0.0
        self._full_since = 0.0  # 0 = the last look left no socket behind
        self._looked = 0.0
        self._turns = 0  # that orders still go first

    @property
    def gathers(self) -> bool:
        """Packets are many and wait for each other."""
        return self._metronome is not None

    def behind_s(self, now: float) -> float:
        """For how long every look has left sockets behind: so late is what is served next, or later."""
        return now - self._full_since if self._full_since else 0.0

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
            self._scatter(self._epoll)
            asyncio.get_running_loop().remove_reader(self._epoll.fileno())
            self._epoll.close()
            self._epoll, self._full_since = None, 0.0

    def _ready(self) -> None:
        """Something has arrived."""
        if self._epoll is None:
            return
        now = monotonic()
        if self._orders_go_first(now):
            return  # the set stays readable: the loop's next turn comes here again
        self._wakes += 1
        self._serve_ready(self._epoll, now)
        if now >= self._window_ends and self._epoll is not None:
            wakes, _ = self._count(now)
            if wakes > MANY_WAKES:
                self._gather(self._epoll)

    def _gathered(self) -> None:
        """A millisecond is over."""
        metronome, epoll = self._metronome, self._epoll
        if metronome is None or epoll is None:
            return
        now = monotonic()
        if self._orders_go_first(now):
            return  # the beat is not read: the loop's next turn comes here again
        metronome.beats()
        self._serve_ready(epoll, now)
        if now >= self._window_ends and self._epoll is not None:
            _, packets = self._count(now)
            if packets < FEW_PACKETS:
                self._scatter(epoll)

    def _orders_go_first(self, now: float) -> bool:
        if self._turns:
            self._turns -= 1
        elif now - self._looked > STOOD_S:
            self._turns = ORDER_TURNS
        self._looked = now
        return self._turns > 0

    def _gather(self, epoll: select.epoll) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(epoll.fileno())
        self._metronome = Metronome()
        self._metronome.start(GATHER_S)
        loop.add_reader(self._metronome.fileno(), self._gathered)

    def _scatter(self, epoll: select.epoll) -> None:
        if self._metronome is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._metronome.fileno())
            self._metronome.close()
            self._metronome = None
            loop.add_reader(epoll.fileno(), self._ready)

    def _count(self, now: float) -> tuple[float, float]:
        """Close a window; return wake-ups and packets in `WINDOW_S`, fewer when it was longer."""
        share = WINDOW_S / (now - self._window_ends + WINDOW_S)
        counted = self._wakes * share, self._packets * share
        self._wakes = self._packets = 0
        self._window_ends = now + WINDOW_S
        return counted

    def _serve_ready(self, epoll: select.epoll, now: float) -> None:
        served = self._serve
        ready = epoll.poll(0, MAX_READY)
        self._packets += len(ready)
        if len(ready) < MAX_READY:
            self._full_since = 0.0
        elif not self._full_since:
            self._full_since = now
        for fileno, _ in ready:
            serve = served.get(fileno)  # an error of one leg may have ended another
            if serve is not None:
                serve(now)
