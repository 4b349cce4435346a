"""A restriction: the recording is kept, and nobody hears it or takes it out (UK GDPR 18)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """One restriction of one recording; several may stand at once, each for its own reason."""

    restriction: str
    recording: str
    tenant: str
    reason: str
    actor: str
    since_at: datetime
    lifted_at: datetime | None = None
    lifted_by: str = ""
    lift_reason: str = ""

    @property
    def stands(self) -> bool:
        return self.lifted_at is None
