"""Where the processes of a PBX leave their standing alarms: a folder with a file for each.

A file outlives the process that wrote it: what was wrong before a restart is wrong until it has been looked
at again, and has been so since then.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from pbx.core.alarm import StandingAlarm
from pbx.core.io.clock import utc_now
from pbx.core.io.state_file import write_state

MAX_TEXT = 500  # characters
MAX_FILE = 4096  # octets
MAX_ALARMS = 64
SUFFIX = ".json"
Settle = Callable[[str, str], None]
"""Takes the name of an alarm, and what is wrong: "" = nothing is."""
_log = structlog.get_logger()


def settle_nowhere(_alarm: str, _text: str) -> None:
    """What a process does that nobody watches."""


class AlarmFolder:
    """The alarms of one PBX; each is looked after by one process, and mended by any."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._refused: set[str] = set()  # alarms that could not be kept: told once

    def settle(self, alarm: str, text: str) -> None:
        """Let an alarm stand, with the time at which it began to, or take it away."""
        path = self._folder / f"{alarm}{SUFFIX}"
        try:
            if text:
                self._stand(path, text[:MAX_TEXT])
            elif path.exists():
                path.unlink(missing_ok=True)
                _log.info("an alarm is over", alarm=alarm)
            self._refused.discard(alarm)
        except OSError as error:  # the disk is full or away: the log has it at least
            if alarm not in self._refused:
                _log.error("an alarm could not be kept", alarm=alarm, text=text, reason=error.strerror)
            self._refused.add(alarm)

    def standing(self) -> list[StandingAlarm]:
        """Return what is wrong, the oldest first; of what nobody can read, the name."""
        found = [_read(path) for path in sorted(self._folder.glob(f"*{SUFFIX}"))[:MAX_ALARMS]]
        return sorted((one for one in found if one is not None), key=lambda one: (one.since_at, one.alarm))

    def _stand(self, path: Path, text: str) -> None:
        before = _read(path)
        if before is not None and before.text == text:
            return
        since_at = utc_now() if before is None else before.since_at
        if before is None and path.stem not in self._refused:
            _log.error("an alarm stands", alarm=path.stem, text=text)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_state(path, json.dumps({"since_at": since_at.isoformat(), "text": text}))


def _read(path: Path) -> StandingAlarm | None:
    """None when it is over; a damaged file is an alarm too, since the time at which it was written."""
    try:
        with path.open("rb") as file:
            octets = file.read(MAX_FILE)
        written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None
    try:
        said = json.loads(octets)
        since_at, text = datetime.fromisoformat(said["since_at"]).astimezone(UTC), str(said["text"])
    except (ValueError, KeyError, TypeError):
        since_at, text = written_at, "its file is damaged"
    return StandingAlarm(alarm=path.stem, since_at=since_at, text=text[:MAX_TEXT])
