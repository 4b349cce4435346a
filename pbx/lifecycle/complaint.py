"""A complaint about how personal data are used, and by when it is acknowledged (DPA 2018 s.164A, D-14)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from pbx.core.audit import AuditFact

Channel = Literal["telephone", "letter", "mail", "form", "person"]
ACKNOWLEDGE_DAYS = 30  # beginning with the day on which it is received (s.164A(3)), so that day is the first
MAX_ABOUT = 4000  # characters; what is longer is a letter, which belongs into the case file
WARNS = timedelta(days=7)  # before the last day


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One complaint; `hold` keeps its recording from being erased while it is open, "" = it has none."""

    complaint: str
    tenant: str
    received_at: datetime
    at: datetime
    channel: Channel
    about: str
    actor: str
    contact: str = ""
    call: str = ""
    recording: str = ""
    hold: str = ""
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    closed_at: datetime | None = None
    closed_by: str = ""
    outcome: str = ""

    @property
    def acknowledge_by(self) -> date:
        """The last day on which its receipt may be acknowledged."""
        return last_day(self.received_at)

    def state(self, now: datetime) -> Literal["closed", "acknowledged", "overdue", "due", "received"]:
        """Where it stands; `due` = within a week of the last day."""
        if self.closed_at is not None:
            return "closed"
        if self.acknowledged_at is not None:
            return "acknowledged"
        if now.date() > self.acknowledge_by:
            return "overdue"
        return "due" if is_due(self.received_at, now) else "received"

    def fact(self, what: Literal["opened", "acknowledged", "closed"], actor: str) -> AuditFact:
        """What the audit log says of it; not what it is about, or who complains."""
        said: dict[str, str | int | bool | None] = {"complaint": self.complaint, "actor": actor}
        said |= {"recording": self.recording, "about_call": self.call, "channel": self.channel}
        said["acknowledge_by"] = self.acknowledge_by.isoformat()
        return AuditFact(kind=f"complaint.{what}", tenant=self.tenant, details=said)


def last_day(received_at: datetime) -> date:
    """Return the last day for an acknowledgement."""
    return received_at.date() + timedelta(days=ACKNOWLEDGE_DAYS - 1)


def is_due(received_at: datetime, now: datetime) -> bool:
    """Whether the last day is within a week, or over."""
    return now.date() > last_day(received_at) - WARNS
