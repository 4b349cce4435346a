"""What random kills cost: a table of the lost milliseconds, by whom they hit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

VICTIMS = ("media worker", "finaliser", "PBX")
HEAD = (
    "| killed | times | recordings it hit | lost ms: median | 95 % | most | objects | rows |\n"
    "|---|---|---|---|---|---|---|---|"
)


@dataclass(slots=True)
class Row:
    """One victim: how often it was killed, what each recording lost, and what all have become."""

    n_kills: int = 0
    lost_ms: list[float] = field(default_factory=list)
    n_objects: int = 0
    n_rows: int = 0


class Losses:
    """The table; it can be shown after each kill."""

    def __init__(self) -> None:
        self.rows = {victim: Row() for victim in VICTIMS}

    def add(self, victim: str, lost_s: Sequence[float], *, n_objects: int, n_rows: int) -> None:
        """Count one kill."""
        row = self.rows[victim]
        row.n_kills += 1
        row.lost_ms += [1000 * one for one in lost_s]
        row.n_objects, row.n_rows = row.n_objects + n_objects, row.n_rows + n_rows

    @property
    def n_kills(self) -> int:
        return sum(row.n_kills for row in self.rows.values())

    @property
    def most_ms(self) -> float:
        return max((max(row.lost_ms, default=0.0) for row in self.rows.values()), default=0.0)

    def __str__(self) -> str:
        return "\n".join((HEAD, *(_line(victim, row) for victim, row in self.rows.items())))


def _line(victim: str, row: Row) -> str:
    lost = sorted(row.lost_ms) or [0.0]
    figures = (median(lost), lost[int(0.95 * (len(lost) - 1))], lost[-1])
    cells = (victim, row.n_kills, len(row.lost_ms), *(f"{one:.0f}" for one in figures))
    return f"| {' | '.join(map(str, (*cells, row.n_objects, row.n_rows)))} |"
