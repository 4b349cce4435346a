"""How long a recording is kept for what it was made for (UK GDPR 5(1)(e)): the longest purpose wins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from pbx.lifecycle.precedence import Block, Ground, Standing

VOICEMAIL = "voicemail"  # the purpose of what a caller left for somebody
RetentionMode = Literal["governance", "compliance"]  # of the object lock of S3
CALL = "call"  # the kind of recordings for which callers are told purposes


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Days from the start of the recording: kept for the purpose, and not to be erased before on request.

    `minimum_days`: the tenant needs it as proof. `obligation_days`: a statute demands it. For `lock_days` the
    object store has to refuse a delete, by a lock of this kind.
    """

    days: int
    minimum_days: int = 0
    obligation_days: int = 0
    lock: RetentionMode | None = None
    lock_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """A tenant's terms; `otherwise` is the one of every purpose without its own.

    `purposes` are those of a recording whose caller was told none.
    """

    otherwise: Term
    terms: Mapping[str, Term] = field(default_factory=dict)
    purposes: tuple[str, ...] = ()

    @property
    def locks(self) -> bool:
        """Whether any purpose has its objects locked."""
        return any(term.lock is not None for term in self.terms.values())

    @property
    def shortest_days(self) -> int:
        """Nothing younger can be due."""
        return min(term.days for term in (self.otherwise, *self.terms.values()))

    def term(self, purpose: str) -> Term:
        return self.terms.get(purpose, self.otherwise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A recording as retention sees it; `told` are the purposes that its parties were told."""

    recording: str
    call: str
    tenant: str
    kind: str
    started_at: datetime
    told: frozenset[str] = frozenset()


def purposes(kept: Kept, policy: RetentionPolicy) -> tuple[str, ...]:
    """Return what a recording was made for, sorted."""
    if kept.kind != CALL:
        return (VOICEMAIL,)
    return tuple(sorted(kept.told or policy.purposes))


def live_purposes(kept: Kept, policy: RetentionPolicy, now: datetime) -> tuple[str, ...]:
    """Return for what a recording may still be used: each purpose ends by itself (D-08)."""
    return tuple(one for one in purposes(kept, policy) if now < _end(kept, policy.term(one).days))


def ends_at(kept: Kept, policy: RetentionPolicy) -> datetime:
    """Return when the last purpose ends."""
    terms = [policy.term(one) for one in purposes(kept, policy)] or [policy.otherwise]
    return _end(kept, max(term.days for term in terms))


def standing(kept: Kept, policy: RetentionPolicy, now: datetime, known: Iterable[Ground | Block]) -> Standing:
    """Return what speaks for and against a recording; `known`: hold and request, which time does not tell."""
    terms = [policy.term(one) for one in purposes(kept, policy)] or [policy.otherwise]
    found: set[Ground | Block] = set(known)
    if now >= ends_at(kept, policy):
        found.add("retention")
    if any(now < _end(kept, term.minimum_days) for term in terms):
        found.add("minimum")
    if any(now < _end(kept, term.obligation_days) for term in terms):
        found.add("obligation")
    blocks = frozenset[Block](one for one in found if one in ("hold", "obligation", "minimum"))
    grounds = frozenset[Ground](one for one in found if one in ("request", "retention", "tenant"))
    return Standing(blocks=blocks, grounds=grounds)


def _end(kept: Kept, days: int) -> datetime:
    return kept.started_at + timedelta(days=days)
