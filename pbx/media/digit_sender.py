"""DigitSender: keys to be pressed for a party, as what is sent in each 20 ms of them. RFC 4733 §2.5."""

from collections import deque

from pbx.core.audio import AudioFormat
from pbx.media.dtmf import DIGITS, EventPacket, event_packets
from pbx.media.tone_digits import digit_pcm

MAX_QUEUED = 64  # keys; a card number and its expiry are under 30
DEFAULT_MS = 100
MIN_MS, MAX_MS = 50, 1000  # Q.24 wants 40; a longer press than a second is one of a stuck key
PAUSE_FRAMES = 3  # Q.24 wants 40 ms between two digits
FRAME_MS = 20

Step = EventPacket | bytes | None
"""An RTP event packet, a frame of 8 kHz PCM with the tones, or a pause."""


class DigitSender:
    """Telephone-events where the party takes them, tones in the audio where it does not."""

    __slots__ = ("_steps",)

    def __init__(self) -> None:
        self._steps: deque[tuple[Step, int]] = deque()

    @property
    def busy(self) -> bool:
        return bool(self._steps)

    def press(self, key: str, duration_ms: int, fmt: AudioFormat) -> None:
        """Queue one key; ValueError for what is no DTMF digit. More than fit are not pressed."""
        if key not in DIGITS:
            raise ValueError("not a DTMF digit")
        if len(self._steps) > MAX_QUEUED * (MAX_MS // FRAME_MS):
            return
        length_ms = min(max(duration_ms or DEFAULT_MS, MIN_MS), MAX_MS) // FRAME_MS * FRAME_MS
        steps: list[Step]
        if fmt.dtmf_payload_type is None:
            pcm = digit_pcm(key, length_ms, pause_ms=0)
            size = 8000 * FRAME_MS // 1000 * 2
            steps = [pcm[at : at + size] for at in range(0, len(pcm), size)]
        else:
            steps = list(event_packets(key, length_ms, FRAME_MS, clock_rate=fmt.dtmf_clock_rate))
        units = fmt.dtmf_clock_rate * length_ms // 1000
        last = len(steps) - 1
        self._steps.extend((step, units if at == last else 0) for at, step in enumerate(steps))
        self._steps.extend([(None, 0)] * PAUSE_FRAMES)

    def step(self) -> tuple[Step, int]:
        """Return what goes out in this frame, and the clock units by which RTP time advances after it."""
        return self._steps.popleft()

    def clear(self) -> None:
        self._steps.clear()
