"""A flow as lines of a terminal: boxes below each other, and rails beside them that lead on.

Each outcome names its target, so what finds no room for its rail is still told.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.cells import cell_len, chop_cells, set_cell_size

from pbx.pictures.graph import Box, FlowGraph

MIN_WIDTH = 40  # columns; a narrower terminal folds the lines itself
MAX_BOX = 64  # columns; longer words are folded, as lines of text are
_MIN_BOX = 32
_RAIL = 2  # columns of one rail
# Which ends of a cell are joined: up, down, left, right.
_JOINED = {"ud": "│", "lr": "─", "udlr": "┼", "dl": "┐", "ul": "┘", "udl": "┤"}


@dataclass(slots=True)
class _Rail:
    """All the ways to one step: the line of its title, and the lines of the outcomes."""

    title: int
    sources: list[int] = field(default_factory=list)
    lane: int = 0

    @property
    def span(self) -> tuple[int, int]:
        lines = (self.title, *self.sources)
        return min(lines), max(lines)


def terminal_lines(graph: FlowGraph, width: int) -> list[str]:
    """Return the picture, at most `width` columns wide (or MIN_WIDTH); ↑ marks a way back."""
    width = max(width, MIN_WIDTH)
    n_targets = len({way.target for way in graph.ways})
    room = min(MAX_BOX, max(_MIN_BOX, width - _RAIL * n_targets))
    lines: list[str] = []
    titles: dict[str, int] = {}
    leaving: list[tuple[int, str]] = []
    for box in graph.boxes:
        titles[box.name] = len(lines)
        for text, target in _box(graph, box, room):
            if target:
                leaving.append((len(lines), target))
            lines.append(text)
    rails: dict[str, _Rail] = {}
    for line, target in leaving:
        rails.setdefault(target, _Rail(title=titles[target])).sources.append(line)
    n_lanes = (width - room) // _RAIL
    _set_lanes(list(rails.values()))
    shown = [rail for rail in rails.values() if rail.lane < n_lanes]
    return [text + _beside(shown, line) for line, text in enumerate(lines)]


def _box(graph: FlowGraph, box: Box, width: int) -> Iterator[tuple[str, str]]:
    """The lines of a box, each with the step that it leads to, "" = none."""
    inner = width - 4
    title = set_cell_size(box.title, min(cell_len(box.title), inner))
    yield f"┌ {title} {'─' * (inner - cell_len(title))}┐", ""
    for text in (box.words, *box.notes):
        for part in folded(text, inner):
            yield f"│ {set_cell_size(part, inner)} │", ""
    for way in graph.ways_from(box.name):
        *before, last = folded(f"{way.outcome} {'↑' if way.is_back else '→'} {way.target}", inner)
        for part in before:
            yield f"│ {set_cell_size(part, inner)} │", ""
        yield f"│ {set_cell_size(last, inner)} ├", way.target
    yield f"└{'─' * (width - 2)}┘", ""


def folded(text: str, width: int) -> list[str]:
    """Return text in lines of at most so many columns; a word that is longer is cut."""
    lines = [""]
    for word in text.split():
        for part in chop_cells(word, width):
            joined = f"{lines[-1]} {part}" if lines[-1] else part
            if cell_len(joined) <= width:
                lines[-1] = joined
            else:
                lines.append(part)
    return lines


def _set_lanes(rails: list[_Rail]) -> None:
    """Give each rail the innermost lane that is free along its span, short ones first."""
    taken: list[list[tuple[int, int]]] = []
    for rail in sorted(rails, key=lambda one: (one.span[1] - one.span[0], one.title)):
        low, high = rail.span
        free = (
            lane
            for lane, spans in enumerate(taken)
            if all(high < first or last < low for first, last in spans)
        )
        rail.lane = next(free, len(taken))
        if rail.lane == len(taken):
            taken.append([])
        taken[rail.lane].append((low, high))


def _beside(rails: list[_Rail], line: int) -> str:
    """What stands to the right of a line: the rails that pass, begin, end or take in an outcome."""
    joins: dict[int, set[str]] = {}
    for rail in rails:
        low, high = rail.span
        column = _RAIL * rail.lane + 1
        if low <= line <= high:
            ends = joins.setdefault(column, set())
            ends |= {"u"} if line > low else set()
            ends |= {"d"} if line < high else set()
        if line == rail.title or line in rail.sources:
            joins.setdefault(column, set()).add("l")
            for passed in range(column):
                joins.setdefault(passed, set()).update("lr")
    is_title = any(rail.title == line for rail in rails)
    cells = [_cell(joins.get(at, set())) for at in range(max(joins, default=-1) + 1)]
    return "".join(["◀", *cells[1:]] if is_title else cells)


def _cell(ends: set[str]) -> str:
    return _JOINED["".join(sorted(ends, key="udlr".index))] if ends else " "
