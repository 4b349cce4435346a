"""`pbx graph`: pictures of flows."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pbx.cli.output import Refusal, WrongUsage, fields, print_json
from pbx.cli.site import CONFIG, AsJson, ConfigDir, TenantName, edited
from pbx.config.models import Tenant
from pbx.config.read import did_you_mean
from pbx.pictures.graph import FlowGraph, flow_graph
from pbx.pictures.pages import pages
from pbx.pictures.svg import svg as drawn
from pbx.pictures.terminal import terminal_lines

FlowName = Annotated[str, Parameter(help="As the dial plan names it: flow/NAME.")]
SvgFile = Annotated[Path | None, Parameter(name="--svg", help="Write the picture as SVG into this file.")]
Out = Annotated[
    Path | None,
    Parameter(
        name="--out", help="Write a page for each flow of every tenant, or of --tenant, into this folder."
    ),
]
_FLOW = "flow/"


def graph(  # noqa: PLR0913 - each is an option of the command
    flow: FlowName = "",
    /,
    *,
    svg: SvgFile = None,
    out: Out = None,
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Draw a flow, such as flow/support, in the terminal; --svg: as a file; --out: a page for every flow."""
    if bool(flow) == (out is not None):
        raise WrongUsage("name a flow, such as flow/support, or a folder for the pages of all: --out FOLDER")
    if (svg is not None) + (out is not None) + as_json > 1:
        raise WrongUsage("--svg, --out and --json do not go together")
    place = edited(config)
    if out is not None:
        wanted = [place.tenant(tenant)] if tenant else place.configuration.tenants.values()
        _write(out, pages({one.name: _graphs(one) for one in wanted}))
        return
    owner = place.tenant(tenant)
    picture = _named(owner, flow)
    if svg is not None:
        svg.write_text(drawn(picture), encoding="utf-8")
    elif as_json:
        print_json(_row(owner, picture))
    else:
        _print(terminal_lines(picture, shutil.get_terminal_size().columns))


def _graphs(tenant: Tenant) -> tuple[FlowGraph, ...]:
    """The flows that have a file; those into conferences are made of the numbers of rooms."""
    return tuple(flow_graph(plan) for name, plan in sorted(tenant.flows.items()) if "/" not in name)


def _named(tenant: Tenant, flow: str) -> FlowGraph:
    known = {f"{_FLOW}{one.name}": one for one in _graphs(tenant)}
    if flow not in known:
        near = did_you_mean(flow if flow.startswith(_FLOW) else f"{_FLOW}{flow}", known)
        raise Refusal(
            f"{tenant.name} has no {flow} ({near or 'there is ' + (', '.join(known) or 'no flow')})"
        )
    return known[flow]


def _row(tenant: Tenant, picture: FlowGraph) -> dict[str, object]:
    return {
        "tenant": tenant.name,
        "flow": picture.name,
        "steps": [
            {**fields(box), "ways": [fields(way, "source") for way in picture.ways_from(box.name)]}
            for box in picture.boxes
        ],
    }


def _print(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        raise Refusal(f"no lines can be drawn in {sys.stdout.encoding}: use UTF-8, --svg FILE or --json")
    print(text)


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    print(f"{len(texts)} pages in {folder}, the first is {folder / 'index.html'}")
