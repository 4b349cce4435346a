"""The line before a queue: first come, first served, and a point of priority is worth a minute (ACD-03)."""

from collections.abc import Iterator
from dataclasses import dataclass

from pbx.core.ids import CallId
from pbx.services.queue_policy import PRIORITY_WORTH_S


@dataclass(slots=True, kw_only=True)
class Waiter:
    """One caller; `offered` are the extensions that ring for him now, `lease` is until when at most."""

    call: CallId
    joined: float
    priority: int = 0
    n_tries: int = 0
    offered: tuple[str, ...] = ()
    lease: float | None = None
    serial: int = 0  # of all who have come to this line

    @property
    def rank(self) -> tuple[float, float, int]:
        """The smallest is served first; it never changes by waiting, so nobody is overtaken for ever."""
        return self.joined - self.priority * PRIORITY_WORTH_S, self.joined, self.serial


class WaitingLine:
    """Callers by call, in the order in which they are served."""

    __slots__ = ("_n_joined", "_waiters")

    def __init__(self) -> None:
        self._waiters: dict[CallId, Waiter] = {}
        self._n_joined = 0

    def __len__(self) -> int:
        return len(self._waiters)

    def __iter__(self) -> Iterator[Waiter]:
        return iter(sorted(self._waiters.values(), key=lambda one: one.rank))

    def join(self, waiter: Waiter) -> None:
        """He waits from now on."""
        self._n_joined += 1
        waiter.serial = self._n_joined
        self._waiters[waiter.call] = waiter

    def leave(self, call: CallId) -> Waiter | None:
        """He waits no more; None = he did not."""
        return self._waiters.pop(call, None)

    def get(self, call: CallId) -> Waiter | None:
        """Return who waits in a call."""
        return self._waiters.get(call)

    def position(self, call: CallId) -> int:
        """Return where he stands, 1 = he is next; 0 = he does not wait."""
        mine = self._waiters.get(call)
        if mine is None:
            return 0
        return 1 + sum(1 for one in self._waiters.values() if one.rank < mine.rank)

    @property
    def oldest(self) -> float | None:
        """When the one who waits longest has come."""
        return min((one.joined for one in self._waiters.values()), default=None)
