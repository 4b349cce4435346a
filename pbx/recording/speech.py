"""What packets say, in the samples of a master: as it came, translated, decoded, or brought to 16 kHz."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pbx.core.audio import Encoding
from pbx.core.errors import ParseError
from pbx.media.codecs.codec import NARROW, WIDE, Decoder
from pbx.media.codecs.table import find_codec
from pbx.media.g711 import encode
from pbx.recording import g711
from pbx.recording.form import FORMS, Form
from pbx.recording.packet_columns import KINDS
from pbx.recording.placing import Laid
from pbx.recording.segments import G711, Coding
from pbx.recording.widening import REACH, widen

Samples = NDArray[np.int16]
_NOTHING: Samples = np.empty(0, np.int16)
_LINEAR = {law: np.array(g711.VALUES[law], np.int16) for law in g711.VALUES}


class Speech(Protocol):
    """Of one segment, whose packets are given in their order, none twice."""

    @property
    def form(self) -> Form: ...

    def say(self, payloads: Sequence[bytes], laid: Laid, here: slice) -> list[bytes]:
        """Return the octets of the packets `here`; `payloads` = theirs, and of the next if any."""
        ...


def is_wide(coding: Coding) -> bool:
    """Whether a codec carries more than a telephone line does."""
    codec = find_codec(*coding)
    return codec is not None and codec.audio_rate == WIDE


def speech_of(coding: Coding, encoding: Encoding) -> Speech:
    """Return what puts a segment into a master of `encoding`."""
    if encoding in FORMS and FORMS[encoding].per_unit == 1:
        return _Law(encoding) if coding in G711 else _Coded(coding, encoding)
    return _Wide(coding) if is_wide(coding) else _Widened(coding)


class _Law:
    """G.711 in G.711."""

    def __init__(self, law: Encoding) -> None:
        self.form = FORMS[law]
        self._tables = [g711.table(kind, law) for kind in KINDS]

    def say(self, payloads: Sequence[bytes], laid: Laid, here: slice) -> list[bytes]:
        tables = [self._tables[kind] for kind in laid.kind[here].tolist()]
        return [
            one if table is None else one.translate(table)
            for one, table in zip(payloads, tables, strict=False)
        ]


class _Coded:
    """Another narrow-band codec in G.711."""

    def __init__(self, coding: Coding, law: Encoding) -> None:
        self.form, self._law = FORMS[law], law
        self._decoder = _decoder(coding, NARROW)

    def say(self, payloads: Sequence[bytes], laid: Laid, here: slice) -> list[bytes]:
        pcm = _decoded(self._decoder, payloads[: here.stop - here.start])
        return [g711.translate(encode(one, "PCMA"), "PCMA", self._law) for one in pcm]


class _Wide:
    """A wide-band codec at 16 kHz."""

    form = FORMS["L16"]

    def __init__(self, coding: Coding) -> None:
        self._decoder = _decoder(coding, WIDE)

    def say(self, payloads: Sequence[bytes], laid: Laid, here: slice) -> list[bytes]:
        return _decoded(self._decoder, payloads[: here.stop - here.start])


class _Widened:
    """A narrow-band codec at 16 kHz; packets that touch are neighbours of each other's samples."""

    form = FORMS["L16"]

    def __init__(self, coding: Coding) -> None:
        self._decoder = None if coding in G711 else _decoder(coding, NARROW)
        self._before, self._end = _NOTHING, 0
        self._heard: list[Samples] = []  # the packet after the last ones, when it was heard for them

    def say(self, payloads: Sequence[bytes], laid: Laid, here: slice) -> list[bytes]:
        samples = self._samples(payloads, laid, here)
        known = slice(here.start, here.start + len(samples))
        starts = (laid.start[known] - laid.owed[known]).tolist()
        out = []
        for number in range(here.stop - here.start):
            own = samples[number]
            end = int(laid.start[here.start + number]) + len(own)
            touches = number + 1 < len(samples) and starts[number + 1] == end
            before = self._before if self._end == starts[number] else _NOTHING
            after = samples[number + 1][:REACH] if touches else _NOTHING
            out.append(widen(own, before, after).tobytes())
            self._before, self._end = own[-REACH:], end
        self._heard = samples[len(out) :]
        return out

    def _samples(self, payloads: Sequence[bytes], laid: Laid, here: slice) -> list[Samples]:
        known = self._heard
        rest = slice(here.start + len(known), here.start + len(payloads))
        if self._decoder is None:
            laws = [KINDS[kind] for kind in laid.kind[rest].tolist()]
            said = [np.frombuffer(one, np.uint8) for one in payloads[len(known) :]]
            return known + [_LINEAR[law][one] for law, one in zip(laws, said, strict=True) if law in _LINEAR]
        pcm = _decoded(self._decoder, payloads[len(known) :])
        return known + [np.frombuffer(one, np.int16) for one in pcm]


def _decoder(coding: Coding, sample_rate: int) -> Decoder:
    codec = find_codec(*coding)
    assert codec is not None  # of another one no packet has sound
    return codec.decoder(sample_rate)


def _decoded(decoder: Decoder, payloads: Sequence[bytes]) -> list[bytes]:
    out = []
    for payload in payloads:
        try:
            out.append(decoder.decode(payload))
        except ParseError:  # a hold has no payload; all others were decoded before
            out.append(b"")
    return out
