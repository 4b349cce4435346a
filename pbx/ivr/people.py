"""The step that lets a caller look for somebody by name."""

from dataclasses import dataclass

from pbx.ivr.effects import RequestDirectory
from pbx.ivr.name_search import By
from pbx.ivr.step import Following, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory(Step):
    """Let the caller spell a name, and ring whom he chooses; an answer ends the flow.

    `none` takes who has chosen nobody, `no_answer` and `busy` whom the chosen one does not answer.
    """

    asks = True
    connects = True

    by: By
    ring_s: float
    none: str
    no_answer: str
    busy: str

    @property
    def following(self) -> Following:
        return (self.none, self.no_answer, self.busy)

    @property
    def unattended(self) -> Following:
        return (self.none,)

    @property
    def words(self) -> str:
        return f"lets the caller look for somebody by {self.by.replace('_', ' ')}"


def order(step: Directory) -> RequestDirectory:
    """What the call is asked to do."""
    return RequestDirectory(by=step.by)
