"""Windows of a voice: together they are the voice, wherever they are cut."""

import pytest

from pbx.core.audio import AudioFormat, Encoding
from pbx.recording import rendering
from pbx.recording.decode import FORMAT
from pbx.recording.journal import Item, Note
from pbx.recording.timeline import Timeline, align
from tests.recording import pseudo_noise
from tests.recording.pseudo_noise import Sender
from tests.recording.test_decode import said
from tests.recording.test_timeline import FRAME, HEAD, ORIGIN, audio, frame, rtp, sent

NOTE = Note(FORMAT, {"leg": "l1", "payload_types": "9=G722/8000 111=opus/48000"}, ORIGIN)
FORMATS: list[tuple[Encoding, int, int]] = [("opus", 111, 48_000), ("G722", 9, 8000)]


def both_ways(
    items: list[Item], window: int, origin_ns: int = ORIGIN
) -> tuple[Timeline, tuple[bytes, ...], list[int]]:
    """The channels in one window, and those of small windows with their sizes."""
    timeline = align(items, origin_ns)
    whole = timeline.channels
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rendering, "WINDOW", window)
        pieces = list(timeline.windows())
    assert b"".join(first for first, _ in pieces) == whole[0]
    assert b"".join(second for _, second in pieces) == whole[1]
    return timeline, whole, [len(first) for first, _ in pieces]


@pytest.mark.requirement("R-24")
@pytest.mark.parametrize("window", [1, 159, 160, 161, 12_345])
def test_windows_may_be_cut_anywhere(window: int) -> None:
    items: list[Item] = [HEAD, *sent(0, 12, delay_ms=7), *sent(1, 12, delay_ms=90)]
    timeline, whole, sizes = both_ways(items, window)
    assert whole[0].startswith(b"\xff" * 56 + audio(0, 12))
    assert max(sizes) <= window and sum(sizes) == timeline.n_samples


@pytest.mark.requirement("R-02")
def test_a_sample_that_a_slow_clock_owes_lies_in_one_window() -> None:
    slow = Sender(stream=0, ppm=200.0, n_samples=60 * 8000)
    timeline, whole, _ = both_ways([HEAD, *slow.packets()], 1600, pseudo_noise.ORIGIN)
    assert timeline.clocks[0].corrected_ppm > 190
    assert len(whole[0]) - slow.n_samples in (95, 96)


@pytest.mark.requirement("R-06")
@pytest.mark.parametrize(("encoding", "payload_type", "clock_rate"), FORMATS)
def test_a_decoder_hears_every_packet_once_and_in_order(
    encoding: Encoding, payload_type: int, clock_rate: int
) -> None:
    fmt = AudioFormat(encoding=encoding, payload_type=payload_type, clock_rate=clock_rate)
    spoken = said(fmt, frame(0, 1) * 2 * 40)
    spoken[8], spoken[9] = spoken[9], spoken[8]
    _, whole, _ = both_ways([HEAD, NOTE, *spoken], 100)
    assert len(set(whole[0])) > 50


def test_a_later_segment_lies_above_an_earlier_one() -> None:
    over = [*sent(0, 20), *sent(0, 20, delay_ms=50 + 200, ssrc=9)]
    _, whole, _ = both_ways([HEAD, *over], 700)
    assert whole[0][400:] == audio(0, 10) + audio(0, 20)


def test_the_other_law_is_translated() -> None:
    items: list[Item] = [HEAD, *sent(0, 1)]
    for packet in sent(1, 1):
        assert packet.rtp[12:] == frame(1, 0)
        items.append(type(packet)(1, packet.arrival_ns, rtp(1, 0, bytes([0xD5]) * FRAME, payload_type=8)))
    timeline = align(items, ORIGIN)
    assert timeline.encoding == "PCMU"
    assert timeline.channels[1] == b"\xff" * (400 + FRAME)
