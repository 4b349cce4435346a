"""G.711 behind the contract of all codecs."""

from pbx.media import g711
from pbx.media.codecs.pcm import PcmCodec


def test_it_speaks_by_the_tables_of_its_law() -> None:
    pcm = bytes(range(256)) * 2
    for codec in (PcmCodec("PCMU"), PcmCodec("PCMA")):
        payload = codec.encoder(8000).encode(pcm)
        assert payload == g711.encode(pcm, codec.encoding)
        assert codec.decoder(8000).decode(payload) == g711.decode(payload, codec.encoding)


def test_a_wide_band_listener_gets_twice_the_samples() -> None:
    codec = PcmCodec("PCMA")
    assert len(codec.decoder(16000).decode(bytes(160))) == 640
    assert len(codec.encoder(16000).encode(bytes(640))) == 160
