"""G.722 behind the contract of all codecs: 64 kbit/s at either rate."""

import pytest

from pbx.media.codecs.g722 import G722Codec
from tests.media.codecs.test_table import likeness, tone


@pytest.mark.rfc("3551", "4.5.2")
@pytest.mark.parametrize("rate", [8000, 16000])
def test_20_ms_are_160_octets_and_160_clock_units(rate: int) -> None:
    payload = G722Codec().encoder(rate).encode(bytes(2 * rate // 50))
    assert (len(payload), G722Codec().duration(payload)) == (160, 160)


def test_a_wide_band_talker_is_understood_at_8_khz() -> None:
    encoder, decoder = G722Codec().encoder(16000), G722Codec().decoder(8000)
    sent = tone(16000, 900)
    heard = b"".join(decoder.decode(encoder.encode(sent[i : i + 640])) for i in range(0, len(sent), 640))
    assert likeness(tone(8000, 900), heard, 8000) > 0.99
