"""Speech engines: programs of the machine that turn a sentence into a WAV file."""

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from pbx.core.errors import StorageError

SPEAK_TIMEOUT_S = 20.0
MAX_TEXT = 2000  # two minutes of speech
PIPER_MODEL_VARIABLE = "PBX_PIPER_MODEL"


class SpeechEngine(Protocol):
    """`name` identifies engine and voice: another name makes other audio of the same sentence."""

    @property
    def name(self) -> str: ...

    async def speak(self, text: str, language: str, out: Path) -> None:
        """Write `text` as a WAV file; StorageError when the engine cannot."""
        ...


class FliteEngine:
    """CMU Flite; English voices only, whatever the language says."""

    def __init__(self, voice: str = "rms") -> None:
        self.voice = voice

    @property
    def name(self) -> str:
        return f"flite-{self.voice}"

    async def speak(self, text: str, language: str, out: Path) -> None:
        # After -t the next argument is text whatever it begins with; no shell sees it.
        await _run(["flite", "-voice", self.voice, "-t", _speakable(text), "-o", str(out)], b"")


class PiperEngine:
    """Piper with one voice model; the text goes in on standard input.

    Piper is GPL-3: it is a program beside ours, never imported.
    """

    def __init__(self, program: Path, model: Path) -> None:
        self.program = program
        self.model = model

    @property
    def name(self) -> str:
        return f"piper-{self.model.stem}"

    async def speak(self, text: str, language: str, out: Path) -> None:
        command = [str(self.program), "--model", str(self.model), "--output_file", str(out)]
        await _run(command, _speakable(text).encode() + b"\n")


def find_engine(name: str) -> SpeechEngine | None:
    """Return the engine called `flite`, `flite:VOICE` or `piper:MODEL` if it can be used, else None."""
    kind, _, option = name.partition(":")
    if kind == "flite" and shutil.which("flite"):
        return FliteEngine(option or "rms")
    if kind == "piper":
        return _find_piper(Path(option or os.environ.get(PIPER_MODEL_VARIABLE, "")))
    return None


def _find_piper(model: Path) -> PiperEngine | None:
    """A voice is two files, `VOICE.onnx` and `VOICE.onnx.json`; without both piper cannot speak."""
    # Our own environment goes first: Debian's `piper` is a tool for mice.
    beside = shutil.which("piper", path=str(Path(sys.executable).parent))
    program = beside or shutil.which("piper")
    if program is None or not (model.is_file() and model.with_name(f"{model.name}.json").is_file()):
        return None
    return PiperEngine(Path(program), model)


def _speakable(text: str) -> str:
    """One line without control characters, of bounded length."""
    if len(text) > MAX_TEXT:
        raise StorageError("sentence too long to speak", retryable=False)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


async def _run(command: Sequence[str], stdin: bytes) -> None:
    name = Path(command[0]).name
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        raise StorageError(f"{name}: {error.strerror}", retryable=False) from None
    try:
        await asyncio.wait_for(process.communicate(stdin), SPEAK_TIMEOUT_S)
    except TimeoutError:
        raise StorageError(f"{name} took too long", retryable=True) from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode != 0:
        raise StorageError(f"{name} ended with status {process.returncode}", retryable=False)
