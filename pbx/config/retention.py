"""`retention` of `recording.yaml`: how long recordings are kept for each purpose."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pbx.config.types import Strict
from pbx.lifecycle.retention import RetentionPolicy, Term

MAX_DAYS = 36_500  # a hundred years; a typing error has more digits
DEFAULT_DAYS = 90
Days = Annotated[int, Field(ge=1, le=MAX_DAYS)]
AtLeast = Annotated[int, Field(ge=0, le=MAX_DAYS)]
KeptFor = Literal["quality", "compliance", "evidence", "fraud", "voicemail"]


class WrittenTerm(Strict):
    """One purpose, in days; nobody has it erased before `minimum_days` and `obligation_days` are over."""

    days: Days
    minimum_days: AtLeast = 0
    obligation_days: AtLeast = 0

    @model_validator(mode="after")
    def _covers(self) -> Self:
        for name in ("minimum_days", "obligation_days"):
            if getattr(self, name) > self.days:
                raise ValueError(f"{name} is longer than days: it would be erased too early, raise days")
        return self

    def build(self) -> Term:
        return Term(days=self.days, minimum_days=self.minimum_days, obligation_days=self.obligation_days)


def retention_policy(
    days: int, written: dict[KeptFor, WrittenTerm], purposes: tuple[str, ...]
) -> RetentionPolicy:
    """Return a tenant's terms; `days` hold for what is not written."""
    terms: dict[str, Term] = {name: term.build() for name, term in written.items()}
    return RetentionPolicy(otherwise=Term(days=days), terms=terms, purposes=purposes)
