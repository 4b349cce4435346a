"""What was sent and not confirmed yet, so that the next connection can repeat it: exactly once, in order."""

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

from pbx.core.errors import ParseError

MessageT = TypeVar("MessageT")


class Unconfirmed(Generic[MessageT]):
    """Messages of one direction of a session are numbered from 1; iterate over those to repeat."""

    __slots__ = ("_messages", "_n_confirmed")

    def __init__(self) -> None:
        self._messages: deque[MessageT] = deque()
        self._n_confirmed = 0

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[MessageT]:
        return iter(tuple(self._messages))

    def add(self, message: MessageT) -> None:
        """Number another message."""
        self._messages.append(message)

    def confirm(self, n_received: int) -> None:
        """The peer has the first `n_received` messages; ParseError when there were not so many."""
        if n_received > self._n_confirmed + len(self._messages):
            raise ParseError(f"{n_received} messages are confirmed, that many were never sent")
        while self._n_confirmed < n_received:
            self._messages.popleft()
            self._n_confirmed += 1
