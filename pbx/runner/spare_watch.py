"""Watches the spare spool: whether it is there, how full it is, and how many recordings are in it.

Journals in it mean that the first spool has refused some: somebody has to look. What was found is left in a
file that `pbx status` reads.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

from cattrs import Converter

from pbx.core.audit import AuditFact
from pbx.core.io.clock import utc_now
from pbx.recording.watermarks import NO_SPACE, Level, Space, Watermarks
from pbx.runner.spool_watch import EVERY_S, write

AWAY_LOOKS = 5  # after a start the finaliser has to have made the two a pair
_log = logging.getLogger("pbx.spool")
_converter = Converter(forbid_extra_keys=True)
_converter.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is found at once; `is_there` = it is the spare of this spool, not an unmounted disk's folder."""

    space: Space
    n_journals: int
    is_there: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SpareState:
    """The spare spool now; it is well, or not, since `since_at`."""

    level: Level = Level.ROOM
    used_percent: float = 0.0
    journals: int = 0
    is_there: bool = False
    since_at: datetime = field(default_factory=utc_now, compare=False)

    @property
    def is_well(self) -> bool:
        """Whether nobody has to look: it is there, has room, and holds nothing that the first one refused."""
        return self.is_there and not self.journals and self.level is Level.ROOM


class SpareWatch:
    """Looks each EVERY_S in a thread, for the disk may stand still; `tell` of what changes."""

    def __init__(self, look: Callable[[], Look], tell: Callable[[AuditFact], None], file: Path) -> None:
        self._look, self._tell, self._file = look, tell, file
        self._marks = Watermarks()
        self._state = SpareState()
        self._before = read(file)  # of the process before: what stood then has stood since then
        self._is_written = False
        self._n_away = 0  # looks in a row that have not found it

    @property
    def accepts(self) -> bool:
        """Whether new recordings may begin in it."""
        return self._state.is_there and self._state.level is not Level.FULL

    @property
    def used_percent(self) -> float:
        """How much of it was used when it was last seen."""
        return self._state.used_percent

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            try:
                found = await asyncio.to_thread(self._look)
            except OSError as error:
                if not self._n_away:
                    _log.error("the spare spool cannot be read: %s", error)
                found = Look(space=NO_SPACE, n_journals=self._state.journals, is_there=False)
            self._take(found)
            await asyncio.sleep(EVERY_S)

    def _take(self, found: Look) -> None:
        before = self._state
        if found.is_there and self._marks.take(found.space.used_percent):
            used = f"{self._marks.used_percent:.1f} %"
            self._tell(AuditFact(kind=f"spool.{self._marks.level}", details={"used": used, "spool": "spare"}))
        self._tell_of_place(is_there=found.is_there)
        if bool(found.n_journals) != bool(before.journals):
            kind = "spool.spare_used" if found.n_journals else "spool.spare_empty"
            self._tell(AuditFact(kind=kind, details={"journals": str(found.n_journals)}))
        self._state = self._dated(
            SpareState(
                level=self._marks.level,
                used_percent=round(self._marks.used_percent, 1),
                journals=found.n_journals,
                is_there=found.is_there,
            )
        )
        if self._state != before or not self._is_written:
            write(self._file, asdict(self._state))
        self._is_written = True

    def _dated(self, state: SpareState) -> SpareState:
        before = self._before
        if before is not None and before.is_well == state.is_well:
            state = replace(state, since_at=before.since_at)
        self._before = state
        return state

    def _tell_of_place(self, *, is_there: bool) -> None:
        if is_there and self._n_away >= AWAY_LOOKS:
            self._tell(AuditFact(kind="spool.spare_back"))
        self._n_away = 0 if is_there else self._n_away + 1
        if self._n_away == AWAY_LOOKS:
            self._tell(AuditFact(kind="spool.spare_away"))


def refusal(spool: Watermarks, spare: SpareWatch | None) -> str:
    """Return why no new recording may begin, "" = it may: in one of the two."""
    return "" if spare is not None and spare.accepts else spool.refusal()


def read(file: Path) -> SpareState | None:
    """Return the state, None when there is no file or no sense in it."""
    try:
        return _converter.structure(json.loads(file.read_text()), SpareState)
    except Exception:
        return None
