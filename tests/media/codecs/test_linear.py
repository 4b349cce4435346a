"""L16 is PCM in network byte order."""

import pytest

from pbx.core.errors import ParseError
from pbx.media.codecs.linear import LinearCodec


@pytest.mark.rfc("3551", "4.5.11")
def test_the_most_significant_octet_goes_first() -> None:
    codec = LinearCodec(8000)
    assert codec.encoder(8000).encode(b"\x01\x02\xff\x7f") == b"\x02\x01\x7f\xff"
    assert codec.decoder(8000).decode(b"\x02\x01\x7f\xff") == b"\x01\x02\xff\x7f"


@pytest.mark.parametrize("octets", [b"", b"\x01", b"\x01\x02", b"\x01\x02\x03", bytes(5)])
def test_half_samples_are_refused(octets: bytes) -> None:
    with pytest.raises(ParseError):
        LinearCodec(16000).decoder(8000).decode(octets)


def test_there_is_no_concealment_of_its_own() -> None:
    assert LinearCodec(8000).decoder(8000).conceal(160, bytes(320)) is None
