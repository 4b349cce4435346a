"""Only what is kept gets through, in its place, however the sound is cut into pieces."""

import pytest

from pbx.core.audio import Encoding
from pbx.core.errors import ParseError
from pbx.recording.g711 import SILENCE
from pbx.recording.muting import Muting
from pbx.recording.spans import Span

SUBJECT, OTHER = 0x11, 0x22
N_SAMPLES = 1000
MASTER = bytes((SUBJECT, OTHER)) * N_SAMPLES


def muted(kept: tuple[list[Span], list[Span]], size: int, encoding: Encoding = "PCMA") -> bytes:
    muting = Muting(encoding, kept)
    return b"".join(muting.update(MASTER[at : at + size]) for at in range(0, len(MASTER), size))


@pytest.mark.requirement("D-03")
@pytest.mark.parametrize("encoding", ["PCMA", "PCMU"])
@pytest.mark.parametrize("size", [2, 6, 64, 2 * N_SAMPLES])
def test_not_one_sample_of_the_other_channel(encoding: Encoding, size: int) -> None:
    out = muted(([(0, N_SAMPLES)], []), size, encoding)
    assert out[0::2] == bytes([SUBJECT]) * N_SAMPLES
    assert out[1::2] == bytes([SILENCE[encoding]]) * N_SAMPLES


@pytest.mark.parametrize("size", [2, 10, 98, 2 * N_SAMPLES])
def test_stretches_of_both_channels_lie_where_they_lay(size: int) -> None:
    out = muted(([(10, 20), (500, 700)], [(0, 3), (690, 5000)]), size)
    silence = SILENCE["PCMA"]
    first = [SUBJECT if 10 <= at < 20 or 500 <= at < 700 else silence for at in range(N_SAMPLES)]
    second = [OTHER if at < 3 or at >= 690 else silence for at in range(N_SAMPLES)]
    assert (list(out[0::2]), list(out[1::2])) == (first, second)


@pytest.mark.requirement("D-03")
def test_of_five_channels_one_gets_through() -> None:
    muting = Muting("PCMA", ([], [], [(10, 20)], [], []))
    out = muting.update(bytes((1, 2, 3, 4, 5)) * 100)
    silence = SILENCE["PCMA"]
    assert [set(out[n::5]) for n in (0, 1, 3, 4)] == [{silence}] * 4
    assert list(out[2::5]) == [3 if 10 <= at < 20 else silence for at in range(100)]


def test_half_a_sample_is_damage() -> None:
    with pytest.raises(ParseError):
        Muting("PCMA", ([], [])).update(b"123")
