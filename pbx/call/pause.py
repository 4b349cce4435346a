"""Pause: the recording keeps its timeline and hears nothing, for five minutes at most (R-19, R-20)."""

from dataclasses import dataclass

MAX_PAUSE_S = 300.0  # what was forgotten ends by itself, and somebody is told
MAX_REASON = 200  # characters of a reason, which ends up in one line of the audit log


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """Who ordered silence, why, and since when (monotonic seconds)."""

    actor: str
    reason: str
    since: float


class Pause:
    """At most one pause at a time: the first order counts, and any order to go on ends it."""

    __slots__ = ("running",)

    def __init__(self) -> None:
        self.running: Paused | None = None

    @property
    def deadline(self) -> float | None:
        """When a running pause has lasted too long."""
        return self.running.since + MAX_PAUSE_S if self.running else None

    def begin(self, actor: str, reason: str, now: float) -> bool:
        """Begin; False = a pause is running already."""
        if self.running is not None:
            return False
        self.running = Paused(actor=actor, reason=reason[:MAX_REASON], since=now)
        return True

    def end(self) -> Paused | None:
        """End, and return what has ended, if anything."""
        ended, self.running = self.running, None
        return ended

    def overdue(self, now: float) -> bool:
        """Whether the running pause must end by itself."""
        return self.deadline is not None and now >= self.deadline
