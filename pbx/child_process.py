"""One life of a child: its process, its log, and what it says on standard output."""

import asyncio
import os
import re
import signal
import sys

from pbx.children import Child
from pbx.config.places import Places
from pbx.core.io.adopted_process import AdoptedProcess
from pbx.core.io.parentage import end_with_parent
from pbx.core.io.signs import Sign

STOP_S = 8.0
LOOK_EVERY_S = 0.02  # for a socket: the few children that say nothing are started once
MAX_LAST_LINE = 8192  # octets of a log that are searched for its last line
_MESSAGE = re.compile(r".*?(?: ERROR \S+|\[error *\]) (.*?) *")  # as `logging` and structlog write them


class ChildProcess:
    """A process that ends with us, in whatever way we end."""

    def __init__(self, child: Child, process: asyncio.subprocess.Process | AdoptedProcess) -> None:
        self.child, self._process = child, process

    @classmethod
    async def start(
        cls, child: Child, places: Places, its_input: int = asyncio.subprocess.DEVNULL
    ) -> "ChildProcess":
        """Start it; its errors, and what it says unless we listen, go to its log."""
        log = open_log(child, places)
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", *child.argv),
                stdin=its_input,
                stdout=asyncio.subprocess.PIPE if child.speaks else log,
                stderr=log,
                preexec_fn=lambda: _die_with_parent(child),
            )
        finally:
            os.close(log)
        return cls(child, process)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def wait(self) -> int:
        """Return its exit code once it has ended."""
        return await self._process.wait()

    async def hears(self) -> Sign | None:
        """Return the next thing it says, None = it has ended."""
        assert self._process.stdout is not None, "it is a child that speaks"
        while line := await self._process.stdout.readline():
            if line.decode(errors="replace").strip() in set(Sign):
                return Sign(line.decode().strip())
        return None

    async def attend(self, ready: asyncio.Event) -> int | None:
        """Set `ready` once it serves; return its exit code, None = it drains, and its place is free."""
        if self.child.speaks:
            while (sign := await self.hears()) is not None:
                if sign is Sign.DRAINS:
                    return None
                ready.set()
            return await self.wait()
        async with asyncio.TaskGroup() as group:
            look = group.create_task(self._look(ready))
            code = await self.wait()
            look.cancel()
        return code

    async def _look(self, ready: asyncio.Event) -> None:
        socket = self.child.socket
        while socket is not None and not socket.exists():  # noqa: ASYNC110 - no event of ours
            await asyncio.sleep(LOOK_EVERY_S)
        ready.set()

    def tell(self, number: signal.Signals) -> None:
        """Send a signal, if it lives."""
        if self.is_alive:
            self._process.send_signal(number)

    async def end(self) -> None:
        """End it politely, and when it does not obey within STOP_S, by force."""
        self.tell(self.child.ends_at)
        try:
            await asyncio.wait_for(self.wait(), STOP_S)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it by force."""
        self.tell(signal.SIGKILL)
        await self.wait()


def log_of(child: Child, places: Places) -> str:
    """Return where a child's log is."""
    return str(places.logs / f"{child.name}.log")


def open_log(child: Child, places: Places) -> int:
    """Return the descriptor of a child's log, to write behind what is there."""
    return os.open(log_of(child, places), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def last_line(child: Child, places: Places) -> str:
    """The message of the last line in the child's log, without time, level and logger."""
    with open(log_of(child, places), "rb") as log:
        log.seek(max(0, log.seek(0, os.SEEK_END) - MAX_LAST_LINE))
        lines = log.read().decode(errors="replace").splitlines()
    last = lines[-1] if lines else "it said nothing"
    found = _MESSAGE.fullmatch(last)
    return found[1] if found else last


def _die_with_parent(child: Child) -> None:
    """In the child: end when the supervisor is killed, so that a restart finds no leftovers."""
    end_with_parent(child.ends_at)
    os.nice(child.nice)
