"""Frames of 20 ms become packets of the time that the party asked for."""

from dataclasses import replace

import pytest

from pbx.media.mouth import Mouth, packet_ms
from tests.media.test_payloads import G722, G729, OPUS, PCMU

FRAME = bytes(range(160)) * 2


@pytest.mark.requirement("MED-02")
@pytest.mark.parametrize(
    ("ptime_ms", "payloads"), [(10, [2] * 6), (20, [1] * 6), (30, [0, 1, 1] * 2), (60, [0, 0, 1] * 2)]
)
def test_nothing_is_added_and_nothing_left_out(ptime_ms: int, payloads: list[int]) -> None:
    mouth = Mouth(replace(PCMU, ptime_ms=ptime_ms), 8000)
    said = [mouth.speak(FRAME) for _ in range(6)]
    assert list(map(len, said)) == payloads
    assert {len(payload) for one in said for payload in one} == {8 * ptime_ms} == {mouth.n_units}
    plain = Mouth(PCMU, 8000)
    assert b"".join(b"".join(one) for one in said) == b"".join(plain.speak(FRAME)[0] for _ in range(6))


@pytest.mark.rfc("6716", "2.1.4")
@pytest.mark.parametrize(("asked", "spoken"), [(10, 10), (20, 20), (30, 20), (40, 40), (50, 20), (60, 60)])
def test_opus_knows_some_packet_times_only(asked: int, spoken: int) -> None:
    fmt = replace(OPUS, ptime_ms=asked)
    assert packet_ms(fmt) == spoken
    assert Mouth(fmt, 8000).n_units == 48 * spoken


def test_the_clock_of_g722_counts_half_its_samples() -> None:
    mouth = Mouth(G722, 16000)
    assert [len(payload) for payload in mouth.speak(bytes(640))] == [160]
    assert mouth.n_units == 160


def test_what_is_only_passed_through_cannot_be_spoken() -> None:
    with pytest.raises(LookupError, match="G729"):
        Mouth(G729, 8000)
