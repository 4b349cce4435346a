"""What the scripts of all softphones share: their orders, their ear, and how they report.

A softphone runs in a process of its own: it is told what to do by one JSON object on stdin, writes what
it heard to a WAV file, and says how it went in one JSON object on stdout. Times are seconds.
"""

import json
import struct
import sys
import time
import wave
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from pbx.testphone import signal
from pbx.testphone.audio import tone

RATE = 8000
FRAME = 160
WANTED_S = 1.0  # of the own tone, coming back, before the caller is content
REGISTER_S = 10.0
ANSWER_S = 10.0
READY = "ready to be called"
CALL_S = 25.0  # the longest call: the announcement of the echo test, and the echo


@dataclass(frozen=True, slots=True)
class Orders:
    """One call: who calls whom, what to say and where to write what was heard.

    Without a password it does not register: it is the carrier, known by its address.
    """

    host: str  # its own address
    user: str
    password: str
    port: int  # of the PBX, on 127.0.0.1
    number: str  # "" = wait to be called, and answer
    tone_hz: float
    digits: str  # pressed after the tone was heard; then the other side has to hang up
    heard: str
    ca: str = ""  # a PEM file: then everything goes by TLS, and the PBX has to show a certificate of this CA


@dataclass(slots=True)
class Report:
    """How the call went."""

    registered: bool = False
    answered: bool = False
    content: bool = False  # the own tone was heard for `WANTED_S`
    told_of_end: bool = False  # the other side hung up, after the keys were pressed


class Ear:
    """PCM16 heard so far, and whether the tone was in it long enough."""

    def __init__(self, freq_hz: float) -> None:
        self.pcm = bytearray()
        self._freq_hz = freq_hz
        self._judged = 0
        self._tone_s = 0.0

    def hear(self, pcm: bytes) -> None:
        """Take the next samples; they are judged on the same grid as all of them are later."""
        self.pcm += pcm
        step = signal.BLOCK * 2
        while len(self.pcm) - self._judged >= step:
            piece = self.pcm[self._judged : self._judged + step]
            self._tone_s += signal.tone_s(signal.samples(piece), self._freq_hz)
            self._judged += step

    @property
    def content(self) -> bool:
        """Whether the own tone came back for `WANTED_S`."""
        return self._tone_s >= WANTED_S


def ready() -> None:
    """Say that the softphone is registered and can be called."""
    sys.stdout.write(READY + "\n")
    sys.stdout.flush()


def orders() -> Orders:
    """Read what to do from stdin."""
    return Orders(**json.load(sys.stdin))


def report(done: Report, heard: bytes, path: str) -> None:
    """Write the WAV file and say how it went."""
    write_wav(Path(path), heard)
    sys.stdout.write(json.dumps(asdict(done)) + "\n")


def remaining(until: float) -> float:
    """Return the seconds left before `until` on the monotonic clock; TimeoutError when none are."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the call took too long")
    return left


def write_wav(path: Path, pcm: bytes, rate: int = RATE) -> None:
    """Write PCM16, at 8 kHz unless it is said otherwise."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)


def read_wav(path: Path) -> signal.Samples:
    """Return the samples of a WAV file of PCM16; header sizes that were never filled in are ignored."""
    octets = path.read_bytes()
    start = octets.find(b"data")
    return signal.samples(octets[start + 8 :]) if start >= 0 else np.zeros(0)


def tone_pcm(freq_hz: float, seconds: float) -> bytes:
    """Return PCM16 of a tone."""
    return tone(freq_hz, 0, round(seconds * RATE))


def to_unsigned8(pcm: bytes) -> bytes:
    """Turn PCM16 into the unsigned 8-bit samples that pyVoIP speaks."""
    return bytes((sample >> 8) + 128 for (sample,) in struct.iter_unpack("<h", pcm))


def from_unsigned8(octets: bytes) -> bytes:
    """Turn unsigned 8-bit samples into PCM16."""
    return struct.pack(f"<{len(octets)}h", *((octet - 128) << 8 for octet in octets))
