"""The network of the simulation: it loses, reorders and duplicates, and sometimes a telephone is cut off."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from pbx.core.address import Address
from pbx.sip.events import SendPacket
from tests.simulation.numbering import Numbering

MARKS = (b"Replaces", b"RSeq:", b"Session-Expires:", b"a=sendonly", b"a=inactive", b"0.0.0.0")
_CALL_ID = re.compile(rb"\r\nCall-ID: ([^\r]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What the network does to a packet."""

    loss: float = 0.1
    duplication: float = 0.05
    delay_s: tuple[float, float] = (0.002, 0.4)  # wider than the gap between two packets: they overtake


class Network:
    """Decides when a packet arrives, how often, and whether it does at all."""

    def __init__(
        self, random: Random, weather: Weather, after: Callable[[float, Callable[[], None]], None]
    ) -> None:
        self.n_packets = self.n_lost = 0
        self.said: Counter[str] = Counter()  # methods, statuses, and what a message asks for or carries
        self._random, self._weather, self._after = random, weather, after
        self._numbering = Numbering()
        self._cut: set[Address] = set()
        self._silenced: set[bytes] = set()

    def cut(self, at: Address, seconds: float) -> None:
        """Carry nothing from and to a telephone for a while."""
        self._cut.add(at)
        self._after(seconds, lambda: self._cut.discard(at))

    def silence(self, call_id: str) -> None:
        """Carry no packet of this dialog any more: one side has vanished."""
        self._silenced.add(call_id.encode())

    def carry(self, packet: SendPacket, at: Address, to: Address, arrive: Callable[[], None]) -> None:
        """Let a packet arrive, or not."""
        self._numbering.sent(packet.octets)
        self.said.update(_words(packet.octets))
        copies = 2 if self._random.random() < self._weather.duplication else 1
        for _ in range(copies):
            self.n_packets += 1
            if self._random.random() < self._weather.loss or self._is_dead(packet.octets, at, to):
                self.n_lost += 1
                continue
            self._after(self._random.uniform(*self._weather.delay_s), arrive)

    def _is_dead(self, octets: bytes, at: Address, to: Address) -> bool:
        found = _CALL_ID.search(octets) if self._silenced else None
        return bool(self._cut & {at, to}) or (found is not None and found[1] in self._silenced)


def _words(octets: bytes) -> Iterator[str]:
    words = octets.partition(b"\r\n")[0].decode().split()
    yield words[1] if words[0] == "SIP/2.0" else words[0]
    for mark in MARKS:
        if mark in octets:
            yield mark.decode().strip()
