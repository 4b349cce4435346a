"""The step `page` of a flow as it is written, and what it becomes."""

from typing import Annotated

from pydantic import Field

from pbx.config.step_kind import StepKind
from pbx.config.steps_ring import Target
from pbx.config.types import Duration, Name, Strict
from pbx.ivr.paging import Page

LONGEST_S = 600.0  # for ten minutes everybody's telephone has one voice


class WrittenPage(Strict):
    page: Target
    most_s: Annotated[Duration, Field(ge=1, le=LONGEST_S)] = Field(default=60.0, alias="for")
    next: Name | None = None
    none: Name | None = None


def _page(written: WrittenPage) -> Page:
    return Page(target=written.page, most_s=written.most_s, next=written.next, none=written.none)


STEPS: dict[str, StepKind] = {"page": StepKind(WrittenPage, _page)}
