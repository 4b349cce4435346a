"""Missing: which packets of one stream are still awaited, so that a late one and a double are told apart."""

from pbx.media.reception import LossRuns

MAX_MISORDER = 100  # RFC 3550 A.1: a packet further behind belongs to no count


class Missing:
    """Numbers are extended sequence numbers. A packet is lost once `MAX_MISORDER` later ones are known.

    It is told about gaps and what fills them only, so a packet that follows the last one costs nothing.
    """

    __slots__ = ("_awaited", "_last", "doubled")

    def __init__(self, first: int) -> None:
        self._awaited: dict[int, None] = {}  # ascending, as gaps open in that order
        self._last = first - 1  # the last lost one, or the one before the stream
        self.doubled = 0

    def gap(self, first: int, stop: int, runs: LossRuns) -> None:
        """The numbers from `first` up to `stop`, which came, are missing; what is too old goes to `runs`."""
        oldest = stop - MAX_MISORDER
        for number in [one for one in self._awaited if one < oldest]:
            del self._awaited[number]
            self._lose(number, 1, runs)
        if first < oldest:
            self._lose(first, oldest - first, runs)
        self._awaited.update(dict.fromkeys(range(max(first, oldest), stop)))

    def came(self, number: int) -> None:
        """A packet came that is not the newest."""
        if number in self._awaited:
            del self._awaited[number]
        else:
            self.doubled += 1

    def close(self, runs: LossRuns) -> None:
        """Whatever is awaited is lost."""
        for number in self._awaited:
            self._lose(number, 1, runs)
        self._awaited.clear()

    def copy(self) -> "Missing":
        other = Missing(self._last + 1)
        other._awaited, other.doubled = dict(self._awaited), self.doubled
        return other

    def _lose(self, first: int, n_lost: int, runs: LossRuns) -> None:
        runs.add(first - self._last - 1, n_lost)
        self._last = first + n_lost - 1
