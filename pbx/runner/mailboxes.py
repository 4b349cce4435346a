"""Counts the messages of boxes when somebody asks, and again when a new one is stored."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from pbx.call.effects import CountMessages
from pbx.core.errors import StorageError
from pbx.core.io.clock import monotonic
from pbx.sip.effects import SetMessages

POLL_S = 0.2  # while a message is on its way into the store: a lamp lights within a second of its arrival
GIVE_UP_S = 120.0  # the finaliser is down; the box is counted again when somebody asks
MAX_ASKED = 10_000  # boxes; they are counted some thousand in a second
Box = tuple[str, str]
_log = logging.getLogger("pbx.mailboxes")


class Messages(Protocol):
    """Where messages are."""

    async def is_stored(self, recording: str) -> bool:
        """Whether a message can be heard."""
        ...

    async def count(self, tenant: str, box: str) -> tuple[int, int]:
        """Return new and old messages."""
        ...


class Mailboxes:
    """What is to be counted, and which messages are awaited; one reader of the store."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._asked: set[Box] = set()
        self._awaited: dict[str, tuple[Box, float]] = {}  # recording -> box, when to give up
        self._some = asyncio.Event()

    def count(self, effect: CountMessages) -> None:
        """Count a box: now, or once a message has arrived."""
        box = (effect.tenant, effect.box)
        if len(self._asked) + len(self._awaited) >= MAX_ASKED:
            _log.error("too many boxes to count, is the database up?")
            return
        if effect.after:
            self._awaited[effect.after] = (box, monotonic() + GIVE_UP_S)
        else:
            self._asked.add(box)
        self._some.set()

    async def run(self, tell: Callable[[SetMessages], None]) -> None:
        """Count for ever."""
        while True:
            try:
                async with asyncio.timeout(POLL_S if self._awaited or self._asked else None):
                    await self._some.wait()
            except TimeoutError:
                pass
            self._some.clear()
            try:
                await self._round(tell)
            except StorageError as error:
                _log.error("messages are not counted: %s", error)
                await asyncio.sleep(POLL_S)
            except Exception as error:  # a lamp that is wrong must not end the calls
                _log.error("messages are not counted: %s", type(error).__name__, exc_info=error)
                self._asked.clear()

    async def _round(self, tell: Callable[[SetMessages], None]) -> None:
        for recording, (box, due) in list(self._awaited.items()):
            if await self._messages.is_stored(recording):
                self._asked.add(box)
                del self._awaited[recording]
            elif monotonic() >= due:
                del self._awaited[recording]
        while self._asked:
            tenant, box_name = next(iter(self._asked))
            new, old = await self._messages.count(tenant, box_name)
            self._asked.discard((tenant, box_name))
            tell(SetMessages(tenant=tenant, box=box_name, new=new, old=old))
