"""Standing alarms: what is wrong now and stays so until somebody or something has mended it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingAlarm:
    """One thing that is wrong; `alarm` names it, `since_at` is aware UTC, `text` says what and how much."""

    alarm: str
    since_at: datetime
    text: str
