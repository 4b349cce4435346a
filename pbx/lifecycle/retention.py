"""How long a recording is kept for what it was made for (UK GDPR 5(1)(e)): the longest purpose wins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from pbx.lifecycle.precedence import Block, Ground, Standing

VOICEMAIL = "voicemail"  # the purpose of what a caller left for somebody
RetentionMode = Literal["governance", "compliance"]  # of the object lock of S3
MAX_DAYS = 36_525  # nothing is kept longer than a century
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
class Span:
    """What a rule of recording demands in days from the start: kept so long at least, and at most."""

    least_days: int = 0
    most_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """A tenant's terms; `otherwise` is the one of every purpose without its own.

    `purposes` are those of a recording whose caller was told none. `law` has the rules of recording that say
    how long, by name.
    """

    otherwise: Term
    terms: Mapping[str, Term] = field(default_factory=dict)
    purposes: tuple[str, ...] = ()
    law: Mapping[str, Span] = field(default_factory=dict)

    @property
    def locks(self) -> bool:
        """Whether any purpose has its objects locked."""
        return any(term.lock is not None for term in self.terms.values())

    @property
    def shortest_days(self) -> int:
        """Nothing younger can be due."""
        most = [span.most_days for span in self.law.values() if span.most_days is not None]
        return min(*most, *(term.days for term in (self.otherwise, *self.terms.values())), MAX_DAYS)

    def term(self, purpose: str) -> Term:
        return self.terms.get(purpose, self.otherwise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A recording as retention sees it; `told` are the purposes that its parties were told.

    `rules` are the names of the rules that held for the call.
    """

    recording: str
    call: str
    tenant: str
    kind: str
    started_at: datetime
    told: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()


def purposes(kept: Kept, policy: RetentionPolicy) -> tuple[str, ...]:
    """Return what a recording was made for, sorted."""
    if kept.kind != CALL:
        return (VOICEMAIL,)
    return tuple(sorted(kept.told or policy.purposes))


def live_purposes(kept: Kept, policy: RetentionPolicy, now: datetime) -> tuple[str, ...]:
    """Return for what a recording may still be used: each purpose ends by itself (D-08)."""
    most = _lawful(kept, policy).most_days
    return tuple(
        one for one in purposes(kept, policy) if now < _end(kept, _capped(policy.term(one).days, most))
    )


def ends_at(kept: Kept, policy: RetentionPolicy) -> datetime:
    """Return when the last purpose ends: not after what the law allows, and not before what it demands."""
    law = _lawful(kept, policy)
    days = _capped(max(term.days for term in _terms(kept, policy)), law.most_days)
    return _end(kept, max(days, law.least_days))


def standing(kept: Kept, policy: RetentionPolicy, now: datetime, known: Iterable[Ground | Block]) -> Standing:
    """Return what speaks for and against a recording; `known`: hold and request, which time does not tell.

    What the tenant himself wants kept gives way to the law that ends it; a statute does not.
    """
    terms, law = _terms(kept, policy), _lawful(kept, policy)
    found: set[Ground | Block] = set(known)
    if now >= ends_at(kept, policy):
        found.add("retention")
    if any(now < _end(kept, _capped(term.minimum_days, law.most_days)) for term in terms):
        found.add("minimum")
    if any(now < _end(kept, days) for days in (law.least_days, *(term.obligation_days for term in terms))):
        found.add("obligation")
    blocks = frozenset[Block](one for one in found if one in ("hold", "obligation", "minimum"))
    grounds = frozenset[Ground](one for one in found if one in ("request", "retention", "tenant"))
    return Standing(blocks=blocks, grounds=grounds)


def _end(kept: Kept, days: int) -> datetime:
    return kept.started_at + timedelta(days=days)


def _terms(kept: Kept, policy: RetentionPolicy) -> list[Term]:
    return [policy.term(one) for one in purposes(kept, policy)] or [policy.otherwise]


def _lawful(kept: Kept, policy: RetentionPolicy) -> Span:
    """The strictest of the rules that held for the call; what one demands, none of the others cuts short."""
    spans = [policy.law[name] for name in kept.rules if name in policy.law] if kept.kind == CALL else []
    least = max((span.least_days for span in spans), default=0)
    most = [span.most_days for span in spans if span.most_days is not None]
    return Span(least_days=least, most_days=max(min(most), least) if most else None)


def _capped(days: int, most: int | None) -> int:
    return days if most is None else min(days, most)
