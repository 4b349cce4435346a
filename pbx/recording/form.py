"""How the samples of a master lie in octets: G.711 as it came at 8 kHz, or 16 bits linear at 16 kHz.

Everything that names a place in a recording counts units of 1/8000 s, whatever the master's rate: a unit is
one sample of G.711, and two of a wide-band master.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pbx.core.audio import Encoding
from pbx.recording import g711

UNITS_PER_S = 8000


@dataclass(frozen=True, slots=True)
class Form:
    """`per_unit` = samples of a channel in a unit, `width` = octets of a sample."""

    per_unit: int
    width: int
    silence: bytes

    @property
    def size(self) -> int:
        """Octets of a unit of one channel."""
        return self.per_unit * self.width

    @property
    def sample_rate(self) -> int:
        return UNITS_PER_S * self.per_unit


FORMS: Mapping[Encoding, Form] = {
    "PCMA": Form(1, 1, bytes([g711.SILENCE["PCMA"]])),
    "PCMU": Form(1, 1, bytes([g711.SILENCE["PCMU"]])),
    "L16": Form(2, 2, b"\0"),  # little-endian in files, unlike RFC 3551's
}
