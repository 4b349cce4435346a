"""The step by which a caller speaks to many telephones at once."""

from dataclasses import dataclass

from pbx.ivr.effects import PageGroup
from pbx.ivr.step import Following, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Step):
    """Let the telephones of `group/shop` or `extension/1001` answer by themselves and hear the caller.

    `next` follows after `most_s`, `none` when nobody hears him; None as either ends the call.
    """

    waits = False  # nobody may be there

    target: str
    most_s: float
    next: str | None = None
    none: str | None = None

    @property
    def following(self) -> Following:
        return (self.next, self.none)

    @property
    def words(self) -> str:
        return f"lets {self.target} hear the caller for {self.most_s:g} s"


def order(step: Page) -> PageGroup:
    """What the call is asked to do."""
    return PageGroup(target=step.target, most_s=step.most_s)
