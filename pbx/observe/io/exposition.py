"""The text of the page, made in slices: calls go on between two of them.

The text exposition format of Prometheus, version 0.0.4. This file alone knows the library.
"""

import asyncio
import math
from collections.abc import Iterable, Iterator
from itertools import accumulate, islice

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric as Written

from pbx.observe.metric import Family, Labels, Metric, Spread

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
SLICE = 25  # lines, some 0.3 ms
_HEAD_LINES = 2  # HELP and TYPE, which stand once before all lines of a metric
_TOTAL = "_total"
Line = tuple[str, dict[str, str], float]  # name, labels, value


class _One:
    """What the library asks for the metrics that it writes: one, or a part of it."""

    def __init__(self, written: Written) -> None:
        self._written = written

    def collect(self) -> Iterable[Written]:
        return [self._written]


async def page(families: Iterable[Family]) -> bytes:
    """Return the text of families whose rows nobody changes any more."""
    parts: list[bytes] = []
    for family in families:
        lines = _lines(family)
        text = _text(family.metric, islice(lines, SLICE))
        while text:
            parts.append(text)
            await asyncio.sleep(0)
            more = list(islice(lines, SLICE))
            text = _text(family.metric, more).split(b"\n", _HEAD_LINES)[-1] if more else b""
    return b"".join(parts)


def _text(metric: Metric, lines: Iterable[Line]) -> bytes:
    written = Written(metric.name.removesuffix(_TOTAL), metric.help, metric.kind)
    for name, labels, value in lines:
        written.add_sample(name, labels, value)
    return generate_latest(_One(written))


def _lines(family: Family) -> Iterator[Line]:
    metric = family.metric
    for labels, value in family.rows:
        named = dict(zip(metric.labels, labels, strict=True))
        if isinstance(value, Spread):
            yield from _buckets(metric, labels, value)
        else:
            yield metric.name, named, value


def _buckets(metric: Metric, labels: Labels, spread: Spread) -> Iterator[Line]:
    """Each bucket holds those below it too."""
    named = dict(zip(metric.labels, labels, strict=True))
    bounds = (*metric.bounds, math.inf)
    for bound, n in zip(bounds, accumulate(spread.counts), strict=True):
        yield f"{metric.name}_bucket", {**named, "le": "+Inf" if bound == math.inf else str(bound)}, n
    yield f"{metric.name}_count", named, sum(spread.counts)
    yield f"{metric.name}_sum", named, spread.total
