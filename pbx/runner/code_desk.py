"""Codes: made by the store, carried by a gateway of the tenant, compared by the store again."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Protocol

from pbx.call.effects import CheckCaller, CheckCode, PlanCallBack, SendCode
from pbx.call.events import CallBackPlanned, CallerChecked
from pbx.core.audit import AuditFact
from pbx.core.errors import StorageError, TransportError
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.store.codes import CodeStore, Made, Owner, Reached
from pbx.verify.facts import LOCKED, Unsent
from pbx.verify.one_time_code import MIN_AGE, CodeText, Way, text_of
from pbx.verify.owner_notice import OwnerNotice, notice_of

_log = logging.getLogger("pbx.verification")


class Carrier(Protocol):
    """Takes a message to a number or address; TransportError when it does not."""

    async def send(self, to: Secret[str], text: CodeText) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOffice:
    """How one tenant sends codes, and whether owners hear of locks; `name` is who sends them."""

    name: str
    carriers: Mapping[Way, Carrier]
    contact_age: timedelta = MIN_AGE
    language: str = "en-GB"  # of customers who have none on file
    notice: OwnerNotice = "never"


@dataclass(slots=True)
class CodeDesk:
    """`store` None = no tenant sends codes."""

    store: CodeStore | None = None
    tenants: Mapping[str, CodeOffice] = field(default_factory=dict)

    async def send(self, asked: SendCode, *, is_away: bool = False) -> Unsent | None:
        """Make a code and have it carried; return why not. Nobody tells the caller.

        `is_away` = who knows the customers does not answer, and nothing older may stand in: there is no way.
        The caller may hang up at any moment of this: what is not marked as sent by then is void.
        """
        office = self.tenants.get(asked.tenant)
        if self.store is None or office is None:
            return "no_way"
        try:
            ways = () if is_away else office.carriers.keys()
            made = await self.store.make(asked, ways, utc_now(), age=office.contact_age)
            if not isinstance(made, Made):
                return made
            return await self._carry(office, asked, made)
        except StorageError as error:
            _log.error("call=%s no code: %s", asked.call, error)
            return "failed"

    async def warn(self, asked: CheckCaller, told: Iterable[AuditFact]) -> None:
        """Tell each customer whose limit was reached by a check that somebody guesses at him."""
        office = self.tenants.get(asked.tenant)
        if self.store is None or office is None or office.notice == "never":
            return
        for fact in told:
            customer = fact.details.get("customer") if fact.kind == LOCKED else None
            if customer:
                owner = Owner(
                    tenant=asked.tenant, call=asked.call, number=asked.wanted, customer=str(customer)
                )
                await self._warn(self.store, office, owner)

    async def _warn(self, store: CodeStore, office: CodeOffice, owner: Owner) -> None:
        try:
            reached = await store.notice(owner, office.carriers.keys(), utc_now(), age=office.contact_age)
            if not isinstance(reached, Reached):
                return
            unsent: Unsent | None = None
            try:
                text = notice_of(office.name, reached.language or office.language)
                await office.carriers[reached.way].send(reached.to, text)
            except TransportError as error:
                unsent = "failed"
                _log.warning("call=%s a notice was not taken: %s", owner.call, error)
            await store.noticed(owner, reached.way, utc_now(), unsent=unsent)
        except StorageError as error:
            _log.error("call=%s the owner is not told: %s", owner.call, error)

    async def plan(self, asked: PlanCallBack, *, is_away: bool = False) -> CallBackPlanned:
        """Decide whether somebody is called back; `is_away` as for a code: nobody knows whom."""
        office = self.tenants.get(asked.tenant)
        if self.store is None or office is None:
            return CallBackPlanned(asked=asked)
        asked = replace(asked, number=None) if is_away else asked
        try:
            return await self.store.plan(asked, utc_now(), age=office.contact_age)
        except StorageError as error:
            _log.error("call=%s nobody is called back: %s", asked.call, error)
            return CallBackPlanned(asked=asked)

    async def check(self, asked: CheckCode) -> CallerChecked:
        """Compare; a database that does not answer has not matched."""
        unchecked = CallerChecked(call=asked.call, token=asked.token, matched=False, failed=True)
        if self.store is None:
            return unchecked
        try:
            result = await self.store.check(asked, utc_now())
        except StorageError:
            return unchecked
        return CallerChecked(
            call=asked.call,
            token=asked.token,
            matched=result.matched,
            customer=result.customer,
            reason=result.reason,
        )

    async def _carry(self, office: CodeOffice, asked: SendCode, made: Made) -> Unsent | None:
        assert self.store is not None
        text = text_of(made.code, asked.purpose, office.name, asked.language)
        reason = ""
        try:
            await office.carriers[made.way].send(made.to, text)
        except TransportError as error:
            reason = str(error)
            _log.warning("call=%s a code was not taken: %s", asked.call, reason)
        await self.store.sent(asked, made, utc_now(), reason=reason)
        return "failed" if reason else None
