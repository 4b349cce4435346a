"""The step `directory` of a flow as it is written, and what it becomes."""

from typing import Annotated, Literal

from pydantic import Field

from pbx.config.step_kind import StepKind
from pbx.config.types import Duration, Name, Strict
from pbx.ivr.people import Directory


class WrittenDirectory(Strict):
    directory: Literal["last_name", "first_name", "any_name"]
    ring_s: Annotated[Duration, Field(ge=1)] = Field(default=25.0, alias="for")
    none: Name
    no_answer: Name | None = None
    busy: Name | None = None


def _directory(written: WrittenDirectory) -> Directory:
    no_answer = written.no_answer or written.none
    return Directory(
        by=written.directory,
        ring_s=written.ring_s,
        none=written.none,
        no_answer=no_answer,
        busy=written.busy or no_answer,
    )


STEPS: dict[str, StepKind] = {"directory": StepKind(WrittenDirectory, _directory)}
