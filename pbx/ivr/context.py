"""What a flow knows of its caller, which its steps go by and change."""

from dataclasses import dataclass, replace
from datetime import datetime

from pbx.conditions.circumstances import UNKNOWN, Circumstances
from pbx.core.wall import Wall
from pbx.ivr.speech import Speech
from pbx.ivr.variables import Variables


@dataclass(slots=True, kw_only=True)
class FlowContext:
    """`now` is of the newest event; `wall` None = nobody tells the time; `call` is as it was when it came."""

    speech: Speech
    variables: Variables
    call: Circumstances = UNKNOWN
    wall: Wall | None = None
    now: float = 0.0

    @property
    def at(self) -> datetime | None:
        """The time of the newest event by the wall clock."""
        return self.wall.time(self.now) if self.wall is not None else None

    @property
    def circumstances(self) -> Circumstances:
        """What conditions go by now."""
        return replace(self.call, at=self.at)
