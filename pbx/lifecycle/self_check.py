"""Which recordings are read back tonight, and what is said of them (REC-17)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, Ids
from pbx.lifecycle.nights import first_due, next_due
from pbx.recording.effects import FinishedRecording

MAX_RECORDINGS = 20  # of one night; where one in 100 is damaged, a week finds one with 75 %
MAX_OCTETS = 2 << 30  # of one night, sealed: a minute of one core, and bearable over a line of 10 Mbit/s
MAX_TOLD = 500  # characters of what is wrong with one
DONE = "self_check.done"
FAILED = "self_check.failed"
KEYS_LOST = "self_check.keys_lost"
MAX_NAMED = 20  # of those whose keys are lost; `pbx recordings reconcile` names all
_DRAW_OCTETS = 8


@dataclass(frozen=True, slots=True)
class Stored:
    """A recording and the octets of its object."""

    recording: str
    size: int


@dataclass(slots=True)
class Tally:
    """What a night has found so far; `unread` = store or vault did not answer, so nothing is known of it."""

    checked: int = 0
    octets: int = 0
    failed: int = 0
    unread: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.unread

    def fact(self) -> AuditFact:
        """What the audit log says of a night that came to its end."""
        said = {"checked": self.checked, "octets": self.octets, "failed": self.failed}
        return AuditFact(kind=DONE, details=dict(said))


def choose(stored: Sequence[Stored], ids: Ids) -> list[Stored]:
    """Return a random sample in random order; its first may have any size, so that all have a turn."""
    shuffled = sorted(stored, key=lambda _: ids.octets(_DRAW_OCTETS))
    chosen: list[Stored] = []
    octets = 0
    for one in shuffled[:MAX_RECORDINGS]:
        octets += one.size
        if chosen and octets > MAX_OCTETS:
            break
        chosen.append(one)
    return chosen


def first_check(started_at: datetime, last: datetime | None) -> datetime:
    """Return when a process that starts now checks first: soon, unless last night's check was made."""
    was_made = last is not None and next_due(last) > started_at
    return next_due(started_at) if was_made else first_due(started_at)


def keys_lost(tenant: str, recordings: Sequence[str]) -> AuditFact:
    """What the audit log says of a tenant's recordings whose keys are lost: number and first names."""
    named = " ".join(recordings[:MAX_NAMED])
    return AuditFact(kind=KEYS_LOST, tenant=tenant, details={"count": len(recordings), "recordings": named})


def failure(row: FinishedRecording, problems: Sequence[str]) -> AuditFact:
    """What the audit log says of a recording that does not verify."""
    said = {"recording": row.recording, "reason": "; ".join(problems)[:MAX_TOLD]}
    return AuditFact(kind=FAILED, call=CallId(row.call), tenant=row.tenant, details=dict(said))
