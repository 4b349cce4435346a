"""What packets say in a master that is wider than they are, or that is not."""

import numpy as np
import pytest

from pbx.core.audio import AudioFormat
from pbx.media.codecs.table import find_codec
from pbx.media.g711 import decode
from pbx.recording.decode import FORMAT
from pbx.recording.journal import Item, Note
from pbx.recording.speech import is_wide
from pbx.recording.timeline import align
from tests.recording.test_decode import said
from tests.recording.test_timeline import FRAME, HEAD, ORIGIN, audio, sent

G722 = AudioFormat(encoding="G722", payload_type=9)
L16 = AudioFormat(encoding="L16", payload_type=118, clock_rate=8000)
NOTE = Note(FORMAT, {"leg": "l1", "payload_types": "9=G722/8000 111=opus/48000 118=L16/8000"}, ORIGIN)


def test_which_codecs_are_wide() -> None:
    assert not is_wide(("PCMU", 8000)) and not is_wide(("L16", 8000))
    assert is_wide(("G722", 8000)) and is_wide(("opus", 48_000)) and is_wide(("L16", 16_000))
    assert not is_wide(("G729", 8000))


@pytest.mark.requirement("R-06")
def test_a_wide_voice_is_what_its_decoder_says() -> None:
    pcm = audio(0, 40)
    spoken = said(G722, pcm)
    timeline = align([HEAD, NOTE, *spoken], ORIGIN)
    codec = find_codec("G722", 8000)
    assert codec is not None
    decoder = codec.decoder(16_000)
    payloads = [item.rtp[12:] for item in spoken if not isinstance(item, Note) and hasattr(item, "rtp")]
    assert timeline.encoding == "L16"
    assert timeline.channels[0] == b"".join(map(decoder.decode, payloads))
    assert timeline.n_samples == 2 * len(timeline.channels[0]) // 8


@pytest.mark.requirement("R-06")
def test_g711_beside_a_wide_voice_can_be_taken_out_again_bit_for_bit() -> None:
    items: list[Item] = [HEAD, NOTE, *sent(1, 20, delay_ms=0), *said(G722, audio(0, 20))]
    timeline = align(items, ORIGIN)
    wide = np.frombuffer(timeline.channels[1], "<i2")
    assert wide[: 2 * 20 * FRAME : 2].tobytes() == decode(audio(1, 20), "PCMU")


def test_a_gap_is_silence_at_both_rates() -> None:
    spoken = said(G722, audio(0, 20))
    timeline = align([HEAD, NOTE, *spoken[:5], *spoken[6:]], ORIGIN)
    (gap,) = [gap for gap in timeline.gaps if gap.channel == 1]
    assert (gap.start, gap.length, gap.cause) == (5 * FRAME, FRAME, "loss")
    wide = np.frombuffer(timeline.channels[0], "<i2")
    assert not wide[2 * gap.start : 2 * (gap.start + gap.length)].any()
    assert wide[2 * gap.start - 2 : 2 * gap.start].any()


def test_a_linear_narrow_voice_makes_no_wide_master() -> None:
    timeline = align([HEAD, NOTE, *said(L16, audio(0, 10))], ORIGIN)
    assert timeline.encoding == "PCMA"
    both = align([HEAD, NOTE, *said(L16, audio(0, 10)), *said(G722, audio(0, 10), delay_ms=500)], ORIGIN)
    assert both.encoding == "L16"
    wide = np.frombuffer(both.channels[0], "<i2")
    assert wide[: 2 * 5 * FRAME : 2].tobytes() == audio(0, 10)  # of 16 bits it is half as long
