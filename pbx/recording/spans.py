"""Half-open ranges of samples, sorted and apart: merge, subtract, intersect."""

from collections.abc import Iterable

Span = tuple[int, int]  # start, end


def merge(spans: Iterable[Span]) -> list[Span]:
    """Return the same samples as the fewest sorted spans; empty ones vanish."""
    out: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def subtract(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """Return what of `spans` lies in none of `holes`."""
    out: list[Span] = []
    cuts = merge(holes)
    first = 0
    for start, end in merge(spans):
        while first < len(cuts) and cuts[first][1] <= start:
            first += 1
        at, index = start, first
        while index < len(cuts) and cuts[index][0] < end:
            out.append((at, cuts[index][0]))
            at = cuts[index][1]
            index += 1
        out.append((at, end))
    return [span for span in out if span[0] < span[1]]


def intersect(a: Iterable[Span], b: Iterable[Span]) -> list[Span]:
    """Return the samples that lie in both."""
    left = merge(a)
    return subtract(left, subtract(left, b))
