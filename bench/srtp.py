"""CPU of SRTP per packet of 20 ms of G.711, protected by one end and opened by the other, suite by suite.

    python -m bench.srtp [--packets 20000]

Process time of this thread alone, median of five rounds; a relayed packet between two encrypted parties costs
one of each.
"""

import argparse
import statistics
import time

from pbx.core.srtp import SUITES, Suite
from pbx.media.rtp import RtpPacket, build
from pbx.media.srtp import SrtpSession

ROUNDS = 5
PAYLOAD = bytes(160)


def packet(index: int) -> bytes:
    return build(RtpPacket(0, False, index & 0xFFFF, index * 160 & 0xFFFFFFFF, 1, 0, 0), PAYLOAD)


def measure(suite: Suite, n_packets: int) -> tuple[float, float]:
    """Return the median microseconds to protect and to open a packet."""
    n_bytes = SUITES[suite].master_bytes
    one, other = bytes(range(n_bytes)), bytes(range(100, 100 + n_bytes))
    sender, receiver = SrtpSession(suite, one, other), SrtpSession(suite, other, one)
    rounds: list[tuple[float, float]] = []
    for number in range(ROUNDS):
        plain = [packet(number * n_packets + index) for index in range(n_packets)]
        start = time.thread_time()
        secret = [sender.protect(octets) for octets in plain]
        protected = time.thread_time()
        opened = [receiver.unprotect(octets) for octets in secret]
        end = time.thread_time()
        assert opened == plain
        rounds.append(((protected - start) / n_packets * 1e6, (end - protected) / n_packets * 1e6))
    protect_us, open_us = (statistics.median(part) for part in zip(*rounds, strict=True))
    return protect_us, open_us


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=20_000)
    n_packets = parser.parse_args().packets
    for suite in SUITES:
        protect_us, open_us = measure(suite, n_packets)
        print(f"{suite:28} {protect_us:5.1f} µs to protect, {open_us:5.1f} µs to open")


if __name__ == "__main__":
    main()
