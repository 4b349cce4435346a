"""Facts on their way to signalling: sent while it reads, bounded in the outbox while it does not."""

import logging

from pbx.core.io.flow import Flow, Line
from pbx.media.events import WorkerEvent
from pbx.media.outbox import Outbox

MAX_OWED = 4000  # facts, some seconds of a full worker; who reads no answers gets no more orders done
_log = logging.getLogger(__name__)


class Deliveries:
    """What a worker has to tell; `flow` is how it leaves."""

    def __init__(self) -> None:
        self._outbox = Outbox()
        self.flow: Flow[WorkerEvent] = Flow(self._outbox)

    @property
    def n_waiting(self) -> int:
        """How many facts are not on their way yet."""
        return len(self._outbox)

    @property
    def is_owing(self) -> bool:
        """Whether too many answers are unread to carry out more orders."""
        return len(self._outbox) > MAX_OWED

    def begin_session(self) -> None:
        """Whoever connects next knows nothing of what was: it gets what comes from now on."""
        self._outbox.clear()
        self.flow.begin_session()

    def put(self, event: WorkerEvent) -> None:
        """Send a fact, now or as soon as signalling reads."""
        n_refused = self._outbox.n_refused
        self._outbox.put(event)
        if self._outbox.n_refused > n_refused == 0:
            _log.error("nobody fetches the keys that a leg presses: the last ones are refused")
        self.flow.flush()

    async def room(self, line: Line[WorkerEvent]) -> None:
        """Wait while this connection is owed too much."""
        while self.flow.serves(line) and self.is_owing:
            await self.flow.moved()
