"""The desk's fourth window: where two people lower a rule of recording for a while (C-10).

Nobody decides on his own wish: neither by his user id, which the kernel says, nor by his name.
"""

from datetime import datetime, timedelta

import structlog

from pbx.core.ids import hex_id
from pbx.core.io.clock import utc_now
from pbx.core.io.entropy import SystemIds
from pbx.lifecycle.approval import DECIDERS
from pbx.lifecycle.io.archive import Archive, NotGivenError, Visitor
from pbx.lifecycle.override import Override, objection_to_decider, objection_to_party, objection_to_wish
from pbx.lifecycle.override_messages import (
    AskOverride,
    AskOverrides,
    DecideOverride,
    OverrideRequest,
    OverridesAre,
    ShownOverride,
)
from pbx.store.overrides import MAX_PENDING, OverrideStore

MAX_DAYS = 10_000  # in a message; what is too long is refused in words
_log = structlog.get_logger()


class OverrideDesk:
    """Takes wishes, lists and decides; what is refused is a NotGivenError."""

    def __init__(self, archive: Archive) -> None:
        self._overrides = OverrideStore(archive.database)

    async def answer(self, request: OverrideRequest, visitor: Visitor) -> OverridesAre:
        """Answer one question."""
        match request:
            case AskOverrides():
                tenants = {role.tenant for role in visitor.roles if role.role in DECIDERS}
                found = await self._overrides.list(tenants, request.limit)
            case AskOverride():
                found = [await self._ask(request, visitor)]
            case DecideOverride():
                found = [await self._decide(request, visitor)]
        now = utc_now()
        return OverridesAre(overrides=tuple(shown(one, now) for one in found))

    async def _ask(self, said: AskOverride, visitor: Visitor) -> Override:
        if why := objection_to_party(said.tenant, visitor.roles):
            raise NotGivenError(why)
        now = utc_now()
        wish = Override(
            override=hex_id(SystemIds()),
            tenant=said.tenant,
            region=said.region,
            mode=said.mode,
            reason=" ".join(said.reason.split()),
            actor=visitor.user,
            uid=visitor.uid,
            asked_at=now,
            expires_at=now + timedelta(days=max(0, min(said.days, MAX_DAYS))),
        )
        law = visitor.rules.law
        if why := objection_to_wish(wish, law.row(said.region) if law is not None else None, now):
            raise NotGivenError(why)
        if not await self._overrides.ask(wish):
            raise NotGivenError(f"{MAX_PENDING} wishes of yours wait for a second person")
        return wish

    async def _decide(self, said: DecideOverride, visitor: Visitor) -> Override:
        now, who = utc_now(), (visitor.user, visitor.uid)
        wish = await self._overrides.get(said.override)
        if wish is None:
            raise NotGivenError("there is no such tenant or override")
        if said.decision == "ended":
            return await self._end(wish, visitor, now)
        if why := objection_to_decider(wish, visitor.roles, who, now):
            _log.warning("a decision was refused", override=said.override, user=visitor.user, reason=why)
            raise NotGivenError(why)
        if not await self._overrides.decide(wish, said.decision, who, now):
            raise NotGivenError("somebody has just decided on it")
        _log.warning(
            "a rule of recording was decided on",
            override=said.override,
            decision=said.decision,
            user=visitor.user,
        )
        return await self._overrides.get(said.override) or wish

    async def _end(self, wish: Override, visitor: Visitor, now: datetime) -> Override:
        if why := objection_to_party(wish.tenant, visitor.roles):
            raise NotGivenError(why)
        if not await self._overrides.end(wish.override, now):
            raise NotGivenError(f"it does not hold: {wish.state(now)}")
        return await self._overrides.get(wish.override) or wish


def shown(one: Override, now: datetime) -> ShownOverride:
    """Return an override as it is told."""
    return ShownOverride(
        override=one.override,
        state=one.state(now),
        tenant=one.tenant,
        region=one.region,
        mode=one.mode,
        actor=one.actor,
        reason=one.reason,
        asked_at=one.asked_at.isoformat(timespec="seconds"),
        decided_by=one.decided_by,
        expires_at=one.expires_at.isoformat(timespec="seconds"),
    )
