"""Where children come from: what they need is loaded once, and each request forks one within milliseconds.

The supervisor forks it of itself, and starts `python -m pbx.nursery_process` when that one has died. It says
LOADED; its standard input is a Unix socket of messages. Each brings three descriptors, the standard input,
output and error of a child; the answer is its pid. The child is the supervisor's, not ours, and reads from
its standard input the line that makes it one: nobody serves of whom the supervisor does not know.

There is one thread, no event loop and no key at the moment of a fork. Who draws entropy afterwards asks the
kernel, or is OpenSSL, which seeds itself anew when its pid has changed. The vault is none of ours: it has an
address space that nobody else knows.
"""

import argparse
import importlib
import json
import logging
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from pbx.core.io.garbage import settle
from pbx.core.io.log import FORMAT
from pbx.core.io.parentage import end_with_parent
from pbx.core.io.signs import Sign, say

NAME = "nursery"
MODULES = ("pbx.media.io.worker", "pbx.recording.io.finaliser", "pbx.app")
# Few nodes have the others.
FORKED = (*MODULES, "pbx.lifecycle.io.desk", "pbx.playback.io.server", "pbx.verify.io.recogniser")
MAX_PLACE = 16 << 10  # octets; the paths of a worker are at most 4 KiB each
MAX_REQUEST = 16  # octets; what counts are its descriptors
N_ENDS = 3  # standard input, output and error
BEHIND_CALLS = 5  # niceness: a quarter to a third of the share that calls get where cores are full

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What makes a fork a child: its name, its module and arguments, what ends it, and its niceness."""

    name: str
    argv: tuple[str, ...]
    ends_at: int
    nice: int

    def line(self) -> bytes:
        """The place as the child reads it."""
        return json.dumps(asdict(self)).encode() + b"\n"


def parse_place(line: bytes) -> Place:
    """Return the place; ValueError for what is none, or longer than MAX_PLACE."""
    if len(line) > MAX_PLACE:
        raise ValueError(f"a place of more than {MAX_PLACE} octets")
    match json.loads(line):
        case {"name": str(name), "argv": [str(), *_] as argv, "ends_at": int(ends_at), "nice": int(nice)} if (
            all(isinstance(one, str) for one in argv)
        ):
            return Place(name=name, argv=tuple(argv), ends_at=ends_at, nice=nice)
    raise ValueError("a place has a name, an argv of texts, the number of a signal and a niceness")


def load(modules: Sequence[str], *, behind_calls: bool) -> None:
    """Import and make what the children need, in a thread that may take little from calls.

    Niceness belongs to a thread on Linux, and nobody but root may take it back: so it is not the main one's.
    """
    failed: list[BaseException] = []

    def work() -> None:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))  # workers may be in the real-time class
        os.nice(BEHIND_CALLS if behind_calls else 0)
        try:
            _load(modules)
        except BaseException as error:
            failed.append(error)

    loader = threading.Thread(target=work, name="loader")
    loader.start()
    loader.join()
    if failed:
        raise failed[0]


def _load(modules: Sequence[str]) -> None:
    for name in modules:
        module = importlib.import_module(name)
        if hasattr(module, "prepare"):
            module.prepare()
    settle()  # what a collector looked at would be copied in each child


def fork_child() -> int:
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
    """Fork a child for each request; True = we are one, False = the supervisor has ended."""
    while True:
        request, ends, _, _ = socket.recv_fds(orders, MAX_REQUEST, N_ENDS)
        if not request:
            return False
        pid = fork_child()
        if pid == 0:
            orders.detach()  # the next line closes it
            for number, end in enumerate(ends):
                os.dup2(end, number)
        for end in ends:
            os.close(end)
        if pid == 0:
            return True
        orders.send(str(pid).encode())


class Planted(NamedTuple):
    """A nursery that waits for its standard output and its log before it does anything."""

    pid: int
    orders: socket.socket


def plant() -> Planted:
    """Fork a nursery of ourselves, which saves it what we have loaded.

    We have one thread and no event loop, and have not read the configuration: it has no secret of anybody.
    """
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    supervisor = os.getpid()
    if (pid := os.fork()) != 0:
        its.close()
        return Planted(pid, ours)
    ours.close()
    end_with_parent(signal.SIGINT)
    _call_ourselves(NAME)
    os.dup2(its.fileno(), 0)
    its.close()
    request, ends, _, _ = socket.recv_fds(orders := socket.socket(fileno=0), MAX_REQUEST, N_ENDS - 1)
    if not request or os.getppid() != supervisor:
        sys.exit(0)
    for number, end in enumerate(ends, 1):
        os.dup2(end, number)
        os.close(end)
    sys.exit(_grow(orders, supervisor, MODULES, behind_calls=False))


def main() -> None:
    """Entry point of a process that is started when there is no nursery any more."""
    parser = argparse.ArgumentParser(description="Forks the other processes")
    parser.add_argument("modules", nargs="*", default=MODULES)
    options = parser.parse_args()
    orders = socket.socket(fileno=sys.stdin.fileno())
    sys.exit(_grow(orders, os.getppid(), options.modules, behind_calls=True))


def _grow(orders: socket.socket, supervisor: int, modules: Sequence[str], *, behind_calls: bool) -> int:
    """Be a nursery, and then the child that it forks; return its exit code."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # it has nothing yet that it could leave in disorder
    try:
        load(modules, behind_calls=behind_calls)
        _say_loaded()
        if not serve(orders):
            return 0
        line = sys.stdin.buffer.readline(MAX_PLACE + 1)
        return _become(parse_place(line), supervisor) if line else 0  # else the supervisor has given us up
    except Exception:
        traceback.print_exc()
        return 1


def _say_loaded() -> None:
    """The log is ours alone: each child sets up its own."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(FORMAT))
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    _log.info("the nursery is loaded")
    say(Sign.LOADED)


def _become(place: Place, supervisor: int) -> int:
    """Be the child until its end, as if Python had been started for it; return its exit code."""
    if place.argv[0] not in FORKED:
        raise ValueError(f"{place.argv[0]} is none of ours")
    end_with_parent(signal.Signals(place.ends_at))
    if os.getppid() != supervisor:  # it has ended meanwhile
        return 0
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _call_ourselves(place.name)
    os.nice(place.nice)
    sys.argv = list(place.argv)
    module = importlib.import_module(place.argv[0])
    return module.main(place.argv[1:]) or 0


def _call_ourselves(name: str) -> None:
    """What `ps -o comm` and `top` show."""
    Path("/proc/self/comm").write_text(name)


if __name__ == "__main__":
    main()
