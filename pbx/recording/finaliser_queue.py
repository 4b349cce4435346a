"""The queue of the finaliser: which recording is tried when, and what of its waiting is an alarm (R-14).

Evidence goes before voicemail, then the oldest first. While something that all need is away, one recording at
a time asks for it, and that is one that has failed least.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pbx.core.ids import Ids
from pbx.recording.breaker import OUTAGE, Breaker
from pbx.recording.finalise import Backoff

VAULT, STORE, DATABASE = "vault", "store", "database"
WRITES = "database for writing"  # by itself: one that is full or locked is read well and takes nothing
REST_S = 1.0
STUCK = 5  # failures of one recording, some 15 s of them, while everything answers
STUCK_ALARM = "recordings_stuck"


@dataclass(slots=True)
class _Entry:
    """When a recording is due (monotonic seconds), and how it failed last."""

    due: float
    backoff: Backoff
    reason: str


class FinaliserQueue:
    """What waits, by the path of its journal; all times are monotonic seconds."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._waiting: dict[Path, _Entry] = {}
        self._breakers = {name: Breaker(ids) for name in (VAULT, STORE, DATABASE, WRITES)}
        self._reasons = dict.fromkeys(self._breakers, "")

    def keep(self, journals: Collection[Path]) -> None:
        """Forget what is not there any more."""
        self._waiting = {path: entry for path, entry in self._waiting.items() if path in journals}

    def forget(self) -> None:
        """Everything may be tried at once: a spool is back, and what it holds makes sense of the rest."""
        self._waiting.clear()

    def order(
        self, journals: Iterable[Path], messages: Collection[str], ages: Mapping[Path, float]
    ) -> list[Path]:
        """Return journals, the first to be tried first; `messages` are those that were left in a box."""
        is_doubtful = self.is_doubtful

        def rank(path: Path) -> tuple[int, bool, float]:
            entry = self._waiting.get(path) if is_doubtful else None
            n_failures = entry.backoff.n_failures if entry is not None else 0
            return n_failures, path.stem in messages, ages[path]

        return sorted(journals, key=rank)

    @property
    def is_doubtful(self) -> bool:
        """Whether one of them has not answered when it was asked last."""
        return any(breaker.n_failures for breaker in self._breakers.values())

    def is_open(self, name: str, now: float) -> bool:
        """Whether nobody may ask for one of them now."""
        return self._breakers[name].is_open(now)

    def is_due(self, path: Path, now: float, *, is_sealed: bool) -> bool:
        """What is sealed does not need the vault."""
        needs = self._breakers.keys() - ({VAULT} if is_sealed else set())
        if any(self._breakers[name].is_open(now) for name in needs):
            return False
        return path not in self._waiting or self._waiting[path].due <= now

    def away(self, name: str, now: float, reason: str) -> float:
        """One of them has not answered; return the seconds until somebody may ask again."""
        self._reasons[name] = reason
        return self._breakers[name].failed(now)

    def answered(self, name: str, now: float) -> None:
        """One of them has answered; who has failed in its outage need not wait longer."""
        if self._breakers[name].succeeded():
            for entry in self._waiting.values():
                entry.due = now

    def done(self, path: Path) -> None:
        """A recording waits no longer."""
        self._waiting.pop(path, None)

    def rest(self, path: Path, now: float) -> None:
        """A recording may go on: nothing is wrong, it is looked at again in a moment."""
        entry = self._waiting.setdefault(path, _Entry(now, Backoff(self._ids), ""))
        entry.due = now + REST_S

    def put_off(self, path: Path, now: float, reason: str) -> float:
        """A recording has failed; return the seconds until it is tried again."""
        entry = self._waiting.setdefault(path, _Entry(now, Backoff(self._ids), reason))
        delay_s = entry.backoff.next_delay_s()
        entry.due, entry.reason = now + delay_s, reason
        return delay_s

    def alarms(self) -> dict[str, str]:
        """Return what stands, by name; "" = it does not."""
        said = {f"{name}_away": self._outage(name) for name in (VAULT, STORE)}
        said[f"{DATABASE}_away"] = self._outage(DATABASE) or self._outage(WRITES)
        stuck = [(path, one) for path, one in self._waiting.items() if one.backoff.n_failures >= STUCK]
        if not stuck or any(said.values()):
            return said | {STUCK_ALARM: ""}
        path, entry = max(stuck, key=lambda one: one[1].backoff.n_failures)
        return said | {STUCK_ALARM: f"{len(stuck)} recordings wait, one is {path.stem}: {entry.reason}"}

    def _outage(self, name: str) -> str:
        if self._breakers[name].n_failures < OUTAGE:
            return ""
        return f"{len(self._waiting)} recordings have failed and wait: {self._reasons[name]}"
