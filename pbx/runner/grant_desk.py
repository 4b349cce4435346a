"""The desk of grants: programs of the tenant ask what may be done on the strength of one, and end it.

What lives is what the call itself says is its grant, at this moment; the database is only for reading later.
So a grant is dead with its call, its leg or this process, whatever could be written down of that.
"""

from collections.abc import Callable, Mapping

from pbx.call.call import Call
from pbx.call.events import PersonAsked, RevocationOrdered
from pbx.call.live import Known
from pbx.call.pause import MAX_REASON
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.core.io.clock import utc_now
from pbx.runner.control_messages import (
    MAX_ACTOR,
    CallIs,
    CheckPerson,
    ControlReply,
    GrantIs,
    GrantRequest,
    PersonIs,
    Refused,
    RevokeGrant,
    UseGrant,
)
from pbx.runner.live_calls import told
from pbx.runner.person_checks import PersonChecks
from pbx.verify.date_of_birth import parse_date_of_birth
from pbx.verify.grant import Asked, Grant, GrantKey, GrantRefused, objection

USED, REFUSED = "grant.used", "grant.refused"
MAX_WORD = 128  # characters of an id, an action or a party


class GrantDesk:
    """`order` has been carried out when it returns, as an event of the call layer is; `note` records."""

    def __init__(
        self,
        calls: Callable[[], Mapping[CallId, Call]],
        order: Callable[[RevocationOrdered | PersonAsked], None],
        note: Callable[[AuditFact], None],
        key: GrantKey,
        checks: PersonChecks | None = None,
    ) -> None:
        """`checks` are answered by whoever performs what calls order."""
        self._calls, self._order, self._note, self._key = calls, order, note, key
        self._checks = checks or PersonChecks()

    async def answer(self, request: GrantRequest) -> ControlReply:
        """Return the one reply to a request."""
        wrong = _wrong_words(request)
        if wrong:
            return Refused(reason=wrong)
        match request:
            case UseGrant():
                return self._use(request)
            case RevokeGrant():
                return self._revoke(request)
            case CheckPerson():
                return await self._check(request)

    def _use(self, request: UseGrant) -> ControlReply:
        try:
            grant = self._key.read(request.token)
        except GrantRefused as refused:
            self._record(request, None, refused.reason)
            return GrantIs(refusal=refused.reason)
        asked = Asked(
            action=request.action,
            tenant=request.tenant,
            call=request.call,
            leg=request.leg,
            audience=request.audience,
        )
        now = utc_now()
        why = objection(grant, asked, now) or ("" if self._lives(grant) else "revoked")
        self._record(request, grant, why)
        return GrantIs(
            refusal=why,
            grant=grant.jti,
            level=grant.level,
            customer=grant.customer,
            minutes_left=None if why else Known(exp=grant.exp).minutes_left(now),
        )

    def _lives(self, grant: Grant) -> bool:
        call = self._calls().get(grant.call)
        return call is not None and call.parts.grants.grant == grant

    def _record(self, request: UseGrant, grant: Grant | None, why: str) -> None:
        details: dict[str, str | int | bool | None] = {
            "action": request.action,
            "by": request.actor,
            "audience": request.audience,
        }
        if grant is not None:
            details |= {"grant": grant.jti, "level": grant.level, "customer": grant.customer}
        if why:
            details["why"] = why
        kind = REFUSED if why else USED
        self._note(AuditFact(kind=kind, call=CallId(request.call), tenant=request.tenant, details=details))

    def _revoke(self, request: RevokeGrant) -> ControlReply:
        call = self._calls().get(CallId(request.call))
        if call is None:
            return Refused(reason=f"no call {request.call} is in progress: see `pbx calls live`")
        if call.parts.grants.grant is None:
            return Refused(reason=f"the caller of {request.call} is not verified")
        self._order(RevocationOrdered(call=call.id, actor=request.actor, reason=request.reason))
        return CallIs(call=told(call))

    async def _check(self, request: CheckPerson) -> ControlReply:
        born = parse_date_of_birth(request.date_of_birth, utc_now().date())
        if born is None:
            return Refused(reason="not a date of birth: eight digits, day, month and year")
        call = self._calls().get(CallId(request.call))
        if call is None:
            return Refused(reason=f"no call {request.call} is in progress: see `pbx calls live`")
        if reason := call.parts.assisting.refusal:
            return Refused(reason=f"call {request.call}: {reason}")
        ticket = self._checks.open()
        self._order(PersonAsked(call=call.id, ticket=ticket, date_of_birth=born, actor=request.actor))
        try:
            return PersonIs(matched=await self._checks.answer(ticket))
        except TimeoutError:
            return Refused(reason=f"call {request.call} did not answer: see the log")


def _wrong_words(request: GrantRequest) -> str:
    """What stands in the audit log is one printable line."""
    words = {"call": (request.call, MAX_WORD), "actor": (request.actor, MAX_ACTOR)}
    if isinstance(request, UseGrant):
        named = ("action", "tenant", "leg", "audience")
        words |= {name: (getattr(request, name), MAX_WORD) for name in named}
    for name, (word, most) in words.items():
        if not 1 <= len(word) <= most or not word.isprintable():
            return f"{name}: 1 to {most} printable characters are needed"
    reason = request.reason if isinstance(request, RevokeGrant) else ""
    if len(reason) > MAX_REASON or not reason.isprintable():
        return f"reason: 0 to {MAX_REASON} printable characters are needed"
    return ""
