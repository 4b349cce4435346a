"""`pbx recordings link | links`: recordings in the browser of others (REC-11)."""

import re
from dataclasses import dataclass
from typing import Annotated

from cyclopts import App, Parameter

from pbx.cli.desk import SOCKET, Socket, answer
from pbx.cli.leaving import say_internal
from pbx.cli.output import WrongUsage, complain, details, fields, listing
from pbx.cli.recordings import Purpose, purpose_of
from pbx.cli.site import AsJson, Limit
from pbx.cli.time_span import clock
from pbx.lifecycle.link_messages import AskLink, AskLinks, LinkMade, LinksAre, RevokeLink

links = App(name="links", help="Playback links: list and revoke them.")
LifeTime = Annotated[str, Parameter(name="--for", help="How long it can be opened: 15m, 2h; a day at most.")]
Range = Annotated[str, Parameter(name="--range", help="Only a part, such as 1:00-2:30; `1:00-` to the end.")]
Uses = Annotated[int, Parameter(name="--uses", help="How many browsers may open it, 10 at most.")]
Ticket = Annotated[str, Parameter(name="--ticket", help="The case it belongs to; kept in the audit log.")]
Disclosed = Annotated[
    str,
    Parameter(name="--disclosure", help="For a third party: the line that `disclose --link` has written."),
]
_LIFE = re.compile(r"(?P<n>[0-9]{1,6}) ?(?P<unit>s|m|min|h|d)", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_COLUMNS = ("link", "recording", "state", "expires_at", "opened", "uses", "actor", "purpose", "ticket")


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long, what of it, for how many, and for which case."""

    life: LifeTime = "15m"
    part: Range = ""
    uses: Uses = 1
    ticket: Ticket = ""
    disclosure: Disclosed = ""


async def link(
    recording: str,
    /,
    *,
    purpose: Purpose = "",
    terms: Terms = Terms(),  # noqa: B008 - frozen
    as_json: AsJson = False,
    socket: Socket = SOCKET,
) -> None:
    """Make a link by which somebody else may listen in a browser, once and for a while."""
    if terms.disclosure and purpose:
        raise WrongUsage("give --purpose for the own house, or --disclosure for a third party")
    start_ms, length_ms = _part(terms.part)
    request = AskLink(
        recording=recording,
        purpose=purpose_of(purpose or terms.disclosure),
        ticket=terms.ticket,
        disclosure=terms.disclosure,
        start_ms=start_ms,
        length_ms=length_ms,
        for_s=_life(terms.life),
        uses=terms.uses,
    )
    made = await answer(socket, request, LinkMade)
    if as_json:
        details({"link": made.link, "url": made.url.reveal(), "expires_at": made.expires_at}, as_json=True)
        return
    print(made.url.reveal())
    complain(f"link {made.link}, to be opened until {made.expires_at}")
    if not terms.disclosure:
        say_internal(purpose)


@links.default
@links.command(name="list")
async def list_links(*, limit: Limit = 25, as_json: AsJson = False, socket: Socket = SOCKET) -> None:
    """List your newest links; compliance and admin see everybody's."""
    found = await answer(socket, AskLinks(limit=limit), LinksAre)
    listing([fields(one) for one in found.links], _COLUMNS, as_json=as_json)


@links.command
async def revoke(link: str, /, *, as_json: AsJson = False, socket: Socket = SOCKET) -> None:
    """Close a link, for those too who have opened it."""
    found = await answer(socket, RevokeLink(link=link), LinksAre)
    details(fields(found.links[0]), as_json=as_json)


def _life(said: str) -> int:
    """Return seconds for `90s`, `15m`, `15 min` or `2h`."""
    found = _LIFE.fullmatch(said)
    if found is None:
        raise WrongUsage(f"--for: {said!r} is no time: write 90s, 15m or 2h")
    return int(found["n"]) * _SECONDS[found["unit"][0]]


def _part(said: str) -> tuple[int, int]:
    """Return start and length in ms of `1:00-2:30`; a length of 0 is all that follows."""
    if not said:
        return 0, 0
    begin, dash, end = said.partition("-")
    start_ms = round(clock(begin) * 1000)
    if not dash:
        raise WrongUsage(f"{said!r} is no range: write 1:00-2:30, or 1:00- for all that follows")
    end_ms = round(clock(end) * 1000) if end else 0
    if end and end_ms <= start_ms:
        raise WrongUsage(f"{said!r} ends before it begins")
    return start_ms, end_ms - start_ms if end else 0
