"""Steps that take no time: they only say what follows."""

from dataclasses import dataclass

from pbx.conditions.condition import Condition
from pbx.ivr.step import Following, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakIn(Step):
    """Speak another language from here on, where there are words in it."""

    waits = False

    language: str
    next: str

    @property
    def following(self) -> Following:
        return (self.next,)

    @property
    def words(self) -> str:
        return f"speaks {self.language} from here on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence(Step):
    """Pause the recording (`on`) or go on with it; `reason` is for the audit log."""

    waits = False

    on: bool
    reason: str
    next: str

    @property
    def following(self) -> Following:
        return (self.next,)

    @property
    def words(self) -> str:
        return "pauses the recording" if self.on else "goes on with the recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment(Step):
    """Begin with what is to be recorded (`on`), or end it, where rules leave that to the flow."""

    waits = False

    on: bool
    reason: str
    next: str

    @property
    def following(self) -> Following:
        return (self.next,)

    @property
    def words(self) -> str:
        return "begins to record" if self.on else "ends the recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoTo(Step):
    """Continue with another step."""

    waits = False

    step: str

    @property
    def following(self) -> Following:
        return (self.step,)

    @property
    def words(self) -> str:
        return f"goes on with {self.step}"


@dataclass(frozen=True, slots=True, kw_only=True)
class When(Step):
    """Go one way or the other by the time, by who calls, or by what is known of him."""

    waits = False

    condition: Condition
    then: str
    otherwise: str

    @property
    def following(self) -> Following:
        return (self.then, self.otherwise)

    @property
    def words(self) -> str:
        return f"goes to {self.then} when {self.condition}, else to {self.otherwise}"
