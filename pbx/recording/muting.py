"""A master in which only some samples of each channel are left, and silence is in the place of all others.

Nothing is cut out: what is kept is copied into silence, so that no other sample can get through. The length
and the place of every sample stay. Places are units of 1/8000 s; the channels lie sample by sample in turn.
"""

from collections.abc import Sequence

import numpy as np

from pbx.core.audio import Encoding
from pbx.core.errors import ParseError
from pbx.recording.form import FORMS
from pbx.recording.spans import Span, merge


class Muting:
    """Takes the samples of a master in pieces, from the first one on; `kept` = the spans of each channel."""

    __slots__ = ("_at", "_first", "_form", "_kept")

    def __init__(self, encoding: Encoding, kept: Sequence[Sequence[Span]]) -> None:
        self._form = FORMS[encoding]
        self._kept = tuple(merge(spans) for spans in kept)
        self._first = [0] * len(kept)  # of each channel's spans, that may reach into the next piece
        self._at = 0

    def update(self, piece: bytes) -> bytes:
        """Return the same samples muted; ParseError(0) for a piece that ends inside a unit."""
        form, n_channels = self._form, len(self._kept)
        n_units, rest = divmod(len(piece), n_channels * form.size)
        if rest:
            raise ParseError("the sound ends between two channels", 0)
        shape = (n_units, form.per_unit, n_channels, form.width)
        sound = np.frombuffer(piece, np.uint8).reshape(shape)
        out = np.full(shape, form.silence[0], np.uint8)
        for channel in range(n_channels):
            for start, end in self._inside(channel, n_units):
                out[start:end, :, channel] = sound[start:end, :, channel]
        self._at += n_units
        return out.tobytes()

    def _inside(self, channel: int, n_units: int) -> list[Span]:
        """What is kept of the next units, counted from their first."""
        spans, end = self._kept[channel], self._at + n_units
        index, found = self._first[channel], []
        while index < len(spans) and spans[index][0] < end:
            start, stop = max(spans[index][0], self._at), min(spans[index][1], end)
            if start < stop:
                found.append((start - self._at, stop - self._at))
            if spans[index][1] > end:
                break
            index += 1
        self._first[channel] = index
        return found
