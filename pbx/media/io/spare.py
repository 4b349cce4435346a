"""A media worker without a place: everything is loaded, and it waits for one line.

`python -m pbx.media.io.spare` says LOADED, reads a `Place` from standard input, and is that worker from then
on: what a start costs, half a second of a core, was paid before anybody waits for it.
"""

import json
import logging
import os
import signal
import sys
import threading
from dataclasses import asdict, dataclass

from pbx.core.io.log import begin_log
from pbx.core.io.signs import Sign, say

MAX_PLACE = 16 << 10  # octets; the paths of a worker are at most 4 KiB each
BEHIND_CALLS = 5  # niceness: a quarter to a third of the share that calls get where cores are full

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whose place the spare takes: the worker's command line, and its log."""

    arguments: tuple[str, ...]
    log: str

    def line(self) -> bytes:
        """The place as its spare reads it."""
        return json.dumps(asdict(self)).encode() + b"\n"


def parse_place(line: bytes) -> Place:
    """Return the place; ValueError for what is none, or longer than MAX_PLACE."""
    if len(line) > MAX_PLACE:
        raise ValueError(f"a place of more than {MAX_PLACE} octets")
    found = json.loads(line)
    if not isinstance(found, dict) or found.keys() != {"arguments", "log"}:
        raise ValueError("a place has arguments and log")
    arguments, log = found["arguments"], found["log"]
    if not isinstance(arguments, list) or not all(isinstance(one, str) for one in (*arguments, log)):
        raise ValueError("arguments and log of a place are text")
    return Place(arguments=tuple(arguments), log=log)


def load() -> None:
    """Import and make what every worker needs, in a thread that takes little from calls.

    Niceness belongs to a thread on Linux, and nobody but root may take it back: so it is not the main one's.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads would stay at that niceness
    loader = threading.Thread(target=_load, name="loader")
    loader.start()
    loader.join()


def _load() -> None:
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))  # workers may be in the real-time class
    os.nice(BEHIND_CALLS)
    from pbx.media.io.dtls_identity import new_identity
    from pbx.media.io.worker import prepare

    prepare()
    new_identity()  # the library's first key takes 20 ms, the next ones 1 ms; each worker has its own


def main() -> None:
    """Entry point of the process."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # it has nothing yet that it could leave in disorder
    load()
    from pbx.media.io.worker import main as work

    begin_log()
    _log.info("a spare media worker waits")
    say(Sign.LOADED)
    line = sys.stdin.buffer.readline(MAX_PLACE + 1)
    if not line:  # the supervisor has ended
        return
    place = parse_place(line)
    log = os.open(place.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    os.close(log)
    work(place.arguments)


if __name__ == "__main__":
    main()
