"""The desk's second window: playback links for recordings that the asker may hear (REC-11)."""

import base64
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import structlog

from pbx.core.errors import ParseError
from pbx.core.ids import hex_id
from pbx.core.io.clock import utc_now
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.lifecycle.access import Access
from pbx.lifecycle.disclosure import Disclosure
from pbx.lifecycle.io.archive import Archive, NotGivenError, Visitor
from pbx.lifecycle.link import (
    LONGEST_FOR,
    MAX_USES,
    SHORTEST_FOR,
    TOKEN_BYTES,
    Link,
    digest,
)
from pbx.lifecycle.link_messages import (
    AskLink,
    AskLinks,
    LinkMade,
    LinkRequest,
    LinksAre,
    RevokeLink,
    ShownLink,
)
from pbx.lifecycle.words import worded
from pbx.recording.effects import FinishedRecording
from pbx.store.disclosures import DisclosureStore
from pbx.store.links import MAX_LISTED, LinkStore

_NO_LINE = "no disclosure of this recording waits for a link: see `pbx recordings disclose --link`"
_UNKNOWN = "there is no such link that you may revoke"
_SEERS = ("compliance", "admin")  # see and revoke the links of others
_log = structlog.get_logger()


class LinkDesk:
    """Makes, lists and revokes; what is refused is a NotGivenError."""

    def __init__(self, archive: Archive) -> None:
        self._archive, self._links = archive, LinkStore(archive.database)
        self._register = DisclosureStore(archive.database)

    async def answer(self, request: LinkRequest, visitor: Visitor) -> LinkMade | LinksAre:
        """Answer one question."""
        match request:
            case AskLink():
                return await self._make(request, visitor)
            case AskLinks():
                return LinksAre(links=await self._list(visitor, request.limit))
            case RevokeLink():
                return LinksAre(links=(await self._revoke(request.link, visitor),))

    async def _make(self, request: AskLink, visitor: Visitor) -> LinkMade:
        base = visitor.rules.links_at
        if not base:
            raise NotGivenError("nobody plays links here: write `playback` into pbx.yaml, and start the PBX")
        row = await self._archive.row(request.recording, visitor)
        access = await self._archive.agreed(row, _access(row, request, visitor), visitor)
        line = await self._line(row, request)
        token = Secret(base64.urlsafe_b64encode(SystemIds().octets(TOKEN_BYTES)).rstrip(b"=").decode())
        link = _link(row, request, (access, visitor, token))
        if why := await self._links.make(link):
            raise NotGivenError(why)
        served = replace(line, span=link.span) if line is not None else None
        if served is not None and not await self._register.serve(served, utc_now()):
            await self._links.revoke(link, visitor.user, utc_now())  # somebody was faster, and nobody has it
            raise NotGivenError(_NO_LINE)
        _log.info("a playback link was made", link=link.link, recording=link.recording, user=link.actor)
        return LinkMade(
            link=link.link,
            url=Secret(f"{base}/l/{token.reveal()}"),
            expires_at=link.expires_at.isoformat(timespec="seconds"),
        )

    async def _line(self, row: FinishedRecording, request: AskLink) -> Disclosure | None:
        """Return the line of the register for this one link; None = it stays in the house."""
        if not request.disclosure:
            return None
        line = await self._register.get(request.disclosure)
        fits = line is not None and (line.recording, line.form) == (row.recording, "link")
        if line is None or not fits or line.served_at is not None:
            raise NotGivenError(_NO_LINE)
        return line

    async def _list(self, visitor: Visitor, limit: int) -> tuple[ShownLink, ...]:
        seen = {role.tenant for role in visitor.roles if role.role in _SEERS}
        own = {role.tenant for role in visitor.roles} - seen
        found = await self._links.list(seen, None, limit) if seen else []
        found += await self._links.list(own, visitor.uid, limit) if own else []
        newest = sorted(found, key=lambda one: one[0].made_at, reverse=True)[: max(0, min(limit, MAX_LISTED))]
        now = utc_now()
        return tuple(_shown(link, opened, now) for link, opened in newest)

    async def _revoke(self, name: str, visitor: Visitor) -> ShownLink:
        link = await self._links.get(name)
        role = next(
            (one.role for one in visitor.roles if link is not None and one.tenant == link.tenant), None
        )
        if link is None or role is None or not (link.uid == visitor.uid or role in _SEERS):
            raise NotGivenError(_UNKNOWN)
        if not await self._links.revoke(link, visitor.user, utc_now()):
            raise NotGivenError("it is revoked already")
        _log.info("a playback link was revoked", link=link.link, user=visitor.user)
        return _shown(replace(link, revoked_at=utc_now()), await self._links.opened(link.link), utc_now())


def _access(row: FinishedRecording, request: AskLink, visitor: Visitor) -> Access:
    """What is asked for; NotGivenError for words and numbers that are none."""
    try:
        purpose = worded("--purpose", request.purpose)
        if request.disclosure:
            purpose = f"disclosure {worded('--disclosure', request.disclosure)}"
        if request.ticket:
            worded("--ticket", request.ticket)
    except ParseError as error:
        raise NotGivenError(str(error)) from None
    if not SHORTEST_FOR <= timedelta(seconds=request.for_s) <= LONGEST_FOR:
        raise NotGivenError("--for is between a minute and 24 hours")
    if not 1 <= request.uses <= MAX_USES:
        raise NotGivenError(f"--uses is between 1 and {MAX_USES}")
    if not 0 <= request.start_ms < row.duration_ms or request.length_ms < 0:
        raise NotGivenError(f"--range is not in it: it is {row.duration_ms / 1000:.1f} s long")
    return Access(
        recording=row.recording,
        call=row.call,
        tenant=row.tenant,
        actor=visitor.user,
        purpose=purpose,
        form="link",
        disclosure=request.disclosure,
    )


def _link(row: FinishedRecording, request: AskLink, of: tuple[Access, Visitor, Secret[str]]) -> Link:
    access, visitor, token = of
    now = utc_now()
    return Link(
        link=hex_id(SystemIds()),
        token_sha256=digest(token),
        recording=row.recording,
        call=row.call,
        tenant=row.tenant,
        actor=visitor.user,
        uid=visitor.uid,
        purpose=access.purpose,
        ticket=request.ticket.strip(),
        start_ms=request.start_ms,
        length_ms=min(request.length_ms, row.duration_ms - request.start_ms),
        uses=request.uses,
        made_at=now,
        expires_at=now + timedelta(seconds=request.for_s),
    )


def _shown(link: Link, opened: int, now: datetime) -> ShownLink:
    return ShownLink(
        link=link.link,
        recording=link.recording,
        tenant=link.tenant,
        actor=link.actor,
        purpose=link.purpose,
        ticket=link.ticket,
        span=link.span,
        made_at=link.made_at.isoformat(timespec="seconds"),
        expires_at=link.expires_at.isoformat(timespec="seconds"),
        uses=link.uses,
        opened=opened,
        state=_state(link, opened, now),
    )


def _state(link: Link, opened: int, now: datetime) -> Literal["open", "used", "expired", "revoked"]:
    if link.revoked_at is not None:
        return "revoked"
    if opened >= link.uses:
        return "used"
    return "expired" if now >= link.expires_at else "open"
