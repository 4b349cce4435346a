"""Where the boxes of a picture stand: order and middle of each within its layer.

A way that passes layers has a point in each of them, shared by all ways to the same step, so that no line
runs through a box (after K. Sugiyama, S. Tagawa and M. Toda, 1981).
"""

from collections.abc import Mapping

from pbx.pictures.graph import FlowGraph

Spot = tuple[str, int]  # a step in its own layer, or on the way to it in a layer above
Link = tuple[Spot, Spot]
_SWEEPS = 8  # nothing moves any more in flows of 200 steps
APART = 26.0  # between two boxes, in the units of the picture


def links_of(graph: FlowGraph) -> tuple[Link, ...]:
    """Return the pieces of all ways down, each from one layer to the next."""
    layers = {box.name: box.layer for box in graph.boxes}
    found: dict[Link, None] = {}
    for way in graph.ways:
        if way.is_back:
            continue
        below = layers[way.source] + 1
        found[(way.source, below - 1), (way.target, below)] = None
        for layer in range(below, layers[way.target]):
            found[(way.target, layer), (way.target, layer + 1)] = None
    return tuple(found)


def middles(graph: FlowGraph, links: tuple[Link, ...], widths: Mapping[str, float]) -> dict[Spot, float]:
    """Return the middle of each box and point, 0 = the left end of the leftmost; `widths` are of boxes."""
    layers = {box.name: box.layer for box in graph.boxes}
    spots = dict.fromkeys([*layers.items(), *(spot for link in links for spot in link)])
    rows: list[list[Spot]] = [[] for _ in range(max(layers.values()) + 1)]
    for spot in spots:
        rows[spot[1]].append(spot)
    half = {spot: widths[spot[0]] / 2 if layers[spot[0]] == spot[1] else 0.0 for spot in spots}
    above: dict[Spot, list[Spot]] = {spot: [] for spot in spots}
    below: dict[Spot, list[Spot]] = {spot: [] for spot in spots}
    for source, target in links:
        above[target].append(source)
        below[source].append(target)
    at: dict[Spot, float] = {}
    for row in rows:
        at |= _apart(row, [0.0] * len(row), half)
    for sweep in range(_SWEEPS):
        near, order = (above, rows) if sweep % 2 == 0 else (below, rows[::-1])
        for row in order:
            wanted = {spot: _mean([at[one] for one in near[spot]], at[spot]) for spot in row}
            if sweep < _SWEEPS - 2:
                row.sort(key=wanted.__getitem__)
            at |= _apart(row, [wanted[spot] for spot in row], half)
    left = min(x - half[spot] for spot, x in at.items())
    return {spot: x - left for spot, x in at.items()}


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _apart(row: list[Spot], wanted: list[float], half: Mapping[Spot, float]) -> dict[Spot, float]:
    """Middles near the wanted ones: half way between pushing everything right and everything left."""
    right = _pushed([half[spot] for spot in row], wanted)
    left = _pushed([half[spot] for spot in row[::-1]], [-x for x in wanted[::-1]])[::-1]
    return {spot: (a - b) / 2 for spot, a, b in zip(row, right, left, strict=True)}


def _pushed(halves: list[float], wanted: list[float]) -> list[float]:
    placed: list[float] = []
    edge = float("-inf")
    for half, x in zip(halves, wanted, strict=True):
        placed.append(max(x, edge + half))
        edge = placed[-1] + half + APART
    return placed
