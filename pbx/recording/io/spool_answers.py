"""Which spools answer: a disk that stands still must not hold up what lies on another one.

Each is asked in a thread of its own, which may hang with its disk; nobody waits for it longer than
PATIENCE_S, and it is not asked again before it has answered.
"""

import asyncio
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from pbx.recording.io import spool_pair

PATIENCE_S = 2.0
LONG_S = 10.0  # a disk that is only busy is no alarm
EVERY_S = 5.0  # to ask is to write: a disk answers from memory for long
_log = structlog.get_logger()


class SpoolAnswers:
    """Asks the spools of one finaliser; `now` is monotonic seconds."""

    def __init__(self) -> None:
        self._asked: dict[Path, tuple[float, asyncio.Future[None]]] = {}
        self.stalled: frozenset[Path] = frozenset()
        self.alarm = ""  # those that have not answered for long

    async def ask(self, spools: Sequence[Path], now: float) -> frozenset[Path]:
        """Return those that do not answer."""
        fresh = [spool for spool in spools if self._is_to_be_asked(spool, now)]
        for spool in fresh:
            self._asked[spool] = (now, _answer(spool))
        if fresh:
            await asyncio.wait([self._asked[spool][1] for spool in fresh], timeout=PATIENCE_S)
        stalled = frozenset(spool for spool in spools if not self._asked[spool][1].done())
        for spool in stalled - self.stalled:
            _log.error("a spool does not answer: what lies in it waits", spool=str(spool))
        for spool in self.stalled - stalled:
            _log.warning("a spool answers again", spool=str(spool))
        self.stalled = stalled
        self.alarm = ", ".join(sorted(str(one) for one in stalled if now - self._asked[one][0] >= LONG_S))
        return stalled

    def _is_to_be_asked(self, spool: Path, now: float) -> bool:
        if spool not in self._asked:
            return True
        asked_at, answer = self._asked[spool]
        return answer.done() and now - asked_at >= EVERY_S


def _answer(spool: Path) -> asyncio.Future[None]:
    """Return what is done when a spool has read and written something, or has refused to."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def done() -> None:
        if not future.done():
            future.set_result(None)

    def work() -> None:
        with suppress(OSError):  # it answers; what it refuses is told by who needs it
            _use(spool)
        with suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
            loop.call_soon_threadsafe(done)

    threading.Thread(target=work, name="pbx-spool-answers", daemon=True).start()
    return future


def _use(spool: Path) -> None:
    spool_pair.marks(spool)
    descriptor = os.open(spool, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.utime(descriptor)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
