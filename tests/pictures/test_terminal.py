"""The picture in the terminal."""

import pytest
from rich.cells import cell_len

from pbx.ivr import steps
from pbx.pictures.graph import FlowGraph, flow_graph
from pbx.pictures.terminal import MIN_WIDTH, folded, terminal_lines
from tests.pictures.conftest import chain

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


def test_every_rail_is_followed_to_the_step_that_is_named(graph: FlowGraph) -> None:
    """Walk along the signs from each outcome, as an eye does."""
    lines = [line.ljust(120) for line in terminal_lines(graph, 120)]
    for row, line in enumerate(lines):
        if "├" not in line or "→" not in line and "↑" not in line:
            continue
        target = line.split(" ├")[0].split()[-1]
        column = line.index("├") + 1
        while line[column] in "─┼":
            column += 1
        assert line[column] in "┐┘┤"
        ends = []
        for step, last in ((1, "┘"), (-1, "┐")):
            at = row
            while line[column] != last and lines[at + step][column] in "│┼┤┐┘" and lines[at][column] != last:
                at += step
                if "◀" in lines[at] and lines[at][column] in "┐┘┤":
                    ends.append(lines[at].split()[1])
        assert target in ends


def test_words_of_double_width_fit() -> None:
    assert folded("日本語のことばは幅が広い yes", 8) == ["日本語の", "ことばは", "幅が広い", "yes"]
    assert folded("a" * 9, 4) == ["aaaa", "aaaa", "a"]
    assert folded("", 4) == [""]
