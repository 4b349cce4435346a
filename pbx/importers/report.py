"""Report: what an import does not carry over, each with its line, why, and what to do about it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

MAX_LINES = 50_000  # of one report; a plan that is not ours at all has no more to say


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Left:
    """One thing that is not carried over; `place` is its file:line in what was read."""

    place: str
    what: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}: {self.why} ({self.remedy})"


class Report:
    """Written while something is read; the same thing of one line is said once."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left: dict[Left, None] = {}

    def leave(self, place: str, what: str, why: str, remedy: str) -> None:
        """Note that something is left out; beyond the limit nothing more is noted."""
        if len(self._left) < MAX_LINES:
            self._left[Left(place=place, what=what, why=why, remedy=remedy)] = None

    @property
    def left(self) -> tuple[Left, ...]:
        """In the order in which they were found."""
        return tuple(self._left)


def rows(left: Iterable[Left]) -> list[dict[str, str]]:
    """The report for `--json`."""
    return [asdict(one) for one in left]
