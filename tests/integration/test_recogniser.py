"""The recogniser process's desk with the real recogniser, and what it does with all that is no utterance."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from pbx.core.errors import ConfigError
from pbx.core.ids import LegId, Token
from pbx.core.secret import Secret
from pbx.media.speech_orders import StopTranscribing, Transcribe, Transcribed
from pbx.verify.io.recogniser import MAX_AUDIO, MAX_LINE, MAX_LISTENING, Desk, engine
from pbx.verify.recogniser import Grammar, Heard, Recogniser
from pbx.verify.spoken_entry import CERTAIN
from tests.integration.media_parties import ALAW, Party, Signalling, attach

ASKED = {"grammar": "date_of_birth", "language": "en-GB"}
SAID = "third of february nineteen eighty"


class Echo:
    """Hears how many octets there were; of none, it breaks."""

    def recognise(self, pcm: bytes, grammar: Grammar) -> Heard:
        if not pcm:
            raise RuntimeError(SAID)
        return Heard(words=Secret(f"{grammar.name} {len(pcm)}"), confidence=0.5)


@asynccontextmanager
async def desk(recogniser: Recogniser, folder: Path) -> AsyncIterator[Path]:
    path = folder / "recogniser.sock"
    server = await asyncio.start_unix_server(Desk(recogniser).attend, str(path), limit=MAX_LINE)
    async with server:
        yield path


async def ask(path: Path, line: bytes, pcm: bytes) -> dict[str, object]:
    reader, writer = await asyncio.open_unix_connection(str(path))
    try:
        writer.write(line + b"\n" + pcm)
        writer.write_eof()
        answer: dict[str, object] = json.loads(await reader.readline())
    finally:
        writer.close()
    return answer


def voice(said: str, folder: Path) -> bytes:
    """Return PCM16 of 8 kHz of somebody who says it, with silence around."""
    file = folder / "said.wav"
    subprocess.run(["flite", "-voice", "rms", "-t", said, "-o", str(file)], check=True)
    samples, rate = soundfile.read(file, dtype="float32")
    narrow = np.pad(soxr.resample(samples, rate, 8000), 3200)
    return bytes((narrow * 20_000).astype("<i2").tobytes())


def line(**changed: object) -> bytes:
    return json.dumps(ASKED | changed).encode()


@pytest.mark.requirement("V-08")
async def test_the_real_recogniser_hears_a_date_and_believes_no_other_sentence(tmp_path: Path) -> None:
    answers = []
    async with desk(engine("pocketsphinx"), tmp_path) as path:
        for said in (f"the {SAID}", "what is the weather tomorrow"):
            answers.append(await ask(path, line(), voice(said, tmp_path)))
    date, other = answers
    assert str(date["words"]).removeprefix("the ") == SAID
    assert isinstance(date["confidence"], float) and date["confidence"] >= CERTAIN
    assert isinstance(other["confidence"], float) and other["confidence"] < CERTAIN


async def test_what_is_no_utterance_is_answered_and_the_desk_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk(Echo(), tmp_path) as path:
        assert await ask(path, line(grammar="poem"), b"\1\0") == {"error": "grammar"}
        assert await ask(path, b"rubbish", b"") == {"error": "lost"}
        assert await ask(path, b"[1]", b"") == {"error": "lost"}
        assert await ask(path, line(), b"") == {"error": "lost"}  # the recogniser broke
        assert await ask(path, line(), bytes(MAX_AUDIO)) == {
            "words": f"date_of_birth {MAX_AUDIO}",
            "confidence": 0.5,
        }
        assert (await ask(path, line(), bytes(3)))["words"] == "date_of_birth 2"
    assert SAID not in caplog.text


async def test_more_than_an_answer_can_be_is_not_kept(tmp_path: Path) -> None:
    async with desk(Echo(), tmp_path) as path:
        assert await ask(path, line(), bytes(MAX_AUDIO + 1)) == {"error": "lost"}


async def test_no_more_speak_at_once_than_there_is_memory_for(tmp_path: Path) -> None:
    async with desk(Echo(), tmp_path) as path:
        speaking = [await asyncio.open_unix_connection(str(path)) for _ in range(MAX_LISTENING)]
        try:
            assert await ask(path, line(), b"\1\0") == {"error": "busy"}
            speaking[0][1].write(line() + b"\n\1\0")
            speaking[0][1].write_eof()
            assert json.loads(await speaking[0][0].readline())["words"] == "date_of_birth 2"
            assert "words" in await ask(path, line(), b"\1\0")
        finally:
            for _, writer in speaking:
                writer.close()


@pytest.mark.parametrize("name", ["nobody", "../../etc"])
def test_a_recogniser_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=r"speech\.recogniser.*pbx\.recognisers"):
        engine(name)


async def test_a_worker_without_a_recogniser_says_so_at_once(pbx: Signalling) -> None:
    leg, party = LegId("caller"), Party(1)
    await attach(pbx, leg, party, ALAW)
    order = Transcribe(leg=leg, token=Token(7), grammar="date_of_birth", language="en-GB")
    pbx.send(StopTranscribing(leg=leg), order)
    answer = await pbx.expect(Transcribed)
    assert (answer.leg, answer.token, answer.outcome) == (leg, Token(7), "failed")
    party.socket.close()
