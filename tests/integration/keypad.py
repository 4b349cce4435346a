"""Callers who type random digits as telephones do: tones over the grid of R-21, telephone-events, SIP INFO.

Between the digits and before them a caller says noise, by which a listener finds where he is.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock, Thread
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pbx.core.ids import LegId
from pbx.media import g711
from pbx.media.dtmf import event_packets
from pbx.media.rtp import RtpPacket, build
from pbx.media.tone_digits import TONES, amplitude
from tests.integration.media_parties import Party

Floats = NDArray[np.float64]
Manner = Literal["tones", "events", "info"]
Frame = bytes | tuple[tuple[bool, bytes], ...]  # audio, or the packets of a telephone-event in these 20 ms

RATE, FRAME = 8000, 160
FRAME_S = 0.02
DIGITS = "0123456789"
TONE_MS, DBM0, TWIST_DB = (40, 100), (-30.0, 0.0), (-8.0, 8.0)
PAUSE_MS = (45, 65)
LEAK_FRAMES = 2  # of a tone before the telephone or gateway that sends an event for it silences it
EVENT_MS = 60
VOICE_LEVEL = 3000.0
QUIET = bytes([g711.SILENCE["PCMU"]]) * FRAME
_EVENT_TYPE = 101


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A key and where it sounds, in samples of its caller's time."""

    key: str
    at: int
    n_samples: int

    def later(self, n_samples: int) -> "Press":
        return replace(self, at=self.at + n_samples)

    @property
    def middle(self) -> int:
        return self.at + self.n_samples // 2


def tone(key: str, n_samples: int, rng: np.random.Generator) -> Floats:
    """A pair of tones somewhere in the grid; its level is that of both together."""
    power, twist = 10 ** (rng.uniform(*DBM0) / 10), 10 ** (rng.uniform(*TWIST_DB) / 10)
    shares = power / (1 + twist), power * twist / (1 + twist)
    t = np.arange(n_samples) / RATE
    sum_of_both = np.zeros(n_samples)
    for hz, share in zip(TONES[key], shares, strict=True):
        phase = rng.uniform(0, 2 * np.pi)
        sum_of_both += amplitude(10 * np.log10(share)) * np.sin(2 * np.pi * hz * t + phase)
    return sum_of_both


def voice(seed: int, n_frames: int) -> Floats:
    """Noise from 300 to 3400 Hz, which every codec carries."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=n_frames * FRAME))
    hz = np.fft.rfftfreq(n_frames * FRAME, 1 / RATE)
    spectrum[(hz < 300) | (hz > 3400)] = 0
    noise = np.fft.irfft(spectrum)
    return np.asarray(noise / noise.std() * VOICE_LEVEL)


def encoded(samples: Floats) -> list[Frame]:
    """Whole frames of PCMU; the last one ends in silence."""
    pcm = np.rint(samples).clip(-32768, 32767).astype("<i2").tobytes()
    payload = g711.encode(pcm + bytes(-len(pcm) % (2 * FRAME)), "PCMU")
    return [payload[at : at + FRAME] for at in range(0, len(payload), FRAME)]


def typed(keys: str, manner: Manner, rng: np.random.Generator) -> tuple[list[Frame], list[Press]]:
    """What a caller sends who types `keys`, and where each sounds."""
    return _events(keys, rng) if manner == "events" else _tones(keys, rng)


def _tones(keys: str, rng: np.random.Generator) -> tuple[list[Frame], list[Press]]:
    pieces, presses, at = [], [], 0
    for key in keys:
        before, n_samples = (int(rng.integers(*limits, endpoint=True)) * 8 for limits in (PAUSE_MS, TONE_MS))
        pieces += [np.zeros(before), tone(key, n_samples, rng)]
        presses.append(Press(key=key, at=at + before, n_samples=n_samples))
        at += before + n_samples
    return encoded(np.concatenate(pieces)), presses


def _events(keys: str, rng: np.random.Generator) -> tuple[list[Frame], list[Press]]:
    frames: list[Frame] = []
    presses = []
    for key in keys:
        frames += [QUIET] * 3
        presses.append(Press(key=key, at=len(frames) * FRAME, n_samples=LEAK_FRAMES * FRAME))
        frames += encoded(tone(key, LEAK_FRAMES * FRAME, rng))
        *updates, end, again, once_more = ((one.marker, one.payload) for one in event_packets(key, EVENT_MS))
        frames += [*((one,) for one in updates), (end, again, once_more)]
    return frames, presses


class Caller:
    """Sends a frame in each 20 ms: of what he was told to say, else silence. Samples count from his first."""

    def __init__(self, leg: LegId, party: Party, kind: str, manner: Manner = "tones") -> None:
        self.leg, self.party, self.kind, self.manner = leg, party, kind, manner
        self.sent_at: list[float] = []  # of each frame, monotonic seconds
        self._script: deque[Frame] = deque()
        self._marks: list[tuple[int, Callable[[], None]]] = []
        self._lock = Lock()
        self._begun = 0  # RTP time of the event that is being sent

    def say(self, frames: Sequence[Frame]) -> int:
        """Say this after all else; return where it begins."""
        with self._lock:
            begins = (len(self.sent_at) + len(self._script)) * FRAME
            self._script += frames
        return begins

    def when(self, sample: int, then: Callable[[], None]) -> None:
        """Call `then` from the sending thread once a sample has been said."""
        with self._lock:
            self._marks.append((sample, then))

    def tick(self) -> None:
        """Send the next frame."""
        with self._lock:
            self.sent_at.append(time.monotonic())
            frame: Frame = self._script.popleft() if self._script else QUIET
            if isinstance(frame, bytes):
                self.party.send(frame)
            else:
                self._send_event(frame)
            said = len(self.sent_at) * FRAME
            due = [mark for mark in self._marks if mark[0] < said]
            self._marks = [mark for mark in self._marks if mark[0] >= said]
        for _, then in due:
            then()

    def _send_event(self, packets: tuple[tuple[bool, bytes], ...]) -> None:
        party = self.party
        if packets[0][0]:
            self._begun = party.time
        for marker, payload in packets:
            header = RtpPacket(_EVENT_TYPE, marker, party.seq, self._begun, party.ssrc, 0, 0)
            party.put(build(header, payload))
            party.seq = (party.seq + 1) % 2**16
        party.time = (party.time + FRAME) % 2**32


@dataclass(slots=True)
class Clock:
    """The thread in which all callers speak."""

    callers: list[Caller]
    _stops: bool = False
    _thread: Thread = field(init=False)

    def __post_init__(self) -> None:
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Clock":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stops = True
        self._thread.join()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stops:
            for caller in self.callers:
                caller.tick()
            due += FRAME_S
            time.sleep(max(0.0, due - time.monotonic()))
