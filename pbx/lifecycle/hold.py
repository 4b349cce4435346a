"""A legal hold: while one stands, nothing of the recording is erased, whoever asks and whatever is due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

# What the object store was told: a hold in the database waits to become one of the object (E-18), was set
# and read back, was taken away again, or the store has nothing of the kind.
ObjectHold = Literal["waiting", "set", "cleared", "not_offered"]
ObjectOrder = Literal["set", "clear", "leave"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """One hold of one recording; several may stand at once, each for its own case."""

    hold: str
    recording: str
    tenant: str
    case: str
    reason: str
    actor: str
    since_at: datetime
    object_hold: ObjectHold = "waiting"
    released_at: datetime | None = None
    released_by: str = ""
    release_reason: str = ""

    @property
    def stands(self) -> bool:
        return self.released_at is None

    @property
    def is_settled(self) -> bool:
        """Whether the object store was told all that there is to tell."""
        return self.object_hold in (("set", "not_offered") if self.stands else ("cleared", "not_offered"))


def ordered(hold: LegalHold, of_recording: Iterable[LegalHold]) -> ObjectOrder:
    """Return what the object store is told because of `hold`; an object is held once for all its cases."""
    if hold.is_settled:
        return "leave"
    if hold.stands:
        return "set"
    return "leave" if any(one.stands for one in of_recording) else "clear"
