"""Ports for what tests start: nobody else on this machine is given them, nor another run of tests."""

import itertools
import os
import socket

# Below those that the system gives to whoever asks for any, and those of RTP; above 12000 to 13399, where the
# media workers of integration tests bind what is free: a port was theirs before SIPp had bound it.
_FIRST, _LAST = 13_400, 16_383
_ours: list[socket.socket] = []  # while this process lives
_candidates = itertools.cycle(range(_FIRST, _LAST + 1))
for _ in range(os.getpid() * 97 % (_LAST - _FIRST)):  # runs that begin together begin apart
    next(_candidates)


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that nobody uses by UDP or TCP, and that nobody else gets from here."""
    for port in itertools.islice(_candidates, _LAST - _FIRST + 1):
        if _is_reserved(port) and _is_free(host, port):
            return port
    raise OSError("no free port for tests")


def _is_reserved(port: int) -> bool:
    """Take the name of a port among all runs of tests; the kernel forgets it with the process."""
    name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        name.bind(f"\0pbx-test-port-{port}")
    except OSError:
        name.close()
        return False
    _ours.append(name)
    return True


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        try:
            udp.bind((host, port))
            tcp.bind((host, port))
        except OSError:
            return False
    return True
