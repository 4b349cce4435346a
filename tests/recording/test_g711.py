"""The recorder's G.711 against another implementation."""

import pytest
import soundfile

from pbx.core.audio import Encoding
from pbx.recording.g711 import SILENCE, TABLES, VALUES, translate


@pytest.mark.parametrize(("encoding", "subtype"), [("PCMU", "ULAW"), ("PCMA", "ALAW")])
def test_values_are_those_of_libsndfile(encoding: Encoding, subtype: str) -> None:
    from io import BytesIO

    raw = BytesIO(bytes(range(256)))
    read, _ = soundfile.read(raw, format="RAW", subtype=subtype, channels=1, samplerate=8000, dtype="int16")
    assert VALUES[encoding] == tuple(int(value) for value in read)


def test_silence_stays_silence_and_the_nearest_value_is_taken() -> None:
    for (source, target), table in TABLES.items():
        assert table[SILENCE[source]] == SILENCE[target]
        for code in range(256):
            value = VALUES[source][code]
            error = abs(VALUES[target][table[code]] - value)
            assert error <= max(8, min(abs(other - value) for other in VALUES[target]))


def test_the_same_law_is_not_touched() -> None:
    octets = bytes(range(256))
    assert translate(octets, "PCMA", "PCMA") is octets
