"""Where boxes and the points of ways stand."""

from pbx.pictures.graph import FlowGraph
from pbx.pictures.places import APART, links_of, middles
from tests.pictures.conftest import chain


def test_a_way_past_layers_has_a_point_in_each(graph: FlowGraph) -> None:
    links = links_of(graph)
    assert (("choose", 1), ("agents", 2)) in links and (("agents", 2), ("agents", 3)) in links
    assert (("sales", 2), ("agents", 3)) in links
    assert not any(source[0] == "sales" and target[0] == "choose" for source, target in links)
    assert all(target[1] == source[1] + 1 for source, target in links)


def test_ways_to_one_step_share_their_points() -> None:
    assert len(links_of(chain(50))) <= 3 * 50


def test_nothing_in_a_layer_touches(graph: FlowGraph) -> None:
    layers = {box.name: box.layer for box in graph.boxes}
    widths = {box.name: 100.0 + 10 * len(box.name) for box in graph.boxes}
    at = middles(graph, links_of(graph), widths)
    assert set(layers.items()) <= set(at)
    half = {spot: widths[spot[0]] / 2 if layers[spot[0]] == spot[1] else 0.0 for spot in at}
    assert min(at[spot] - half[spot] for spot in at) == 0.0
    for layer in set(layers.values()):
        row = sorted((spot for spot in at if spot[1] == layer), key=at.__getitem__)
        for one, other in zip(row, row[1:], strict=False):
            assert at[other] - half[other] - at[one] - half[one] >= APART - 1e-6
