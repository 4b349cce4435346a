"""A metric: its name, kind, labels and help, and the values that it has at one moment."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]
Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Metric:
    """One metric; names end in their base unit, those of counters in `_total`.

    `bounds` are the upper ends of a histogram's buckets without the last, endless one. `values` are those of
    the only label, where all are known beforehand: each is there from the start, for a counter that appears
    with its first count has not grown for who asks how much it grew. Two metrics are never equal.
    """

    name: str
    kind: Kind
    help: str
    labels: Labels = ()
    bounds: tuple[float, ...] = ()
    values: Labels = ()


@dataclass(frozen=True, slots=True)
class Spread:
    """A histogram's series: how many fell into each bucket, the endless one last, and their sum."""

    counts: tuple[int, ...]
    total: float


Rows = tuple[tuple[Labels, float | Spread], ...]


@dataclass(frozen=True, slots=True)
class Family:
    """A metric with its series at one moment."""

    metric: Metric
    rows: Rows
