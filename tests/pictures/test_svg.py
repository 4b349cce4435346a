"""The picture as SVG: well formed, whole, apart, and escaped."""

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest

from pbx.ivr import steps
from pbx.pictures.graph import FlowGraph, flow_graph
from pbx.pictures.svg import aloud, svg
from tests.pictures.conftest import chain, tangle

_NS = {"s": "http://www.w3.org/2000/svg"}


def _texts(tree: ElementTree.Element, look: str) -> list[str]:
    return [one.text or "" for one in tree.iterfind(f".//s:text[@class='{look}']", _NS)]


def _boxes(tree: ElementTree.Element) -> list[tuple[float, ...]]:
    found = tree.iterfind(".//s:g/s:rect", _NS)
    return [tuple(float(one.attrib[name]) for name in ("x", "y", "width", "height")) for one in found]


def test_every_step_and_outcome_is_in_it(graph: FlowGraph) -> None:
    tree = ElementTree.fromstring(svg(graph))
    assert sorted(_texts(tree, "name")) == sorted(box.title for box in graph.boxes)
    labels = [f"{'↑ ' if way.is_back else ''}{way.outcome}" for way in graph.ways]
    assert sorted(_texts(tree, "label")) == sorted(labels)
    assert len(tree.findall(".//s:path[@class='way back']", _NS)) == 3 + 2  # outcomes, and targets


def test_it_needs_nothing_else_and_can_be_heard(graph: FlowGraph) -> None:
    text = svg(graph)
    tree = ElementTree.fromstring(text)
    assert re.findall(r"https?://[^\"' ]+", text) == ["http://www.w3.org/2000/svg"]
    assert "<script" not in text and "@import" not in text
    assert "prefers-color-scheme:dark" in text
    assert (tree.attrib["role"], tree.attrib["aria-labelledby"]) == ("img", "title desc")
    assert tree.findtext("s:title", "", _NS) == "Flow support"
    assert tree.findtext("s:desc", "", _NS) == aloud(graph)
    assert "sales: rings group/sales for 20 s; answered: they talk; no_answer back to choose" in aloud(graph)


def test_boxes_stand_apart_and_inside() -> None:
    for graph in (chain(12), chain(2)):
        tree = ElementTree.fromstring(svg(graph))
        width, height = float(tree.attrib["width"]), float(tree.attrib["height"])
        boxes = _boxes(tree)
        assert len(boxes) == len(graph.boxes)
        assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
        for (x, y, w, h), (x2, y2, w2, h2) in combinations(boxes, 2):
            assert x + w < x2 or x2 + w2 < x or y + h < y2 or y2 + h2 < y


@pytest.mark.parametrize("seed", range(20))
def test_no_line_runs_through_a_box(seed: int) -> None:
    """Straight pieces may touch the edge of a box; bends lie between layers."""
    tree = ElementTree.fromstring(svg(tangle(seed)))
    boxes = _boxes(tree)
    pieces = [piece for path in tree.iterfind(".//s:path", _NS) for piece in _straight(path.attrib["d"])]
    assert pieces
    for x, y, w, h in boxes:
        for (x1, y1), (x2, y2) in pieces:
            is_beside = max(x1, x2) <= x or min(x1, x2) >= x + w
            assert is_beside or max(y1, y2) <= y + 0.11 or min(y1, y2) >= y + h - 0.11


def _straight(path: str) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The pieces of a path that M, V, H and C make, with a bend as the line between its ends."""
    pieces, at = [], (0.0, 0.0)
    for sign, numbers in re.findall(r"([MVHC])([-\d. ]+)", path):
        values = [float(one) for one in numbers.split()]
        to = (at[0], values[0]) if sign == "V" else (values[0], at[1]) if sign == "H" else (*values[-2:],)
        if sign != "M":
            pieces.append((at, (to[0], to[1])))
        at = (to[0], to[1])
    return pieces


def test_text_is_escaped() -> None:
    step = steps.StepUp(ways=("sms",), purpose="</text><script>&\"'", verified="a", otherwise="a")
    plan = steps.FlowPlan(
        name="x", start="ask", steps={"ask": step, "a": steps.HangUp()}, places={"ask": "<&>:1"}
    )
    text = svg(flow_graph(plan))
    tree = ElementTree.fromstring(text)
    assert "<script" not in text
    assert "</text><script>&\"'" in " ".join(_texts(tree, "words"))
    assert tree.findtext(".//s:g/s:title", "", _NS) == "<&>:1"


def test_a_flow_of_one_step() -> None:
    alone = flow_graph(steps.FlowPlan(name="echo", start="echo", steps={"echo": steps.Echo()}))
    assert _texts(ElementTree.fromstring(svg(alone)), "name") == ["echo (start)"]
