"""Watches how full the spool is, and leaves it in a file that `pbx status` reads."""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from cattrs import Converter

from pbx.core.audit import AuditFact
from pbx.core.io.clock import utc_now
from pbx.core.io.state_file import write_state
from pbx.recording.watermarks import Level, Space, Watermarks

EVERY_S = 1.0  # 200 calls write 4 MB in it
_log = logging.getLogger("pbx.spool")
_converter = Converter(forbid_extra_keys=True)
_converter.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolState:
    """The spool now; it has its level since `since_at`."""

    level: Level
    used_percent: float
    since_at: datetime = field(default_factory=utc_now, compare=False)


async def watch(
    marks: Watermarks, measure: Callable[[], Space], tell: Callable[[AuditFact], None], file: Path
) -> None:
    """Measure for ever, in a thread, for the disk may stand still; `tell` of every other level."""
    written = read(file)  # of the process before: what stood then has stood since then
    is_readable = True
    while True:
        try:
            used_percent = (await asyncio.to_thread(measure)).used_percent
        except OSError as error:  # a journal cannot be opened either, and says so
            if is_readable:
                _log.error("nobody knows how full the spool is: %s", error)
            is_readable = False
        else:
            is_readable = True
            if marks.take(used_percent):
                tell(_fact(marks))
            stays = written is not None and written.level is marks.level
            since_at = written.since_at if written is not None and stays else utc_now()
            used = round(used_percent, 1)
            state = SpoolState(level=marks.level, used_percent=used, since_at=since_at)
            if state != written:
                write(file, asdict(state))
            written = state
        await asyncio.sleep(EVERY_S)


def read(file: Path) -> SpoolState | None:
    """Return the state, None when there is no file or no sense in it."""
    try:
        return _converter.structure(json.loads(file.read_text()), SpoolState)
    except Exception:
        return None


def _fact(marks: Watermarks) -> AuditFact:
    return AuditFact(kind=f"spool.{marks.level}", details={"used": f"{marks.used_percent:.1f} %"})


def write(file: Path, state: dict[str, object]) -> None:
    """Leave a state in a file, whole or not at all."""
    try:
        write_state(file, json.dumps(state, default=str))
    except OSError as error:  # the disk is full: calls matter more
        _log.warning("the state of the spool is not written: %s", error)
