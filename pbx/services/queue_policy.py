"""How one queue works: who answers it, in which order, and how long its callers may wait (ACD-01, ACD-09)."""

from dataclasses import dataclass
from typing import Literal

from pbx.media.effects import Music

Strategy = Literal["ring_all", "longest_idle", "round_robin", "fewest_calls", "in_order"]
Empty = Literal["logged_out", "paused", "never"]
PRIORITY_WORTH_S = 60.0  # a caller with one point more stands where he would had he come a minute earlier
MAX_PRIORITY = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcements:
    """What who waits hears over the music, every so often; None = it is not said.

    `position` has {position} in it, `wait` {minutes}.
    """

    every_s: float = 60.0
    first_s: float = 5.0
    position: str | None = None
    wait: str | None = None
    comfort: str | None = None

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to say."""
        return self.position is None and self.wait is None and self.comfort is None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePolicy:
    """One queue of a tenant; seconds throughout.

    `empty` = when nobody is waited for: all members logged out, or all of them paused too. `max_misses`
    calls in a row that a member does not answer pause it, 0 = never. `login` = members begin logged out.
    """

    name: str
    title: str = ""  # that agents see before the caller's name
    members: tuple[str, ...]
    strategy: Strategy = "longest_idle"
    ring_s: float = 20.0
    retry_s: float = 5.0
    wrap_up_s: float = 10.0
    max_wait_s: float = 600.0
    max_length: int = 50
    max_misses: int = 3
    login: bool = True
    empty: Empty = "logged_out"
    service_level_s: float = 20.0
    music: Music | None = None
    announcements: Announcements = Announcements()
    exit_key: str | None = None
    callback_key: str | None = None
