"""Octets of a file that is never made are those of the file that would be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.audio import Encoding
from pbx.playback.virtual_wav import Source, VirtualWav
from pbx.recording import wav
from pbx.recording.form import FORMS
from pbx.recording.manifest import Sound

pytestmark = pytest.mark.requirement("R-25")
N_UNITS = 4000


def of(encoding: Encoding, start_ms: int = 0, length_ms: int = 0, n_channels: int = 2) -> VirtualWav:
    sound = Sound(encoding=encoding, samples=N_UNITS, n_channels=n_channels, lists_gaps=False)
    return VirtualWav.of(sound, start_ms, length_ms)


def master(encoding: Encoding, n_channels: int = 2) -> bytes:
    return bytes(at * 7 & 255 for at in range(N_UNITS * n_channels * FORMS[encoding].size))


def fetched(encoding: Encoding, n_channels: int, source: Source) -> bytes:
    """What a reader makes of a source."""
    block = n_channels * FORMS[encoding].size
    units = master(encoding, n_channels)[
        source.first_unit * block : (source.first_unit + source.n_units) * block
    ]
    return source.header + units[source.skipped :][: source.n_octets]


@given(st.sampled_from(["PCMU", "PCMA", "L16"]), st.integers(2, 4), st.data())
def test_every_range_of_every_part(encoding: Encoding, n_channels: int, data: st.DataObject) -> None:
    start_ms, length_ms = data.draw(st.integers(0, 499)), data.draw(st.integers(0, 600))
    file = of(encoding, start_ms, length_ms, n_channels)
    block, first = n_channels * FORMS[encoding].size, start_ms * 8
    n_units = min(length_ms * 8, N_UNITS - first) if length_ms else N_UNITS - first
    whole = wav.header(encoding, n_units * FORMS[encoding].per_unit, n_channels=n_channels)
    whole += master(encoding, n_channels)[first * block : (first + n_units) * block]
    assert file.size == len(whole)
    begin = data.draw(st.integers(0, file.size - 1))
    end = data.draw(st.integers(begin, file.size - 1))
    source = file.source(begin, end)
    assert fetched(encoding, n_channels, source) == whole[begin : end + 1]
    assert first <= source.first_unit and source.first_unit + source.n_units <= first + n_units


def test_no_unit_is_fetched_for_the_header_alone() -> None:
    file = of("PCMU")
    source = file.source(0, len(file.header) - 1)
    assert (source.n_units, source.n_octets, source.span) == (0, 0, "")
    assert file.source(len(file.header), len(file.header) + 1).n_units == 1


def test_a_span_is_told_in_the_time_of_the_recording() -> None:
    file = of("L16", 250, 100)
    assert file.source(0, file.size - 1).span == "from 0.25 for 0.1"


def test_what_lies_behind_the_end_is_empty() -> None:
    file = of("PCMU", 600, 100)
    assert (file.n_units, file.size) == (0, len(file.header))
