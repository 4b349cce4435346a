"""Watermarks: how full the spool is, who has to know, and whether a new recording may begin.

    ROOM <-> FILLING <-> TIGHT <-> FULL      each mark is left somewhat below where it is reached

Up to FULL all is recorded. From then on no new recording begins until there is room again; those that run
go on, and the finaliser seals what waits: both need the rest. Source: compliance reference, R-16 and F-14.
"""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """What has to be done about the spool: nothing, look, act, and act now."""

    ROOM = "room"
    FILLING = "filling"
    TIGHT = "tight"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Percent of the spool's file system at which a level begins, and below which it ends."""

    level: Level
    begins_at: float
    ends_below: float


MARKS = (
    Mark(level=Level.FILLING, begins_at=80.0, ends_below=78.0),
    Mark(level=Level.TIGHT, begins_at=90.0, ends_below=88.0),
    Mark(level=Level.FULL, begins_at=95.0, ends_below=85.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Blocks and files of a file system, as much of them as we may use; all zero where it does not say."""

    blocks_used: int
    blocks_left: int
    files_used: int
    files_left: int

    @property
    def used_percent(self) -> float:
        """How much is used, of blocks or of files: whatever ends first."""
        return max(
            _percent(self.blocks_used, self.blocks_left),
            _percent(self.files_used, self.files_left),
        )


NO_SPACE = Space(blocks_used=0, blocks_left=0, files_used=0, files_left=0)


class Watermarks:
    """The level of one spool."""

    __slots__ = ("_n_reached", "_used_percent")

    def __init__(self) -> None:
        self._n_reached = 0  # of MARKS
        self._used_percent = 0.0

    @property
    def level(self) -> Level:
        return MARKS[self._n_reached - 1].level if self._n_reached else Level.ROOM

    @property
    def used_percent(self) -> float:
        """What was measured last."""
        return self._used_percent

    def take(self, used_percent: float) -> bool:
        """Take a measurement; return whether the level is another one now."""
        before, self._used_percent = self._n_reached, used_percent
        while self._n_reached < len(MARKS) and used_percent >= MARKS[self._n_reached].begins_at:
            self._n_reached += 1
        while self._n_reached and used_percent < MARKS[self._n_reached - 1].ends_below:
            self._n_reached -= 1
        return self._n_reached != before

    def refusal(self) -> str:
        """Return why no new recording may begin, "" = it may."""
        return f"the spool is {self._used_percent:.0f} % full" if self.level is Level.FULL else ""


def _percent(used: int, left: int) -> float:
    return 100.0 * used / (used + left) if used + left else 0.0
