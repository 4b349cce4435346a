"""A master in which only some samples of each channel are left, and silence is in the place of all others.

Nothing is cut out: what is kept is copied into silence, so that no other sample can get through. The length
and the place of every sample stay. Units: samples at 8 kHz; both channels lie octet by octet in turn.
"""

from collections.abc import Sequence

from pbx.core.audio import Encoding
from pbx.core.errors import ParseError
from pbx.recording import g711
from pbx.recording.spans import Span, merge
from pbx.recording.wav import N_CHANNELS


class Muting:
    """Takes the samples of a master in pieces of any length, from the first one on."""

    __slots__ = ("_at", "_first", "_kept", "_silence")

    def __init__(self, encoding: Encoding, kept: tuple[Sequence[Span], Sequence[Span]]) -> None:
        self._silence = bytes([g711.SILENCE[encoding]])
        self._kept = tuple(merge(spans) for spans in kept)
        self._first = [0] * N_CHANNELS  # of each channel's spans, that may reach into the next piece
        self._at = 0

    def update(self, piece: bytes) -> bytes:
        """Return the same samples muted; ParseError(0) for a piece that ends between the channels."""
        n_samples, rest = divmod(len(piece), N_CHANNELS)
        if rest:
            raise ParseError("the sound ends between two channels", 0)
        out = bytearray(self._silence) * len(piece)
        for channel in range(N_CHANNELS):
            self._copy(channel, piece, out)
        self._at += n_samples
        return bytes(out)

    def _copy(self, channel: int, piece: bytes, out: bytearray) -> None:
        spans, end = self._kept[channel], self._at + len(piece) // N_CHANNELS
        index = self._first[channel]
        while index < len(spans) and spans[index][0] < end:
            start, stop = max(spans[index][0], self._at), min(spans[index][1], end)
            if start < stop:
                begin, behind = ((at - self._at) * N_CHANNELS for at in (start, stop))
                own = slice(begin + channel, behind + channel, N_CHANNELS)
                out[own] = piece[own]
            if spans[index][1] > end:
                break
            index += 1
        self._first[channel] = index
