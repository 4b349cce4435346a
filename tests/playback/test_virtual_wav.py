"""Octets of a file that is never made are those of the file that would be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.audio import Encoding
from pbx.playback.virtual_wav import Source, VirtualWav
from pbx.recording import wav
from pbx.recording.form import FORMS

pytestmark = pytest.mark.requirement("R-25")
N_UNITS = 4000


def master(encoding: Encoding) -> bytes:
    return bytes(at * 7 & 255 for at in range(N_UNITS * 2 * FORMS[encoding].size))


def fetched(encoding: Encoding, source: Source) -> bytes:
    """What a reader makes of a source."""
    block = 2 * FORMS[encoding].size
    units = master(encoding)[source.first_unit * block : (source.first_unit + source.n_units) * block]
    return source.header + units[source.skipped :][: source.n_octets]


@given(st.sampled_from(["PCMU", "PCMA", "L16"]), st.data())
def test_every_range_of_every_part(encoding: Encoding, data: st.DataObject) -> None:
    start_ms, length_ms = data.draw(st.integers(0, 499)), data.draw(st.integers(0, 600))
    file = VirtualWav.of(encoding, N_UNITS, start_ms, length_ms)
    block, first = 2 * FORMS[encoding].size, start_ms * 8
    n_units = min(length_ms * 8, N_UNITS - first) if length_ms else N_UNITS - first
    whole = wav.header(encoding, n_units * FORMS[encoding].per_unit)
    whole += master(encoding)[first * block : (first + n_units) * block]
    assert file.size == len(whole)
    begin = data.draw(st.integers(0, file.size - 1))
    end = data.draw(st.integers(begin, file.size - 1))
    source = file.source(begin, end)
    assert fetched(encoding, source) == whole[begin : end + 1]
    assert first <= source.first_unit and source.first_unit + source.n_units <= first + n_units


def test_no_unit_is_fetched_for_the_header_alone() -> None:
    file = VirtualWav.of("PCMU", N_UNITS, 0, 0)
    source = file.source(0, len(file.header) - 1)
    assert (source.n_units, source.n_octets, source.span) == (0, 0, "")
    assert file.source(len(file.header), len(file.header) + 1).n_units == 1


def test_a_span_is_told_in_the_time_of_the_recording() -> None:
    file = VirtualWav.of("L16", N_UNITS, 250, 100)
    assert file.source(0, file.size - 1).span == "from 0.25 for 0.1"


def test_what_lies_behind_the_end_is_empty() -> None:
    file = VirtualWav.of("PCMU", N_UNITS, 600, 100)
    assert (file.n_units, file.size) == (0, len(file.header))
