"""The desk's third window: where a second person decides on who may hear what (D-11).

Nobody decides on his own request: neither by his user id, which the kernel says, nor by his name.
"""

from dataclasses import replace
from datetime import datetime

import structlog

from pbx.core.errors import ParseError
from pbx.core.io.clock import utc_now
from pbx.lifecycle.access import Access
from pbx.lifecycle.approval import (
    DECIDERS,
    ONE_IS_ENOUGH,
    AccessRequest,
    objection_to_decider,
    objection_to_seer,
)
from pbx.lifecycle.io.archive import Archive, NotGivenError, Visitor, wish_of
from pbx.lifecycle.link_messages import (
    ApprovalRequest,
    AskRequests,
    BreakGlass,
    Decide,
    RequestsAre,
    SeeGlass,
    ShownRequest,
)
from pbx.lifecycle.words import worded
from pbx.store.approvals import MAX_LISTED, ApprovalStore

_log = structlog.get_logger()


class ApprovalDesk:
    """Lists, decides, breaks the glass; what is refused is a NotGivenError."""

    def __init__(self, archive: Archive) -> None:
        self._archive, self._approvals = archive, ApprovalStore(archive.database)

    async def answer(self, request: ApprovalRequest, visitor: Visitor) -> RequestsAre:
        """Answer one question."""
        match request:
            case AskRequests():
                found = await self._list(visitor, request.limit)
            case Decide():
                found = [await self._decide(request, visitor)]
            case BreakGlass():
                found = [await self._break_glass(request, visitor)]
            case SeeGlass():
                found = [await self._see(request, visitor)]
        now = utc_now()
        return RequestsAre(requests=tuple(shown(one, now) for one in found))

    async def _list(self, visitor: Visitor, limit: int) -> list[AccessRequest]:
        seen = {role.tenant for role in visitor.roles if role.role in DECIDERS}
        own = {role.tenant for role in visitor.roles} - seen
        found = await self._approvals.list(seen, None, limit) if seen else []
        found += await self._approvals.list(own, visitor.uid, limit) if own else []
        return sorted(found, key=lambda one: one.asked_at, reverse=True)[: max(0, min(limit, MAX_LISTED))]

    async def _decide(self, said: Decide, visitor: Visitor) -> AccessRequest:
        now, who = utc_now(), (visitor.user, visitor.uid)
        request = await self._approvals.get(said.request)
        if request is None:
            raise NotGivenError("there is no such request")
        if why := objection_to_decider(request, visitor.roles, who, now):
            _log.warning("a decision was refused", request=said.request, user=visitor.user, reason=why)
            raise NotGivenError(why)
        if not await self._approvals.decide(request, said.decision, who, now):
            raise NotGivenError("somebody has just decided on it")
        _log.info("a request was decided", request=said.request, decision=said.decision, user=visitor.user)
        return replace(
            request, decision=said.decision, decided_by=visitor.user, decided_uid=visitor.uid, decided_at=now
        )

    async def _see(self, said: SeeGlass, visitor: Visitor) -> AccessRequest:
        who = (visitor.user, visitor.uid)
        request = await self._approvals.get(said.request)
        if request is None:
            raise NotGivenError("there is no such request")
        if why := objection_to_seer(request, visitor.roles, who):
            raise NotGivenError(why)
        if not await self._approvals.see_glass(request, who, utc_now()):
            raise NotGivenError("somebody has looked into it already")
        _log.info("a broken glass was looked into", request=said.request, user=visitor.user)
        return request

    async def _break_glass(self, said: BreakGlass, visitor: Visitor) -> AccessRequest:
        try:
            purpose, reason = worded("--purpose", said.purpose), worded("--reason", said.reason)
        except ParseError as error:
            raise NotGivenError(str(error)) from None
        row = await self._archive.row(said.recording, visitor)
        access = Access(
            recording=row.recording,
            call=row.call,
            tenant=row.tenant,
            actor=visitor.user,
            purpose=purpose,
            form="play",
        )
        role = await self._archive.role_for(row, access, visitor)
        if not visitor.rules.four_eyes.get(row.tenant, ONE_IS_ENOUGH).asks(role, purpose):
            raise NotGivenError("nobody else is needed for that: listen")
        now = utc_now()
        broken = replace(
            wish_of(access, visitor.uid, now),
            reason=reason,
            decision="broken_glass",
            decided_by=visitor.user,
            decided_uid=visitor.uid,
            decided_at=now,
        )
        await self._approvals.break_glass(broken)
        _log.error(
            "somebody hears a recording without a second person",
            recording=row.recording,
            user=visitor.user,
            request=broken.request,
        )
        return broken


def shown(one: AccessRequest, now: datetime) -> ShownRequest:
    """Return a request as it is told."""
    until = one.valid_until
    return ShownRequest(
        request=one.request,
        state=one.state(now),
        recording=one.recording,
        tenant=one.tenant,
        actor=one.actor,
        purpose=one.purpose,
        reason=one.reason,
        asked_at=one.asked_at.isoformat(timespec="seconds"),
        decided_by=one.decided_by,
        valid_until=until.isoformat(timespec="seconds") if until is not None else "",
    )
