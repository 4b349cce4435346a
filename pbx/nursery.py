"""The nursery as the supervisor sees it: children are forks of a process that has loaded what they need."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable

from pbx.child_process import ChildProcess, log_of, open_log
from pbx.children import NURSERY, Child
from pbx.config.places import Places
from pbx.core.io.adopted_process import AdoptedProcess, reader_of
from pbx.core.io.parentage import adopting
from pbx.core.io.signs import Sign
from pbx.nursery_process import Place, Planted

LOADS_S = 15.0  # so long the first children wait for it; it took 2 s, with full cores 8
AFTER_S = 1.0  # the calls of a dead worker come first
AGAIN_S = 5.0
MAX_FAILED = 3  # one that does not load so often in a row will not at the fourth
ANSWER_S = 2.0  # a fork takes 10 ms; a start of Python instead of it up to 4.6 s where cores are full
MAX_ANSWER = 16  # octets of a pid


def place_of(child: Child) -> Place:
    """What the fork reads that is to be that child."""
    return Place(name=child.name, argv=child.argv, ends_at=child.ends_at, nice=child.nice)


class Nursery:
    """Keeps the process; while there is none, workers are started from nothing."""

    def __init__(
        self, places: Places, report: Callable[[str], None], planted: Planted | None, child: Child = NURSERY
    ) -> None:
        """Its first process is the planted one, if there is any; `child` is how another one is started."""
        self.child, self._places, self._report = child, places, report
        self._planted = planted
        self._process: ChildProcess | None = None
        self._orders: socket.socket | None = None  # while it is loaded
        self._one_by_one = asyncio.Lock()
        self._ending = asyncio.Event()
        self._tried = asyncio.Event()

    async def tried(self) -> None:
        """Return once it is loaded for the first time, or has failed to, or takes too long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._tried.wait(), LOADS_S)

    async def keep(self) -> None:
        """Start it, and again when it ends, until it is told to end or cannot load."""
        failures = 0
        while not self._ending.is_set() and failures < MAX_FAILED:
            process, ours = await self._start()
            with ours:
                ours.setblocking(False)
                is_loaded = await process.hears() is Sign.LOADED
                self._orders = ours if is_loaded else None
                self._tried.set()
                await process.wait()
                self._orders = None
            failures = 0 if is_loaded else failures + 1
            if not self._ending.is_set():
                self._report(f"{self.child.name} ended, see {log_of(self.child, self._places)}")
            await self._pause(AGAIN_S if failures else AFTER_S)

    async def fork(self, child: Child) -> ChildProcess | None:
        """Return a fork that is `child` from now on; None when there is no nursery that could."""
        async with self._one_by_one:
            orders, process = self._orders, self._process
            if orders is None or process is None or not child.has_nursery:
                return None
            try:
                async with asyncio.timeout(ANSWER_S):
                    return await self._fork(child, orders)
            except (OSError, ValueError) as error:
                self._orders = None  # an answer that comes late would be taken for the next one's
                why = str(error) or "no answer"
                if not self._ending.is_set():
                    self._report(f"{self.child.name} gave no {child.name}, starting one: {why}")
                process.tell(signal.SIGKILL)
        return None

    async def end(self) -> None:
        """End it, and `keep`; by force: it has nothing to lose, and an import may swallow a SIGINT."""
        self._ending.set()
        self._tried.set()
        if self._process is not None:
            await self._process.kill()

    async def _start(self) -> tuple[ChildProcess, socket.socket]:
        """Return the process and where orders go."""
        planted, self._planted = self._planted, None
        if planted is None:
            ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with its:
                process = await ChildProcess.start(self.child, self._places, its.fileno())
        else:
            process, ours = await self._water(planted), planted.orders
        self._process = process
        self._places.pid(self.child.name).write_text(str(process.pid))
        if self._ending.is_set():  # meanwhile, and whoever ends it has not seen it
            await process.kill()
        return process, ours

    async def _water(self, planted: Planted) -> ChildProcess:
        """Let it grow, and hear it."""
        heard, its_output = os.pipe()
        log = open_log(self.child, self._places)
        try:
            socket.send_fds(planted.orders, [b"here"], [its_output, log])
        finally:
            os.close(its_output)
            os.close(log)
        return ChildProcess(self.child, AdoptedProcess(planted.pid, await reader_of(heard)))

    async def _fork(self, child: Child, orders: socket.socket) -> ChildProcess:
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as passed:
            its_input, place = os.pipe()
            passed.callback(os.close, its_input)
            ours.callback(os.close, place)  # without a line on it the fork ends by itself
            log = its_output = open_log(child, self._places)
            passed.callback(os.close, log)
            reader = None
            if child.speaks:
                heard, its_output = os.pipe()
                passed.callback(os.close, its_output)
                reader = await reader_of(heard)
            ours.enter_context(adopting())
            socket.send_fds(orders, [b"fork"], [its_input, its_output, log])
            passed.close()
            answer = await asyncio.get_running_loop().sock_recv(orders, MAX_ANSWER)
            if not answer:
                raise ChildProcessError("it has ended")
            process = ChildProcess(child, AdoptedProcess(int(answer), reader))
            os.write(place, place_of(child).line())
            return process

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), seconds)
