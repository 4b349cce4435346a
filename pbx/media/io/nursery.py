"""Where media workers come from: all is loaded once, and each request forks a worker within milliseconds.

`python -m pbx.media.io.nursery` says LOADED; its standard input is a Unix socket of messages. Each brings
three descriptors, the standard input, output and error of a worker; the answer is its pid. The worker is the
supervisor's child, not ours, and reads the line that makes it one from its standard input: nobody is a worker
of whom the supervisor does not know.

There is one thread, no event loop and no key at the moment of a fork. Who draws entropy afterwards asks the
kernel, or is OpenSSL, which seeds itself anew when its pid has changed.
"""

import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence

from pbx.core.io.log import begin_log
from pbx.core.io.parentage import end_with_parent
from pbx.core.io.signs import Sign, say

MAX_PLACE = 16 << 10  # octets; the paths of a worker are at most 4 KiB each
MAX_REQUEST = 16  # octets; what counts are its descriptors
N_ENDS = 3  # standard input, output and error
BEHIND_CALLS = 5  # niceness: a quarter to a third of the share that calls get where cores are full

_log = logging.getLogger(__name__)


def place_line(arguments: Sequence[str]) -> bytes:
    """The command line of a worker as the worker reads it."""
    return json.dumps(list(arguments)).encode() + b"\n"


def parse_place(line: bytes) -> tuple[str, ...]:
    """Return the command line; ValueError for what is none, or longer than MAX_PLACE."""
    if len(line) > MAX_PLACE:
        raise ValueError(f"a place of more than {MAX_PLACE} octets")
    found = json.loads(line)
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError("a place is a list of texts")
    return tuple(found)


def load() -> None:
    """Import and make what every worker needs, in a thread that takes little from calls.

    Niceness belongs to a thread on Linux, and nobody but root may take it back: so it is not the main one's.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a fork would be without its threads
    loader = threading.Thread(target=_load, name="loader")
    loader.start()
    loader.join()


def _load() -> None:
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))  # workers may be in the real-time class
    os.nice(BEHIND_CALLS)
    from pbx.media.io.dtls_identity import new_identity
    from pbx.media.io.worker import prepare

    new_identity()  # the library's first key takes 20 ms, the next ones 1 ms; each worker has its own
    prepare()  # with all that a collector would look at, and so copy its pages in each worker


def fork_worker() -> int:
    """Return the pid of a new child of our parent, who must be adopting; 0 = we are that child.

    Its parent is a process that ends at once, and has ended when we return.
    """
    receiving, sending = os.pipe()
    if (between := os.fork()) == 0:
        if (pid := os.fork()) == 0:
            os.close(receiving)
            os.close(sending)
            return 0
        os.write(sending, str(pid).encode())
        os._exit(0)
    os.close(sending)
    with os.fdopen(receiving, "rb") as said:
        pid = int(said.read())
    os.waitpid(between, 0)
    return pid


def serve(orders: socket.socket) -> bool:
    """Fork a worker for each request; True = we are one, False = the supervisor has ended."""
    while True:
        request, ends, _, _ = socket.recv_fds(orders, MAX_REQUEST, N_ENDS)
        if not request:
            return False
        pid = fork_worker()
        if pid == 0:
            orders.detach()  # the next line closes it
            for number, end in enumerate(ends):
                os.dup2(end, number)
        for end in ends:
            os.close(end)
        if pid == 0:
            return True
        orders.send(str(pid).encode())


def main() -> None:
    """Entry point of the process."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # it has nothing yet that it could leave in disorder
    supervisor = os.getppid()
    load()
    from pbx.media.io.worker import main as work

    begin_log()
    _log.info("the nursery of media workers is loaded")
    say(Sign.LOADED)
    if serve(socket.socket(fileno=sys.stdin.fileno())):
        line = sys.stdin.buffer.readline(MAX_PLACE + 1)
        end_with_parent(signal.SIGINT)
        if line and os.getppid() == supervisor:  # else it has ended, or given us up
            work(parse_place(line))


if __name__ == "__main__":
    main()
