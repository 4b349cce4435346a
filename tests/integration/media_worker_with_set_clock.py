"""The media worker as a process whose wall clock somebody sets: the file `ahead` says by how many seconds."""

import time
from pathlib import Path

import uvloop

from pbx.media.effects import StartRecording
from pbx.media.io.tap import Hearer, JournalSink
from pbx.media.io.worker import parse_options, run_worker
from pbx.recording.io.journal_writer import JournalWriter

OPTIONS = parse_options()
_right_ns = time.time_ns


def set_clock(spool: Path) -> int:
    """Return the wall clock of a machine whose administrator did what the file says."""
    return _right_ns() + int((spool / "ahead").read_text()) * 1_000_000_000


def open_sink(order: StartRecording, hearer: Hearer) -> JournalSink:
    return JournalWriter.create(OPTIONS.spool, order, on_open=hearer.opened, on_failure=hearer.failed)


if __name__ == "__main__":
    time.time_ns = lambda: set_clock(OPTIONS.spool)
    uvloop.run(run_worker(OPTIONS, open_sink))
