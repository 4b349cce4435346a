"""What a flow knows of its caller, which its steps go by and change."""

from dataclasses import dataclass
from datetime import datetime

from pbx.core.wall import Wall
from pbx.ivr.speech import Speech
from pbx.ivr.variables import Variables
from pbx.sip.stir.verdict import StirVerdict


@dataclass(slots=True, kw_only=True)
class FlowContext:
    """`now` is of the newest event; `wall` None = nobody tells the time, `verdict` None = nobody looked."""

    speech: Speech
    variables: Variables
    verdict: StirVerdict | None = None
    wall: Wall | None = None
    now: float = 0.0

    @property
    def at(self) -> datetime | None:
        """The time of the newest event by the wall clock."""
        return self.wall.time(self.now) if self.wall is not None else None
