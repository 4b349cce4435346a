"""A flow as SVG: one file that needs no other, readable on light and dark pages, and aloud."""

from collections.abc import Iterator
from html import escape
from itertools import groupby

from rich.cells import cell_len

from pbx.pictures.graph import Box, FlowGraph, Way
from pbx.pictures.places import links_of, middles
from pbx.pictures.terminal import folded

_COLUMNS = 34  # of the words in a box
_CHAR, _SMALL = 7.9, 6.7  # widths of a character of 13 and 11 units, monospaced
_LINE = 18.0
_PAD = 12.0
_LABEL = 22.0  # from a box down to the end of the labels below it
_TURN = 7.0  # between two ways back
_BEND = 34.0  # in which ways down find to their next place
_STYLE = """
svg{--ink:#1c2733;--paper:#fff;--box:#eef3f8;--line:#55708c;--back:#a8480f}
@media(prefers-color-scheme:dark){svg{--ink:#e8edf2;--paper:#12181f;--box:#1f2a36;--line:#93adc7;--back:#f0a26b}}
text{font:13px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--ink)}
.page{fill:var(--paper)}.box{fill:var(--box);stroke:var(--line)}.start{stroke-width:2.5}
.lonely{stroke-dasharray:2 4}.name{font-weight:bold}.note{font-style:italic}.label{font-size:11px}
.way{fill:none;stroke:var(--line);stroke-width:1.4}.head{fill:var(--line)}
.back{stroke:var(--back);stroke-dasharray:6 3}.back-head{fill:var(--back)}
""".strip()


def svg(graph: FlowGraph) -> str:
    """Return the picture as text of an SVG file. Ways back are dashed and have ↑ before their outcome."""
    return "\n".join(_Drawing(graph).lines()) + "\n"


class _Drawing:
    """The measures of one picture; x and y in its units, which are pixels where nothing scales it."""

    __slots__ = ("_at", "_backs", "_graph", "_height", "_links", "_tops", "_width", "_widths")

    def __init__(self, graph: FlowGraph) -> None:
        self._graph = graph
        self._widths = {box.name: _width(box, graph.ways_from(box.name)) for box in graph.boxes}
        self._links = links_of(graph)
        self._at = {spot: x + _PAD for spot, x in middles(graph, self._links, self._widths).items()}
        self._backs = list(dict.fromkeys(way.target for way in graph.ways if way.is_back))
        right = max(self._at[box.name, box.layer] + self._widths[box.name] / 2 for box in graph.boxes)
        self._width = max(right, *self._at.values()) + _PAD + _TURN * len(self._backs) + _PAD
        self._tops: list[tuple[float, float]] = []  # of each layer: where boxes begin, and the lowest end
        top = _PAD + _TURN * len(self._backs) + _BEND / 2
        for _, row in groupby(graph.boxes, key=lambda box: box.layer):
            bottom = top + max(_height(box) for box in row)
            self._tops.append((top, bottom))
            top = bottom + _LABEL + 2 * _TURN * len(self._backs) + _BEND
        self._height = self._tops[-1][1] + _LABEL + _TURN * len(self._backs) + _PAD

    def lines(self) -> Iterator[str]:
        name, size = escape(self._graph.name), f"{self._width:.0f} {self._height:.0f}"
        width, height = size.split()
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {size}" '
            'role="img" aria-labelledby="title desc">'
        )
        yield f'<title id="title">Flow {name}</title><desc id="desc">{escape(aloud(self._graph))}</desc>'
        yield f'<style>{_STYLE}</style><rect class="page" width="{width}" height="{height}"/>'
        yield from self._down()
        for box in self._graph.boxes:
            yield from self._box(box)
            yield from self._leaving(box)
        for lane, target in enumerate(self._backs):
            yield from self._return(lane, target)
        yield "</svg>"

    def _box(self, box: Box) -> Iterator[str]:
        width, top = self._widths[box.name], self._tops[box.layer][0]
        left = self._at[box.name, box.layer] - width / 2
        kind = "box start" if box.is_start else "box" if box.is_reached else "box lonely"
        yield f"<g><title>{escape(box.place or box.name)}</title>"
        yield (
            f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" '
            f'height="{_height(box):.1f}" rx="6"/>'
        )
        for row, (look, text) in enumerate(_lines(box), 1):
            yield _text(left + _PAD, top + row * _LINE, look, text)
        yield "</g>"

    def _down(self) -> Iterator[str]:
        """The pieces of ways from layer to layer; a piece from a box begins at its outcome (`_leaving`)."""
        ends = {(box.name, box.layer) for box in self._graph.boxes}
        for source, target in self._links:
            if source not in ends:
                top, bottom = self._tops[source[1]]
                x = self._at[source]
                bend = self._bend(x, source[1], target)
                yield f'<path class="way" d="M{x:.1f} {top:.1f}V{bottom:.1f}{bend}"/>'
        for target in dict.fromkeys(target for _, target in self._links if target in ends):
            yield _head(self._at[target], self._tops[target[1]][0], "head")

    def _bend(self, x: float, layer: int, target: tuple[str, int]) -> str:
        """From the lower end of a layer past its labels, then to a place in the next one."""
        start = self._tops[layer][1] + _LABEL + _TURN * len(self._backs)
        end, to = self._tops[layer + 1][0], self._at[target]
        half = (start + end) / 2
        return f"V{start:.1f}C{x:.1f} {half:.1f} {to:.1f} {half:.1f} {to:.1f} {end:.1f}"

    def _leaving(self, box: Box) -> Iterator[str]:
        """The outcomes below a box from left to right as they go on, each at the beginning of its line."""
        ways = sorted(
            self._graph.ways_from(box.name),
            key=lambda way: (way.is_back, self._at.get((way.target, box.layer + 1), 0.0)),
        )
        spaces = [_space(way) for way in ways]
        x = self._at[box.name, box.layer] - (sum(spaces) / 2 - _PAD / 2 if len(ways) > 1 else 0)
        bottom = self._tops[box.layer][0] + _height(box)
        for way, space in zip(ways, spaces, strict=True):
            if way.is_back:
                lane = self._backs.index(way.target)
                turn = self._tops[box.layer][1] + _LABEL + _TURN * lane
                yield f'<path class="way back" d="M{x:.1f} {bottom:.1f}V{turn:.1f}H{self._lane(lane):.1f}"/>'
            else:
                bend = self._bend(x, box.layer, (way.target, box.layer + 1))
                yield f'<path class="way" d="M{x:.1f} {bottom:.1f}{bend}"/>'
            yield _text(x + 4, bottom + 14, "label", _label(way))
            x += space

    def _return(self, lane: int, target: str) -> Iterator[str]:
        """The way up beside the picture that all ways back to a step share, and into its box."""
        layers = {box.name: box.layer for box in self._graph.boxes}
        sources = [layers[way.source] for way in self._graph.ways if way.is_back and way.target == target]
        low = self._tops[max(sources)][1] + _LABEL + _TURN * lane
        top = self._tops[layers[target]][0]
        into = self._at[target, layers[target]] + self._widths[target] / 4
        over = top - _TURN * (lane + 1) - _TURN
        beside = self._lane(lane)
        yield f'<path class="way back" d="M{beside:.1f} {low:.1f}V{over:.1f}H{into:.1f}V{top:.1f}"/>'
        yield _head(into, top, "back-head")

    def _lane(self, lane: int) -> float:
        return self._width - _PAD - _TURN * (len(self._backs) - 1 - lane)


def aloud(graph: FlowGraph) -> str:
    """Return the flow in sentences, for who does not see the picture."""
    return " ".join(
        "; ".join(
            (
                f"{box.title}: {box.words}",
                *box.notes,
                *(
                    f"{way.outcome} {'back ' if way.is_back else ''}to {way.target}"
                    for way in graph.ways_from(box.name)
                ),
            )
        )
        + "."
        for box in graph.boxes
    )


def _lines(box: Box) -> list[tuple[str, str]]:
    notes = [("note", part) for note in box.notes for part in folded(note, _COLUMNS)]
    return [("name", box.title), *(("words", part) for part in folded(box.words, _COLUMNS)), *notes]


def _width(box: Box, ways: tuple[Way, ...]) -> float:
    text = max(cell_len(part) for _, part in _lines(box)) * _CHAR + 2 * _PAD
    spaces = [_space(way) for way in ways]
    return max(text, sum(spaces) + _PAD if len(ways) > 1 else 2 * sum(spaces))


def _height(box: Box) -> float:
    return len(_lines(box)) * _LINE + _PAD


def _label(way: Way) -> str:
    return f"↑ {way.outcome}" if way.is_back else way.outcome


def _space(way: Way) -> float:
    return cell_len(_label(way)) * _SMALL + 14


def _text(x: float, y: float, look: str, text: str) -> str:
    return f'<text class="{look}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _head(x: float, y: float, look: str) -> str:
    return f'<path class="{look}" d="M{x:.1f} {y:.1f}l-4.5 -8h9z"/>'
