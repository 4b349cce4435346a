"""Pages of flows: one for each with its picture and a table of its steps, and one that leads to them."""

from collections.abc import Mapping
from html import escape

from pbx.pictures.graph import Box, FlowGraph
from pbx.pictures.svg import svg

_STYLE = (
    ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:2rem;color:#1c2733;"
    "background:#fff}svg{max-width:100%;height:auto}table{border-collapse:collapse;margin-top:1.5rem}"
    "td,th{text-align:left;vertical-align:top;padding:.3rem 1rem .3rem 0;border-bottom:1px solid #8a9bab}"
    "a{color:#1f5f9e}@media(prefers-color-scheme:dark){body{color:#e8edf2;background:#12181f}a{color:#8dc1f2}}"
)
# Nothing is fetched and nothing runs, wherever the pages are put.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_HEADS = "<tr><th>step</th><th>what it does</th><th>what follows</th><th>where</th></tr>"


def pages(tenants: Mapping[str, tuple[FlowGraph, ...]]) -> dict[str, str]:
    """Return the text of every page by its path: `index.html`, and `TENANT/FLOW.html` for each flow."""
    found = {
        f"{tenant}/{graph.name}.html": _flow(tenant, graph) for tenant in tenants for graph in tenants[tenant]
    }
    lists = "".join(
        f"<h2>{escape(tenant)}</h2><ul>"
        + "".join(
            f'<li><a href="{escape(f"{tenant}/{one.name}")}.html">{escape(one.name)}</a></li>'
            for one in graphs
        )
        + "</ul>"
        for tenant, graphs in tenants.items()
    )
    return {"index.html": _page("Flows", lists), **found}


def _flow(tenant: str, graph: FlowGraph) -> str:
    rows = "".join(_row(graph, box) for box in graph.boxes)
    back = f'<p><a href="../index.html">All flows</a> · tenant {escape(tenant)}</p>'
    return _page(f"Flow {graph.name}", f"{back}{svg(graph)}<table>{_HEADS}{rows}</table>")


def _row(graph: FlowGraph, box: Box) -> str:
    follows = [*map(escape, box.notes)]
    for way in graph.ways_from(box.name):
        target, arrow = escape(way.target), "↑" if way.is_back else "→"
        follows.append(f'{escape(way.outcome)} {arrow} <a href="#{target}">{target}</a>')
    cells = (escape(box.title), escape(box.words), "<br>".join(follows), escape(box.place))
    return f'<tr id="{escape(box.name)}">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><h1>{escape(title)}</h1>{body}</body></html>\n"
    )
