"""Two parties in Opus hear the same prompt, one after the other began, from the real worker."""

import asyncio
from pathlib import Path

import pytest

from pbx.core.ids import LegId, Token
from pbx.media.codecs.opus import OpusDecoder
from pbx.media.effects import FileSource, Play
from pbx.media.events import PlayEnded
from pbx.media.wav import write
from tests.integration.media_parties import A, B, Party, Signalling, attach
from tests.integration.test_transcoding import FORMATS, LIKENESS
from tests.integration.voices import FRAME_S, RATE, compare, speech_like

PROMPT_S = 1.0
N_PACKETS = int(PROMPT_S / FRAME_S)


async def payloads(party: Party) -> list[bytes]:
    """Return those of a whole prompt."""
    return [(await party.receive())[1] for _ in range(N_PACKETS)]


@pytest.mark.requirement("MED-02")
async def test_both_hear_it_well_and_are_sent_the_same_octets(
    pbx: Signalling, parties: tuple[Party, Party], tmp_path: Path
) -> None:
    said = speech_like(1, PROMPT_S)
    path = tmp_path / "prompt.wav"
    path.write_bytes(write(said))
    prompt = FileSource(path=str(path), sha256="", duration_ms=int(1000 * PROMPT_S))
    legs: tuple[tuple[LegId, Party], ...] = ((A, parties[0]), (B, parties[1]))
    for leg, party in legs:
        await attach(pbx, leg, party, FORMATS["opus"])
    listening = []
    for leg, party in legs:
        pbx.send(Play(leg=leg, token=Token(1), sources=(prompt,)))
        listening.append(asyncio.ensure_future(payloads(party)))
        await asyncio.sleep(3 * FRAME_S)
    first, second = await asyncio.gather(*listening)
    await pbx.expect(PlayEnded, 2)
    assert first == second
    decoder = OpusDecoder(RATE)
    assert compare(said, b"".join(decoder.decode(one) for one in first)).likeness > LIKENESS
