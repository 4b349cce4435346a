"""The WAV file that a part of a recording would be: where each of its octets comes from, without making it.

Nothing outside of the part has a place in it, whatever range is asked for.
"""

from dataclasses import dataclass

from pbx.core.audio import Encoding
from pbx.recording import wav
from pbx.recording.form import FORMS, UNITS_PER_S
from pbx.recording.manifest import Sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Octets of the header, then units of 1/8000 s from `first_unit` of the recording on.

    Of the units' octets the first `skipped` are not wanted, and the `n_octets` behind them are.
    """

    header: bytes
    first_unit: int
    n_units: int
    skipped: int
    n_octets: int

    @property
    def span(self) -> str:
        """The time that is heard, in words; empty = none of it."""
        if not self.n_units:
            return ""
        return f"from {self.first_unit / UNITS_PER_S:g} for {self.n_units / UNITS_PER_S:g}"


@dataclass(frozen=True, slots=True)
class VirtualWav:
    """`n_units` of a recording from `first_unit` on, as a file of `size` octets."""

    encoding: Encoding
    n_channels: int
    first_unit: int
    n_units: int

    @classmethod
    def of(cls, sound: Sound, start_ms: int, length_ms: int) -> "VirtualWav":
        """Return the file of `length_ms` (0 = all) of a recording, from `start_ms` on."""
        first = min(start_ms * UNITS_PER_S // 1000, sound.samples)
        left = sound.samples - first
        n_units = min(length_ms * UNITS_PER_S // 1000, left) if length_ms else left
        return cls(sound.encoding, sound.n_channels, first, n_units)

    @property
    def header(self) -> bytes:
        n_samples = self.n_units * FORMS[self.encoding].per_unit
        return wav.header(self.encoding, n_samples, n_channels=self.n_channels)

    @property
    def size(self) -> int:
        return len(self.header) + self.n_units * self._block

    def source(self, first: int, last: int) -> Source:
        """Return where octets `first` to `last`, both inside of the file, come from."""
        header = self.header
        begin, end = max(0, first - len(header)), max(0, last + 1 - len(header))
        unit = begin // self._block
        return Source(
            header=header[first : last + 1],
            first_unit=self.first_unit + unit,
            n_units=-(-end // self._block) - unit if end > begin else 0,
            skipped=begin - unit * self._block,
            n_octets=end - begin,
        )

    @property
    def _block(self) -> int:
        """Octets of a unit of all channels."""
        return self.n_channels * FORMS[self.encoding].size
