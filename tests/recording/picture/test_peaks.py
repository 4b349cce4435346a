"""The outline of a recording, whatever the pieces in which it comes."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.audio import Encoding
from pbx.core.errors import ParseError
from pbx.recording import wav
from pbx.recording.g711 import SILENCE, VALUES
from pbx.recording.picture.peaks import FULL, Outline, Peaks
from pbx.recording.timeline import MAX_SAMPLES


def octets(first: bytes, second: bytes, encoding: Encoding = "PCMA") -> bytes:
    return b"".join(wav.pieces(encoding, len(first), [(first, second)]))


def outline(file: bytes, n_samples: int, n_columns: int, size: int = 1 << 20) -> Outline:
    peaks = Peaks("PCMA", n_samples, n_columns)
    for at in range(0, len(file), size):
        peaks.update(file[at : at + size])
    return peaks.outline()


@given(
    first=st.binary(min_size=1, max_size=300),
    n_columns=st.integers(min_value=1, max_value=400),
    size=st.integers(min_value=1, max_value=200),
)
def test_every_column_has_the_extremes_of_its_samples(first: bytes, n_columns: int, size: int) -> None:
    second = first[::-1]
    found = outline(octets(first, second), len(first), n_columns, size)
    columns = min(n_columns, len(first))
    assert found.n_columns == columns
    for column in range(columns):
        start, end = (place * len(first) // columns for place in (column, column + 1))
        for channel, sound in enumerate((first, second)):
            values = [VALUES["PCMA"][code] / FULL for code in sound[start:end]]
            assert found.low[column, channel] == pytest.approx(min(values), abs=1e-6)
            assert found.high[column, channel] == pytest.approx(max(values), abs=1e-6)
            effective = np.sqrt(np.mean(np.square(values)))
            assert found.rms[column, channel] == pytest.approx(effective, rel=1e-5)


def test_both_laws_are_understood() -> None:
    peaks = Peaks("PCMU", 4, 4)
    peaks.update(octets(bytes([SILENCE["PCMU"]] * 4), b"\x00" * 4, "PCMU"))
    found = peaks.outline()
    assert found.high[:, 0].tolist() == [0.0] * 4
    assert found.loudest == pytest.approx(32124 / FULL)


def test_a_recording_of_nothing_has_no_columns() -> None:
    found = outline(octets(b"", b""), 0, 100)
    assert (found.n_columns, found.loudest) == (0, 0.0)


@pytest.mark.parametrize(
    ("n_samples", "spoil", "says"),
    [
        (3, bytes, "does not begin as its manifest says"),
        (4, lambda file: file[:-1], "less sound"),
        (4, lambda file: file[:20], "less sound"),
        (4, lambda file: file + b"xx", "more sound"),
        (4, lambda file: file + b"x", "less sound"),
        (4, lambda file: b"RIFX" + file[4:], "does not begin as its manifest says"),
    ],
)
def test_a_file_that_is_not_the_manifests(n_samples: int, spoil: Callable[[bytes], bytes], says: str) -> None:
    with pytest.raises(ParseError, match=says):
        outline(spoil(octets(b"abcd", b"efgh")), n_samples, 2)


def test_the_longest_recording() -> None:
    Peaks("PCMA", MAX_SAMPLES, 1400)
    with pytest.raises(ParseError, match="longer than any"):
        Peaks("PCMA", MAX_SAMPLES + 1, 1400)
