"""Person checks: who waits outside of a call for what it says of its caller."""

import asyncio

from pbx.call.effects import AnswerCheck
from pbx.core.ids import Token

WAIT_S = 8.0  # a call answers within five seconds; else its machine is broken


class PersonChecks:
    """The questions that are open, by their tickets."""

    def __init__(self) -> None:
        self._waiting: dict[Token, asyncio.Future[bool]] = {}
        self._newest = 0

    def open(self) -> Token:
        """A ticket; whoever took it has to wait for the answer, or `close` it."""
        self._newest += 1
        ticket = Token(self._newest)
        self._waiting[ticket] = asyncio.get_running_loop().create_future()
        return ticket

    async def answer(self, ticket: Token) -> bool:
        """What the call says; TimeoutError."""
        try:
            async with asyncio.timeout(WAIT_S):
                return await self._waiting[ticket]
        finally:
            self.close(ticket)

    def give(self, effect: AnswerCheck) -> None:
        """The call has answered."""
        waiting = self._waiting.get(effect.ticket)
        if waiting is not None and not waiting.done():
            waiting.set_result(effect.matched)

    def close(self, ticket: Token) -> None:
        """Nobody waits any more."""
        self._waiting.pop(ticket, None)
