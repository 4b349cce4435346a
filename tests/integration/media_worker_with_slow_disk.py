"""The media worker as a process whose spool stands still: a journal is opened once its FIFO has a writer."""

from pathlib import Path

import uvloop

from pbx.media.effects import StartRecording
from pbx.media.io.tap import Hearer, JournalSink
from pbx.media.io.worker import parse_options, run_worker
from pbx.recording.io.journal_files import open_journal
from pbx.recording.io.journal_writer import JournalWriter

OPTIONS = parse_options()


def open_late(spool: Path, recording: str, start: bytes) -> int:
    """Wait in `open`, as on a disk that does not answer."""
    with (spool / "stall").open("rb"):
        return open_journal(spool, recording, start)


def open_sink(order: StartRecording, hearer: Hearer) -> JournalSink:
    return JournalWriter.create(
        OPTIONS.spool, order, on_open=hearer.opened, on_failure=hearer.failed, open_file=open_late
    )


if __name__ == "__main__":
    uvloop.run(run_worker(OPTIONS, open_sink))
