"""A bad network between parties and the worker: a UDP forwarder that loses, delays, reorders and doubles.

It runs in a thread with a clock of its own and keeps account of every datagram, so that a test knows the
truth. What happens to the n-th datagram of one way follows from the seed alone.
"""

import asyncio
import heapq
import random
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pbx.core.audio import AudioFormat
from pbx.core.ids import LegId
from pbx.core.srtp import SdesKeys
from pbx.media.effects import ConnectLeg, OpenLeg
from pbx.media.events import LegOpened
from tests.integration.media_parties import CALL, MU, PATIENCE_S, Party, Signalling

Address = tuple[str, int]

HOST = "127.0.0.1"
HELD_BACK_S = 0.035  # a reordered datagram: one or two of 20 ms overtake it
AGAIN_S = 0.002  # the second copy of a datagram after the first
_IDLE_S = 0.02
_BUFFER = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What a way does: ratios of 0 to 1, and a delay of `delay_ms` to `delay_ms + jitter_ms`, all alike.

    `burst` = mean run of lost datagrams by Gilbert and Elliott, None = each is lost on its own. Datagrams
    overtake each other by jitter as well as by `reorder`.
    """

    loss: float = 0.0
    burst: float | None = None
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    reorder: float = 0.0
    duplicate: float = 0.0


CALM = Weather()


class Fates:
    """What becomes of the datagrams of one way, one after the other."""

    def __init__(self, weather: Weather, seed: str) -> None:
        self._weather, self._rng = weather, random.Random(seed)
        self._is_bad = False

    def next(self) -> tuple[float, ...]:
        """Return the delay in seconds of each copy that arrives; none = it is lost."""
        weather, rng = self._weather, self._rng
        lost, moved, doubled = self._is_lost(), rng.random(), rng.random()
        delay_s = (weather.delay_ms + rng.random() * weather.jitter_ms) / 1000
        if lost:
            return ()
        if moved < weather.reorder:
            delay_s += HELD_BACK_S
        return (delay_s, delay_s + AGAIN_S) if doubled < weather.duplicate else (delay_s,)

    def _is_lost(self) -> bool:
        loss, burst, chance = self._weather.loss, self._weather.burst, self._rng.random()
        if burst is None:
            return chance < loss
        leaves, enters = 1 / burst, loss / (burst * (1 - loss))
        self._is_bad = chance >= leaves if self._is_bad else chance < enters
        return self._is_bad


@dataclass(slots=True)
class Passage:
    """One datagram: when it came, and when its copies left; monotonic seconds. `lost` = it never will."""

    octets: bytes
    came: float
    lost: bool
    left: list[float] = field(default_factory=list)


class Way:
    """One direction: what comes in at `entry` from `of` leaves from `exit` to `to`."""

    def __init__(self, entry: socket.socket, exit_: socket.socket, fates: Fates) -> None:
        self.entry, self.exit, self.fates = entry, exit_, fates
        self.of: Address | None = None
        self.to: Address | None = None
        self.passages: list[Passage] = []


class Path:
    """Stands between one party and one leg; RTCP passes on the ports beside those of RTP.

    `up` leads to the worker, `down` to the party. The party sends to `near`, the worker to `far`.
    """

    def __init__(self, up: Weather, down: Weather, seed: str) -> None:
        self._near, self._far = port_pair(), port_pair()
        self.near, self.far = (_address(pair[0]) for pair in (self._near, self._far))
        self.up = Way(self._near[0], self._far[0], Fates(up, f"{seed} up"))
        self.down = Way(self._far[0], self._near[0], Fates(down, f"{seed} down"))
        self.reports_up = Way(self._near[1], self._far[1], Fates(up, f"{seed} reports up"))
        self.reports_down = Way(self._far[1], self._near[1], Fates(down, f"{seed} reports down"))

    @property
    def ways(self) -> tuple[Way, ...]:
        return self.up, self.down, self.reports_up, self.reports_down

    def join(self, party: Address, worker: Address, *, reports: bool = True) -> None:
        """Take the address of each end's RTP, and beside it those of `reports`; nobody else is forwarded."""
        pairs = [(self.up, self.down, 0)]
        if reports:
            pairs.append((self.reports_up, self.reports_down, 1))
        for up, down, beside in pairs:
            up.of = down.to = party[0], party[1] + beside
            down.of = up.to = worker[0], worker[1] + beside

    def close(self) -> None:
        for one in (*self._near, *self._far):
            one.close()


class Network:
    """The thread that forwards for all paths."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._waiting: list[tuple[float, int, Way, Passage]] = []
        self._n_queued = 0
        self._ended = threading.Event()
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.paths: list[Path] = []
        self.failure: BaseException | None = None

    def path(self, up: Weather = CALM, down: Weather = CALM, *, seed: str = "") -> Path:
        path = Path(up, down, seed)
        self.paths.append(path)
        for way in path.ways:
            self._selector.register(way.entry, selectors.EVENT_READ, way)
        return path

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()
        for path in self.paths:
            path.close()
        self._selector.close()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return when something holds of what has passed."""

        def wait() -> bool:
            with self._news:
                return self._news.wait_for(holds, PATIENCE_S)

        assert await asyncio.to_thread(wait), "it did not pass in time"

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                self._step()
        except BaseException as error:
            self.failure = error

    def _step(self) -> None:
        wait_s = self._waiting[0][0] - time.monotonic() if self._waiting else _IDLE_S
        for key, _ in self._selector.select(min(max(wait_s, 0.0), _IDLE_S)):
            self._take(key.data)
        with self._news:
            self._forward()
            self._news.notify_all()

    def _take(self, way: Way) -> None:
        while True:
            try:
                octets, source = way.entry.recvfrom(2048)
            except BlockingIOError:
                return
            except ConnectionError:
                continue
            if source != way.of:
                continue
            now, delays = time.monotonic(), way.fates.next()
            passage = Passage(octets, now, not delays)
            way.passages.append(passage)
            for delay_s in delays:
                self._n_queued += 1
                heapq.heappush(self._waiting, (now + delay_s, self._n_queued, way, passage))

    def _forward(self) -> None:
        while self._waiting and self._waiting[0][0] <= time.monotonic():
            _, _, way, passage = heapq.heappop(self._waiting)
            assert way.to is not None, "join has named both ends"
            way.exit.sendto(passage.octets, way.to)
            passage.left.append(time.monotonic())


@contextmanager
def network() -> Iterator[Network]:
    one = Network()
    one.start()
    try:
        yield one
    finally:
        one.stop()
    assert one.failure is None


async def attach_through(
    path: Path,
    pbx: Signalling,
    party: Party,
    leg: LegId,
    *,
    fmt: AudioFormat = MU,
    security: SdesKeys | None = None,
    reports: bool = False,
) -> None:
    """Open a leg of which the worker believes that its party is the far end of the path.

    `reports` = the party has a port for RTCP.
    """
    pbx.send(OpenLeg(leg=leg, call=CALL))
    await pbx.settle()
    [opened] = [event for event in pbx.events if isinstance(event, LegOpened) and event.leg == leg]
    path.join((HOST, party.port), (opened.host, opened.port), reports=reports)
    party.to = path.near
    host, port = path.far
    pbx.send(ConnectLeg(leg=leg, host=host, port=port, format=fmt, direction="sendrecv", security=security))
    await pbx.settle()


def port_pair() -> tuple[socket.socket, socket.socket]:
    """Return sockets of an even port and the odd one beside it."""
    while True:
        even = _bound(0)
        port = _address(even)[1]
        if port % 2 == 0:
            try:
                return even, _bound(port + 1)
            except OSError:
                pass
        even.close()


def _bound(port: int) -> socket.socket:
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.setblocking(False)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    try:
        one.bind((HOST, port))
    except OSError:
        one.close()
        raise
    return one


def _address(one: socket.socket) -> Address:
    host, port = one.getsockname()
    return host, port
