"""The picture in the terminal."""

import pytest
from rich.cells import cell_len

from pbx.ivr import steps
from pbx.pictures.graph import FlowGraph, flow_graph
from pbx.pictures.terminal import MIN_WIDTH, folded, terminal_lines
from tests.pictures.conftest import chain, tangle

SMALL = """\
┌ ask (start) ───────────────────────────────────────────────┐◀┐
│ asks for one of the keys 1 2                               │ │
│ key 1 → talk                                               ├─┼─┐
│ key 2, otherwise ↑ ask                                     ├─┘ │
└────────────────────────────────────────────────────────────┘   │
┌ talk ──────────────────────────────────────────────────────┐◀──┘
│ rings extension/1001 for 5 s                               │
│ answered: they talk                                        │
│ no_answer, busy: the call ends                             │
└────────────────────────────────────────────────────────────┘"""


def test_a_small_flow_whole() -> None:
    ask = steps.Menu(text="x", keys={"1": "talk", "2": "ask"}, fallback="ask", invalid_text="x")
    talk = steps.Ring(target="extension/1001", ring_s=5.0, no_answer=None, busy=None)
    graph = flow_graph(steps.FlowPlan(name="x", start="ask", steps={"ask": ask, "talk": talk}))
    assert terminal_lines(graph, 66) == SMALL.splitlines()


@pytest.mark.parametrize("width", [1, MIN_WIDTH, 41, 57, 80, 200])
def test_no_line_is_wider_than_the_terminal_and_every_way_is_told(graph: FlowGraph, width: int) -> None:
    for picture in (graph, chain(60)):
        lines = terminal_lines(picture, width)
        assert max(map(cell_len, lines)) <= max(width, MIN_WIDTH)
        told = " ".join(" ".join(lines).replace("│", " ").split())
        for way in picture.ways:
            assert f"{way.outcome} {'↑' if way.is_back else '→'} {way.target} " in told


@pytest.mark.parametrize("seed", range(20))
def test_every_rail_leads_to_the_step_that_is_named(seed: int) -> None:
    """Walk along the signs from each outcome, as an eye does."""
    graph = tangle(seed)
    lines = [line.ljust(120) for line in terminal_lines(graph, 120)]
    n_followed = 0
    for row, line in enumerate(lines):
        outcome, _, rail = line.partition(" ├")
        if not rail or "key" not in outcome and "otherwise" not in outcome:
            continue
        column = next(at for at in range(len(outcome) + 2, 120) if line[at] in "┐┘┤")
        assert set(line[len(outcome) + 2 : column]) <= {"─", "┼"}
        entered = [*_titles(lines, row, column, 1), *_titles(lines, row, column, -1)]
        assert entered == [outcome.split()[-1]]
        n_followed += 1
    assert n_followed == len(graph.ways)


def _titles(lines: list[str], row: int, column: int, step: int) -> list[str]:
    """The names of boxes that a rail enters below (`step` 1) or above a line."""
    found, last = [], "┘" if step == 1 else "┐"
    while lines[row][column] != last:
        row += step
        assert lines[row][column] in "│┼┤┐┘"
        if "◀" in lines[row] and lines[row][column] in "┐┘┤":
            found.append(lines[row].split()[1])
    return found


def test_words_of_double_width_fit() -> None:
    assert folded("日本語のことばは幅が広い yes", 8) == ["日本語の", "ことばは", "幅が広い", "yes"]
    assert folded("a" * 9, 4) == ["aaaa", "aaaa", "a"]
    assert folded("", 4) == [""]
