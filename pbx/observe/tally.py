"""The tally: counters, gauges and histograms with their labels, and no more series than anybody can want."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from pbx.observe.metric import Family, Labels, Metric, Rows, Spread

MAX_SERIES = 10_000  # of one metric: 1,000 trunks both ways by five causes; names come and go with reloads
OVERFLOW = "other"  # every label of what is counted beyond


@dataclass(slots=True)
class _Spread:
    """A histogram's series while it is counted."""

    counts: list[int]
    total: float = 0.0


class Tally:
    """The values of some metrics; labels are given in the order of the metric's."""

    __slots__ = ("_series", "_spreads")

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._series: dict[Metric, dict[Labels, float]] = {}
        self._spreads: dict[Metric, dict[Labels, _Spread]] = {}
        for metric in metrics:
            if metric.kind == "histogram":
                self._spreads[metric] = {}
            else:
                self._series[metric] = {(value,): 0.0 for value in metric.values}
            if not metric.labels:
                self._begin(metric)

    def _begin(self, metric: Metric) -> None:
        if metric.kind == "histogram":
            self._spreads[metric][()] = _empty(metric)
        else:
            self._series[metric][()] = 0.0

    def add(self, metric: Metric, *labels: str, n: float = 1.0) -> None:
        """Count; `n` may be 0, so that a series is there before its first count."""
        series = self._series[metric]
        key = labels if labels in series or len(series) < MAX_SERIES else (OVERFLOW,) * len(labels)
        series[key] = series.get(key, 0.0) + n

    def set(self, metric: Metric, *labels: str, value: float) -> None:
        """Say how it is now."""
        series = self._series[metric]
        if labels in series or len(series) < MAX_SERIES:
            series[labels] = value

    def observe(self, metric: Metric, *labels: str, value: float) -> None:
        """Count a value into its bucket, the first one whose bound it does not pass."""
        spreads = self._spreads[metric]
        key = labels if labels in spreads or len(spreads) < MAX_SERIES else (OVERFLOW,) * len(labels)
        spread = spreads.get(key)
        if spread is None:
            spread = spreads[key] = _empty(metric)
        spread.counts[bisect_left(metric.bounds, value)] += 1
        spread.total += value

    def families(self) -> list[Family]:
        """Return everything as it is now; what is counted later does not change it."""
        plain = [Family(metric, tuple(series.items())) for metric, series in self._series.items()]
        return plain + [Family(metric, _frozen(spreads)) for metric, spreads in self._spreads.items()]


def _empty(metric: Metric) -> _Spread:
    return _Spread([0] * (len(metric.bounds) + 1))


def _frozen(spreads: dict[Labels, _Spread]) -> Rows:
    return tuple((labels, Spread(tuple(one.counts), one.total)) for labels, one in spreads.items())
