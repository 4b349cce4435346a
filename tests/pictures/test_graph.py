"""Layers, ways and marks of a flow."""

from pbx.ivr import steps
from pbx.ivr.onward import Transfer
from pbx.ivr.steps import FlowPlan
from pbx.pictures.graph import FlowGraph, Way, flow_graph
from tests.pictures.conftest import PLAN, chain


def test_the_longest_way_from_the_start_says_the_layer(graph: FlowGraph) -> None:
    assert {box.name: box.layer for box in graph.boxes} == {
        "welcome": 0,
        "lonely": 0,
        "choose": 1,
        "bye": 2,
        "sales": 2,
        "agents": 3,
        "message": 4,
    }
    assert [box.name for box in graph.boxes][:2] == ["welcome", "lonely"]


def test_ways_have_all_their_outcomes_and_those_back_are_marked(graph: FlowGraph) -> None:
    assert set(graph.ways_from("choose")) == {
        Way(source="choose", target="sales", outcome="key 1", is_back=False),
        Way(source="choose", target="agents", outcome="keys 2 4", is_back=False),
        Way(source="choose", target="choose", outcome="key 9", is_back=True),
        Way(source="choose", target="bye", outcome="otherwise", is_back=False),
    }
    assert [way.target for way in graph.ways_from("sales") if way.is_back] == ["choose"]


def test_what_ends_the_flow_is_a_note(graph: FlowGraph) -> None:
    notes = {box.name: box.notes for box in graph.boxes}
    assert notes["agents"] == ("answered: they talk",)
    assert notes["message"] == notes["lonely"] == ("next: the call ends",)
    assert notes["bye"] == ()


def test_start_place_and_a_step_without_a_way(graph: FlowGraph) -> None:
    boxes = {box.name: box for box in graph.boxes}
    assert boxes["welcome"].title == "welcome (start)"
    assert boxes["welcome"].place == "config/acme/flows/support.yaml:4"
    assert boxes["lonely"].title == "lonely (never reached)"
    assert [name for name, box in boxes.items() if not box.is_reached] == ["lonely"]
    assert not any("token" in box.words for box in graph.boxes)


def test_every_way_that_is_not_marked_leads_down(graph: FlowGraph) -> None:
    layers = {box.name: box.layer for box in graph.boxes}
    assert {way.is_back for way in graph.ways} == {True, False}
    assert all((layers[way.target] <= layers[way.source]) == way.is_back for way in graph.ways)
    following = {(name, one) for name, step in PLAN.steps.items() for one in step.following if one}
    assert {(way.source, way.target) for way in graph.ways} == following


def test_a_flow_as_deep_as_it_has_steps() -> None:
    graph = chain(200)
    assert [box.layer for box in graph.boxes] == list(range(200))


def test_what_is_said_cannot_move_a_cursor_nor_turn_the_text() -> None:
    step = steps.StepUp(ways=("sms",), purpose="pay\u202e\x1b", verified="a", otherwise="a")
    graph = flow_graph(
        steps.FlowPlan(
            name="x", start="ask", steps={"ask": step, "a": steps.HangUp()}, places={"ask": "a\x0bb:1"}
        )
    )
    assert graph.boxes[0].words.endswith("to pay??")
    assert graph.boxes[0].place == "a?b:1"


def test_nobody_answers_a_flow() -> None:
    graph = flow_graph(FlowPlan(name="f", start="s", steps={"s": Transfer(target="flow/night")}))
    (box,) = graph.boxes
    assert box.notes == ()
