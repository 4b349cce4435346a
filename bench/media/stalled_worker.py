"""The media worker as a process whose spool stands still for STALL_S when it gets SIGUSR1."""

import signal
import time

from pbx.media.io import worker
from pbx.recording.io import journal_part

STALL_S = 2.0
_write = journal_part.write_octets
_until = 0.0


def _stall(*_signal: object) -> None:
    global _until
    _until = time.monotonic() + STALL_S


def _write_late(fd: int, octets: bytes) -> None:
    """Wait in the thread as in a system call, without the interpreter."""
    if (rest_s := _until - time.monotonic()) > 0:
        time.sleep(rest_s)
    _write(fd, octets)


if __name__ == "__main__":
    journal_part.write_octets = _write_late
    signal.signal(signal.SIGUSR1, _stall)
    worker.main()
