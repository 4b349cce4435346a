"""Records how long packets of a voice take through a full queue: real UDP beside real TCP, one bottleneck.

    unshare --net python -m bench.trace FLOWS QUEUE SECONDS > tests/media/traces/NAME.txt

As root, in a network of its own: its loopback is a line of 2 Mbit/s (`tc-tbf`) with a queue of QUEUE packets
that drops what does not fit, and FLOWS downloads by TCP keep it full. 20 ms of G.711 go through it 50 times a
second, stamped where they are sent and, by the kernel, where they arrive. `congested` is of 1 24 60.
"""

import os
import platform
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.media.voice_model import LOST

LOOPBACK = "127.0.0.1"
SO_TIMESTAMPNS = 35  # of Linux; Python has no name for it
RATE_BITS, MTU = 2_000_000, 1500
FRAME_NS, FRAME_BYTES, WARM = 20_000_000, 172, 250
AFTERWARDS_S = 1.0
A_LINE = 20


def narrow(n_packets: int) -> str:
    """Make the loopback a slow line with a queue of so many packets; return how."""
    shape = f"rate {RATE_BITS}bit burst {2 * MTU} latency 1s"
    for command in (
        f"ip link set lo mtu {MTU} up",
        f"tc qdisc replace dev lo root handle 1: tbf {shape}",
        f"tc qdisc replace dev lo parent 1:1 pfifo limit {n_packets}",
    ):
        subprocess.run(command.split(), check=True)
    return f"{shape}, pfifo limit {n_packets}"


@contextmanager
def downloads(n_flows: int) -> Iterator[None]:
    """So many TCP connections send as much as they can, in a process that does not disturb our clock."""
    pid = os.fork()
    if pid == 0:
        with socket.create_server((LOOPBACK, 0)) as server:
            for _ in range(n_flows):
                out = socket.create_connection(server.getsockname())
                into, _ = server.accept()
                threading.Thread(target=_pour, args=(out,)).start()
                threading.Thread(target=_drain, args=(into,)).start()
            signal.pause()
    try:
        yield
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _pour(out: socket.socket) -> None:
    while True:
        out.sendall(bytes(65536))


def _drain(into: socket.socket) -> None:
    while into.recv(65536):
        pass


def delays_ns(n_packets: int) -> list[int | None]:
    """Send a voice to ourselves; return how long each packet took, None = it was lost."""
    found: list[int | None] = [None] * n_packets
    into, out = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    into.bind((LOOPBACK, 0))
    into.settimeout(AFTERWARDS_S)
    into.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    out.connect(into.getsockname())

    def receive() -> None:
        try:
            while True:
                octets, notes, _, _ = into.recvmsg(FRAME_BYTES, 64)
                seconds, ns = struct.unpack("qq", notes[0][2])
                number, left_ns = struct.unpack_from("qq", octets)
                if number >= 0:
                    found[number] = seconds * 1_000_000_000 + ns - left_ns
        except TimeoutError:
            return

    receiver = threading.Thread(target=receive)
    receiver.start()
    begin_ns = time.monotonic_ns()
    for number in range(-WARM, n_packets):
        due_ns = begin_ns + (number + WARM) * FRAME_NS
        time.sleep(max(0, due_ns - time.monotonic_ns()) / 1e9)
        out.send(struct.pack("qq", number, time.time_ns()).ljust(FRAME_BYTES, b"\xff"))
    receiver.join()
    return found


def main() -> None:
    n_flows, queue, seconds = map(int, sys.argv[1:])
    shape = narrow(queue)
    with downloads(n_flows):
        found = delays_ns(seconds * 50)
    print(f"# {time.strftime('%Y-%m-%d')}, Linux {platform.release().partition('-')[0]}, tc-tbf {shape},")
    print(f"# {n_flows} downloads by TCP ({_congestion_control()}); made by bench/trace.py")
    print(f"# Delay of each packet of a voice, one each 20 ms, in 0.1 ms; {LOST} = it was dropped.")
    shown = [LOST if one is None else str(round(one / 100_000)) for one in found]
    for at in range(0, len(shown), A_LINE):
        print(" ".join(shown[at : at + A_LINE]))


def _congestion_control() -> str:
    with open("/proc/sys/net/ipv4/tcp_congestion_control") as file:
        return file.read().strip()


if __name__ == "__main__":
    main()
