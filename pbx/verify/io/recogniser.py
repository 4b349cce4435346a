"""The recogniser process: `python -m pbx.verify.io.recogniser --socket PATH --engine NAME`.

A media worker connects for each utterance, writes one line of JSON with the name of a grammar and the
language, and then PCM16 of 8 kHz until it closes its half; the answer is one line of JSON. Audio and words
are in memory only, and in no log. One thread hears, MAX_WAITING utterances wait for it, and one that takes
longer than BOX_S ends the process: a thread cannot be ended alone, and the supervisor starts another.
"""

import argparse
import asyncio
import contextlib
import importlib
import json
import logging
import os
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from pbx.core.errors import CANNOT_START, ConfigError
from pbx.core.io.log import begin_log
from pbx.recording.io.hardening import harden
from pbx.verify.recogniser import GROUP, MAX_UTTERANCE_S, RATE, Grammar, Heard, Recogniser, grammars

BUILT_IN = {"pocketsphinx": "pbx.verify.io.sphinx:Sphinx"}
MAX_LISTENING = 32  # utterances that are being spoken, 7 MB
MAX_WAITING = 4  # for the thread: each takes a third of a second, and whoever waits longer takes keys
MAX_LINE = 512  # octets
MAX_AUDIO = int(MAX_UTTERANCE_S * RATE) * 2
HEARING_S = MAX_UTTERANCE_S + 6.0  # from the connection to the end of the utterance
BOX_S = 3.0  # of CPU and waiting, for one utterance
STUCK = 70
_log = logging.getLogger("pbx.recogniser")


def engine(name: str) -> Recogniser:
    """Load what hears; ConfigError when there is none of that name, or it cannot be had."""
    try:
        if name in BUILT_IN:
            module, _, attribute = BUILT_IN[name].partition(":")
            make: Any = getattr(importlib.import_module(module), attribute)
        else:
            (found,) = entry_points(group=GROUP, name=name)
            make = found.load()
        recogniser: Recogniser = make()
    except Exception as error:
        hint = "pip install 'pbx[speech]'" if name == "pocketsphinx" else f"an entry point of {GROUP}"
        raise ConfigError(
            "pbx.yaml", 0, 0, "speech.recogniser", f"{name}: {type(error).__name__}: {error}", hint
        ) from None
    return recogniser


class Desk:
    """Takes utterances and answers them, one after the other."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self._grammars = grammars()
        self._thread = ThreadPoolExecutor(1, "hearing")
        self._n_listening = self._n_waiting = 0

    async def attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one utterance; whatever is wrong with it is an answer without words, or none."""
        if self._n_listening >= MAX_LISTENING:
            await _answer(writer, {"error": "busy"})
            return
        self._n_listening += 1
        try:
            await _answer(writer, await self._hear(reader))
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError, ValueError) as error:
            _log.warning("an utterance is lost: %s", type(error).__name__)
            await _answer(writer, {"error": "lost"})
        finally:
            self._n_listening -= 1

    async def _hear(self, reader: asyncio.StreamReader) -> dict[str, Any]:
        async with asyncio.timeout(HEARING_S):
            grammar = self._grammar(await reader.readuntil(b"\n"))
            pcm = await _utterance(reader)
        if grammar is None:
            return {"error": "grammar"}
        if self._n_waiting >= MAX_WAITING:
            return {"error": "busy"}
        self._n_waiting += 1
        try:
            heard = await asyncio.wait_for(self._recognise(pcm, grammar), BOX_S * (1 + self._n_waiting))
        except TimeoutError:
            _log.error("an utterance takes too long: ending")
            os._exit(STUCK)
        finally:
            self._n_waiting -= 1
        return {"words": heard.words.reveal(), "confidence": heard.confidence}

    def _grammar(self, line: bytes) -> Grammar | None:
        asked = json.loads(line)
        if not isinstance(asked, dict):
            raise ValueError("no object")
        return self._grammars.get((str(asked.get("grammar")), str(asked.get("language"))))

    async def _recognise(self, pcm: bytes, grammar: Grammar) -> Heard:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._recogniser.recognise, pcm, grammar)
        except Exception as error:
            # Not its text and not its trace: they may hold what was said.
            raise ValueError(type(error).__name__) from None


async def _utterance(reader: asyncio.StreamReader) -> bytes:
    """Return the audio; ValueError when it is longer than an answer can be."""
    pcm = bytearray()
    while piece := await reader.read(1 << 16):
        pcm += piece
        if len(pcm) > MAX_AUDIO:
            raise ValueError("too long")
    return bytes(pcm[: len(pcm) & ~1])


async def _answer(writer: asyncio.StreamWriter, answer: dict[str, Any]) -> None:
    with contextlib.suppress(ConnectionError):
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()
    writer.close()


async def _run(path: Path, recogniser: Recogniser) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(Desk(recogniser).attend, str(path), limit=MAX_LINE)
    path.chmod(0o600)
    _log.info("the recogniser listens")
    await stop.wait()
    server.close()
    path.unlink(missing_ok=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGTERM; `argv` are the words behind the module. 78 = there is no such recogniser."""
    parser = argparse.ArgumentParser(description="Turns spoken answers into words")
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--engine", required=True)
    arguments = parser.parse_args(argv)
    os.umask(0o077)
    begin_log()
    harden()
    try:
        recogniser = engine(arguments.engine)
    except ConfigError as error:
        _log.error("%s", error)
        return CANNOT_START
    asyncio.run(_run(arguments.socket, recogniser))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
