"""The first octet tells what a datagram is."""

import pytest

from pbx.media.demultiplex import KINDS, Kind, is_rtcp


@pytest.mark.rfc("7983", "7")
@pytest.mark.parametrize(
    ("octet", "kind"),
    [
        (0, Kind.STUN),
        (3, Kind.STUN),
        (4, Kind.OTHER),
        (16, Kind.OTHER),
        (19, Kind.OTHER),
        (20, Kind.DTLS),
        (63, Kind.DTLS),
        (64, Kind.OTHER),
        (127, Kind.OTHER),
        (128, Kind.MEDIA),
        (191, Kind.MEDIA),
        (192, Kind.OTHER),
        (255, Kind.OTHER),
    ],
)
def test_the_bounds(octet: int, kind: Kind) -> None:
    assert KINDS[octet] is kind and len(KINDS) == 256


@pytest.mark.rfc("5761", "4")
def test_reports_have_types_that_audio_has_not() -> None:
    assert all(is_rtcp(second) for second in (192, 200, 201, 204, 207, 223))
    assert not any(is_rtcp(second) for second in (0, 8, 63, 96, 127, 128, 136, 224, 255))
