"""The noise of a line on which nobody speaks."""

import math
from itertools import pairwise

import numpy as np
import pytest

from pbx.media.comfort_noise import DEFAULT_LEVEL, ComfortNoise


def level(pcm: bytes) -> float:
    return -20 * math.log10(float(np.frombuffer(pcm, "<i2").astype(float).std()) / 32768)


@pytest.mark.rfc("3389", "3.1")
@pytest.mark.parametrize("minus_dbov", [30, 50, 65])
def test_it_has_the_level_that_the_payload_says(minus_dbov: int) -> None:
    noise = ComfortNoise(1)
    noise.level(bytes([minus_dbov]))
    assert level(noise.frame(8000)) == pytest.approx(minus_dbov, abs=0.5)


@pytest.mark.rfc("3389", "3.1")
def test_the_first_bit_of_the_level_and_the_coefficients_do_not_count() -> None:
    noise, other = ComfortNoise(1), ComfortNoise(1)
    noise.level(bytes([40]))
    other.level(bytes([0x80 | 40, 1, 2, 3]))
    assert noise.frame(160) == other.frame(160)


def test_no_frame_is_like_the_one_before() -> None:
    noise = ComfortNoise(7)
    frames = [noise.frame(160) for _ in range(500)]
    assert all(one != other for one, other in pairwise(frames))
    assert len(set(frames)) > 480
    assert level(b"".join(frames)) == pytest.approx(DEFAULT_LEVEL, abs=0.5)
    noise.level(b"")
    assert level(noise.frame(8000)) == pytest.approx(DEFAULT_LEVEL, abs=0.5)
