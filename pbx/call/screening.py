"""Screening: calls that wait for the verdict on their calling number, and what the verdict leads to.

Whom it does not end is asked for at the tenant's server of reputations, if there is one.
"""

from collections.abc import Callable
from dataclasses import replace

from pbx.call.effects import AskReputation, Audit, VerifyPassport
from pbx.call.events import PassportVerified, ReputationTold
from pbx.call.inquiries import Inquiries
from pbx.call.tokens import Tokens
from pbx.call.tolls import Tolls
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId, Token
from pbx.sip.effects import Reject
from pbx.sip.events import CallOffered
from pbx.sip.stir.verdict import NOT_VERIFIED, UNSIGNED, Status

Screened = CallOffered | VerifyPassport | AskReputation  # a call, or what it waits for
MAX_HELD = 500  # calls at once; more come from a flood, and go on without a verdict
HELD_S = 2.0  # a little longer than the verifier takes: nobody delays a call any further (V-13)

# What ends a call, by the trunk's policy. A caller without number is let through: nothing vouches for him,
# and nothing has to (RFC 8224 §6.2.2 leaves that to policy).
_REFUSED_CODES = {"refuse": frozenset[int](), "require": frozenset({428})}


class Screening:
    """The INVITE stays pending meanwhile: a CANCEL is answered, a lost verdict costs HELD_S."""

    __slots__ = ("_country_of", "_held", "_inquiries", "_tokens")

    def __init__(self, tokens: Tokens, tolls: Tolls, country_of: Callable[[str], str]) -> None:
        """`country_of` a tenant: how callers write their numbers."""
        self._tokens, self._country_of = tokens, country_of
        self._held: dict[Token, tuple[CallOffered, float]] = {}
        self._inquiries = Inquiries(tokens, tolls)

    def __len__(self) -> int:
        return len(self._held)

    @property
    def deadline(self) -> float | None:
        """When the call that came first has waited enough."""
        first = next((due for _, due in self._held.values()), None)
        dues = (first, self._inquiries.deadline)
        return min((due for due in dues if due is not None), default=None)

    def take(self, offered: CallOffered, now: float) -> Screened:
        """Return the call when nothing is to be waited for, else what to order for it."""
        if offered.signed is None or offered.verdict is not None:
            return self._inquire(offered, now)
        if not offered.signed.identities:
            return self._inquire(replace(offered, verdict=UNSIGNED), now)
        if len(self._held) >= MAX_HELD:
            return self._inquire(replace(offered, verdict=NOT_VERIFIED), now)
        token = self._tokens.next()
        self._held[token] = (offered, now + HELD_S)
        return VerifyPassport(token=token, call=offered.signed)

    def told(self, event: PassportVerified | ReputationTold, now: float) -> Screened | None:
        """Return the call, or what it waits for now; None when it has gone on or ended."""
        if isinstance(event, ReputationTold):
            return self._inquiries.told(event, now)
        held = self._held.pop(event.token, None)
        return self._inquire(replace(held[0], verdict=event.verdict), now) if held is not None else None

    def ended(self, leg: LegId) -> None:
        """The caller hung up while he waited."""
        self._held = {token: held for token, held in self._held.items() if held[0].leg != leg}
        self._inquiries.ended(leg)

    def tick(self, now: float) -> list[Screened]:
        """Return the calls that go on without a verdict, or without a score."""
        late = [token for token, (_, due) in self._held.items() if due <= now]
        unverified = [replace(self._held.pop(token)[0], verdict=NOT_VERIFIED) for token in late]
        return [*(self._inquire(one, now) for one in unverified), *self._inquiries.tick(now)]

    def _inquire(self, offered: CallOffered, now: float) -> CallOffered | AskReputation:
        if refusal(offered) is not None:
            return offered
        return self._inquiries.take(offered, self._country_of(offered.origin.tenant), now)


def refusal(offered: CallOffered) -> Reject | None:
    """Return the answer to a call that its verdict ends by the trunk's policy."""
    verdict, codes = offered.verdict, _REFUSED_CODES.get(offered.stir)
    if verdict is None or codes is None:
        return None
    if verdict.status is Status.FAILED or verdict.code in codes:
        return Reject(leg=offered.leg, status=verdict.code, reason=verdict.reason)
    return None


def verdict_fact(offered: CallOffered, call: CallId | None) -> list[Audit]:
    """Return the fact of record about a verdict; without a call the call was refused."""
    verdict = offered.verdict
    if verdict is None:
        return []
    details: dict[str, str | int | bool | None] = {
        "verstat": verdict.status,
        "attestation": verdict.attestation,
        "origid": verdict.origid,
        "code": verdict.code,
        "detail": verdict.detail,
    }
    kind = "stir.verdict" if call is not None else "stir.refused"
    return [Audit(fact=AuditFact(kind=kind, call=call, tenant=offered.origin.tenant, details=details))]
