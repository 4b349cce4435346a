"""The pages of flows."""

import re

from pbx.ivr import steps
from pbx.pictures.graph import FlowGraph, flow_graph
from pbx.pictures.pages import pages
from pbx.pictures.svg import svg


def test_a_page_for_each_flow_and_one_that_leads_to_them(graph: FlowGraph) -> None:
    found = pages({"acme": (graph,), "other": (graph,), "empty": ()})
    assert set(found) == {"index.html", "acme/support.html", "other/support.html"}
    assert set(re.findall(r'href="([^"]+)"', found["index.html"])) == set(found) - {"index.html"}
    page = found["acme/support.html"]
    assert svg(graph) in page
    assert 'href="../index.html"' in page and "tenant acme" in page


def test_links_of_the_table_lead_to_its_rows(graph: FlowGraph) -> None:
    page = pages({"acme": (graph,)})["acme/support.html"]
    rows = set(re.findall(r'<tr id="([^"]+)"', page))
    assert rows == {box.name for box in graph.boxes}
    assert set(re.findall(r'href="#([^"]+)"', page)) == {way.target for way in graph.ways}
    assert 'no_answer ↑ <a href="#choose">choose</a>' in page
    assert "<td>config/acme/flows/support.yaml:4</td>" in page


def test_nothing_of_a_step_is_markup() -> None:
    step = steps.StepUp(ways=("sms",), purpose="<script>1</script>", verified="a", otherwise="a")
    plan = steps.FlowPlan(name="x", start="ask", steps={"ask": step, "a": steps.HangUp()})
    page = pages({"acme": (flow_graph(plan),)})["acme/x.html"]
    assert "<script" not in page
    assert "default-src 'none'" in page
