"""`retention` of `recording.yaml`: how long recordings are kept for each purpose."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pbx.config.types import Strict
from pbx.consent.rule_rows import Retention
from pbx.consent.rules import ConsentRules
from pbx.lifecycle.retention import RetentionMode, RetentionPolicy, Span, Term

MAX_DAYS = 36_500  # a hundred years; a typing error has more digits
DEFAULT_DAYS = 90
Days = Annotated[int, Field(ge=1, le=MAX_DAYS)]
AtLeast = Annotated[int, Field(ge=0, le=MAX_DAYS)]
KeptFor = Literal["quality", "compliance", "evidence", "fraud", "voicemail"]


class WrittenTerm(Strict):
    """One purpose, in days; nobody has it erased before `minimum_days` and `obligation_days` are over.

    `lock`: for `lock_days` the bucket refuses to delete the object, see pbx.lifecycle.object_lock.
    """

    days: Days
    minimum_days: AtLeast = 0
    obligation_days: AtLeast = 0
    lock: RetentionMode | None = None
    lock_days: Days | None = None

    @model_validator(mode="after")
    def _covers(self) -> Self:
        for name in ("minimum_days", "obligation_days"):
            if getattr(self, name) > self.days:
                raise ValueError(f"{name} is longer than days: it would be erased too early, raise days")
        return self

    @model_validator(mode="after")
    def _locks_no_longer_than_it_is_kept(self) -> Self:
        if (self.lock is None) != (self.lock_days is None):
            raise ValueError("lock and lock_days go together")
        if self.lock == "compliance" and (self.lock_days or 0) > self.obligation_days:
            raise ValueError(
                "lock_days is longer than obligation_days: nobody, not even you, ends a compliance lock"
            )
        if (self.lock_days or 0) > self.days:
            raise ValueError("lock_days is longer than days: the object could not be erased when it is due")
        return self

    def build(self) -> Term:
        return Term(
            days=self.days,
            minimum_days=self.minimum_days,
            obligation_days=self.obligation_days,
            lock=self.lock,
            lock_days=self.lock_days or 0,
        )


def retention_policy(
    days: int,
    written: dict[KeptFor, WrittenTerm],
    purposes: tuple[str, ...],
    law: Mapping[str, Span] | None = None,
) -> RetentionPolicy:
    """Return a tenant's terms; `days` hold for what is not written, `law` for all of it."""
    terms: dict[str, Term] = {name: term.build() for name, term in written.items()}
    return RetentionPolicy(otherwise=Term(days=days), terms=terms, purposes=purposes, law=law or {})


def spans(rules: ConsentRules) -> dict[str, Span]:
    """What the rules of recording say of how long a recording is kept, by their names."""
    return {
        one.name: Span(least_days=one.retention.min_days, most_days=one.retention.max_days)
        for one in rules.rules
        if one.retention != Retention()
    }
