"""The spares: media workers that are loaded and have no place, so that a dead one is replaced at once."""

import asyncio
import contextlib
from collections.abc import Callable

from pbx.child_process import ChildProcess, log_of
from pbx.children import SPARES, Child
from pbx.config.places import Places
from pbx.core.io.signs import Sign
from pbx.media.io.spare import Place

AFTER_S = 1.0  # the calls of the dead worker come first; they are anchored again within 0.1 s
AGAIN_S = 5.0
MAX_FAILED = 3  # a spare that does not load so often in a row will not at the fourth


class Spares:
    """Keeps all spares; who takes a place is the first that is loaded."""

    def __init__(self, places: Places, report: Callable[[str], None]) -> None:
        self._all = tuple(SpareWorker(one, places, report) for one in SPARES)

    async def keep(self, after_s: float = 0.0, then_s: float = 0.0) -> None:
        """Keep them loaded until the end, the first one after `after_s`, each other one `then_s` later."""
        async with asyncio.TaskGroup() as group:
            for n_before, one in enumerate(self._all):
                group.create_task(one.keep(after_s + n_before * then_s))

    def take(self, child: Child) -> ChildProcess | None:
        """Let a spare be `child` from now on; None when there is none that is loaded."""
        return next((process for one in self._all if (process := one.take(child)) is not None), None)

    async def end(self) -> None:
        """End them all, and `keep`."""
        for one in self._all:
            await one.end()


class SpareWorker:
    """Keeps one spare; the PBX does without when there is none."""

    def __init__(self, own: Child, places: Places, report: Callable[[str], None]) -> None:
        self._own, self._places, self._report = own, places, report
        self._process: ChildProcess | None = None
        self._is_loaded = False
        self._left = asyncio.Event()  # taken, or dead
        self._ending = asyncio.Event()

    async def keep(self, after_s: float = 0.0) -> None:
        """Start one spare after the other until it is told to end, or they cannot load; the first later."""
        await self._pause(after_s)
        failures = 0
        while not self._ending.is_set() and failures < MAX_FAILED:
            process = await self._start()
            self._is_loaded = await process.hears() is Sign.LOADED
            failures = 0 if self._is_loaded else failures + 1
            is_taken = await self._is_taken(process)
            if not is_taken and not self._ending.is_set():
                self._report(f"{self._own.name} ended, see {log_of(self._own, self._places)}")
            await self._pause(AGAIN_S if failures else AFTER_S)

    def take(self, child: Child) -> ChildProcess | None:
        """Let the spare be `child` from now on; None when there is none that is loaded."""
        process = self._process
        if process is None or not self._is_loaded or not process.is_alive or not child.has_spare:
            return None
        self._process, self._is_loaded = None, False
        self._places.pid(self._own.name).unlink(missing_ok=True)
        self._left.set()
        place = Place(arguments=child.argv[1:], log=log_of(child, self._places))
        return process.become(child, place.line())

    async def end(self) -> None:
        """End the spare, and `keep`; by force: it has nothing to lose, and an import may swallow a SIGINT."""
        self._ending.set()
        if self._process is not None:
            await self._process.kill()

    async def _start(self) -> ChildProcess:
        self._left.clear()
        process = self._process = await ChildProcess.start(self._own, self._places)
        self._places.pid(self._own.name).write_text(str(process.pid))
        if self._ending.is_set():  # meanwhile, and whoever ends it has not seen it
            await process.kill()
        return process

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), seconds)

    async def _is_taken(self, process: ChildProcess) -> bool:
        async with asyncio.TaskGroup() as group:
            end = group.create_task(self._until_end(process))
            await self._left.wait()
            end.cancel()
        return self._process is not process

    async def _until_end(self, process: ChildProcess) -> None:
        await process.wait()
        self._left.set()
