"""Moves: legs that a draining worker must give up, from the order to the moment when nobody needs it there.

The next worker speaks to a party from its first moment, at the address that is known. What the party says
comes to the former one until a re-INVITE has told it where to send: so that one goes on passing audio on.
"""

from collections.abc import Mapping

from pbx.core.ids import CallId, LegId
from pbx.media.effects import CloseLeg, CloseStream, LeaveRoom, MediaEffect, SetMusic, StopPlay

Orders = list[tuple[int, MediaEffect]]  # each for a worker


class Moves:
    """A leg is at its former worker until all of its call have arrived at the next one, or it has ended."""

    __slots__ = ("_arrived", "_former", "_released")

    def __init__(self) -> None:
        self._former: dict[LegId, tuple[int, CallId]] = {}
        self._arrived: set[LegId] = set()
        self._released: set[tuple[int, LegId]] = set()  # until the former worker says so

    def begin(self, worker: int, legs: Mapping[LegId, CallId]) -> Orders:
        """These legs must move away; where one had already been on its way, its former worker is released."""
        released = [order for leg in legs for order in self.ended(leg)]
        self._former |= {leg: (worker, call) for leg, call in legs.items()}
        return released

    def is_former(self, worker: int, leg: LegId) -> bool:
        """Whether what the worker says of the leg is about its past."""
        is_moving = leg in self._former and self._former[leg][0] == worker
        return is_moving or (worker, leg) in self._released

    def opened(self, leg: LegId) -> Orders:
        """The next worker speaks to the party: the former one has nothing of its own to say any more."""
        if leg not in self._former:
            return []
        quiet: tuple[MediaEffect, ...] = (
            StopPlay(leg=leg),
            SetMusic(leg=leg, music=None),
            LeaveRoom(leg=leg),
            CloseStream(leg=leg),
        )
        return [(self._former[leg][0], order) for order in quiet]

    def arrived(self, leg: LegId) -> Orders:
        """The party is heard at the next worker; who is the last of its call releases all of them."""
        if leg not in self._former:
            return []
        self._arrived.add(leg)
        former = self._former[leg]
        legs = [one for one, at in self._former.items() if at == former]
        if not all(one in self._arrived for one in legs):
            return []
        return [order for one in legs for order in self.ended(one)]

    def ended(self, leg: LegId) -> Orders:
        """The leg is not needed at its former worker."""
        former = self._former.pop(leg, None)
        self._arrived.discard(leg)
        if former is None:
            return []
        self._released.add((former[0], leg))
        return [(former[0], CloseLeg(leg=leg, moves=True))]

    def closed(self, worker: int, leg: LegId) -> None:
        """The former worker has it no more."""
        if self._former.get(leg, (None, None))[0] == worker:
            self.ended(leg)
        self._released.discard((worker, leg))

    def gone(self, worker: int) -> None:
        """The former worker has ended."""
        for leg in [one for one, at in self._former.items() if at[0] == worker]:
            self.ended(leg)
        self._released = {one for one in self._released if one[0] != worker}
