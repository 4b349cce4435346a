"""Masters: what is kept of a recording of a prompt: one channel, 16 kHz at most, levelled, and who made it.

The program of this module makes one from a file of strangers. It is a process of its own, because decoders
are attacked, and it takes no more of the machine than LIMITS.
"""

import asyncio
import contextlib
import json
import resource
import sys
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path

import numpy as np
import soundfile

from pbx.core.errors import StorageError
from pbx.media.bs1770 import Samples, integrated, true_peak
from pbx.media.clip import WIDE_RATE
from pbx.media.g711 import SAMPLE_RATE
from pbx.media.io.audio_files import at_rate, decoded
from pbx.media.loudness import amplified, gain_to_target, one_channel, without_dc

MAX_SECONDS = 600.0
TIMEOUT_S = 120.0
LIMITS = {
    resource.RLIMIT_CPU: 60,
    resource.RLIMIT_AS: 4 << 30,  # ten minutes of stereo, decoded and again as doubles
    resource.RLIMIT_FSIZE: 64 << 20,
    resource.RLIMIT_NOFILE: 64,
}
_TAGS = ("title", "artist", "date", "comment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who made a recording, when (ISO 8601), how, and what it says; kept in the file itself."""

    sentence: str = ""
    author: str = ""
    at: str = ""
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Loudness in LUFS and true peak in dBTP; None = silence."""

    seconds: float
    rate: int
    lufs: float | None
    dbtp: float | None


async def make_master(source: Path, target: Path, origin: Origin) -> Measured:
    """Write the master of a file, and return what the file was like; StorageError in one line."""
    program = [sys.executable, "-m", "pbx.media.io.prompt_master", str(source), str(target)]
    process = await asyncio.create_subprocess_exec(
        *program,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        words = json.dumps(asdict(origin)).encode()
        said, _ = await asyncio.wait_for(process.communicate(words), TIMEOUT_S)
    except TimeoutError:
        raise StorageError(f"{source.name}: it took too long to read", retryable=False) from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    answer = json.loads(said) if said else {"error": "reading it took more than it may"}
    if "error" in answer:
        raise StorageError(f"{source.name}: {answer['error']}", retryable=False)
    return Measured(**answer)


def measure(file: Path) -> Measured:
    """Return what a file is like, all its channels together; StorageError when it cannot be read."""
    return _measured(*decoded(file))


def _measured(samples: Samples, rate: int) -> Measured:
    peak = max(true_peak(column) for column in samples.T)
    loudness = integrated(samples, rate)
    return Measured(
        seconds=round(len(samples) / rate, 2), rate=rate, lufs=_rounded(loudness), dbtp=_rounded(peak)
    )


def origin_of(file: Path) -> Origin:
    """Return what a master says of itself; nothing when the file is none."""
    try:
        with soundfile.SoundFile(str(file)) as opened:
            sentence, author, at, how = (str(getattr(opened, tag)) for tag in _TAGS)
    except (soundfile.LibsndfileError, OSError):
        return Origin()
    return Origin(sentence=sentence, author=author, at=at, how=how)


def write_master(source: Path, target: Path, origin: Origin) -> Measured:
    """The same as `make_master`, in this process."""
    samples, rate = decoded(source)
    if len(samples) > MAX_SECONDS * rate:
        raise StorageError(f"{source.name}: longer than {MAX_SECONDS:.0f} s", retryable=False)
    before = _measured(samples, rate)
    mono = without_dc(one_channel(samples), rate)
    # As the library measures it, so that it finds nothing to do.
    gain = gain_to_target(at_rate(mono, rate, SAMPLE_RATE), SAMPLE_RATE)
    wanted = WIDE_RATE if rate > SAMPLE_RATE else SAMPLE_RATE
    pcm = np.rint(amplified(at_rate(mono, rate, wanted), gain, wanted) * 32767).astype("<i2")
    with soundfile.SoundFile(
        str(target), "w", samplerate=wanted, channels=1, format="WAV", subtype="PCM_16"
    ) as file:
        said = (origin.sentence, origin.author, origin.at, origin.how)
        for tag, value in zip(_TAGS, said, strict=True):
            if value:
                setattr(file, tag, value)
        file.write(pcm)
    return before


def _rounded(value: float) -> float | None:
    return round(value, 1) if isfinite(value) else None


def main(source: str, target: str) -> None:
    """Make one master within LIMITS, and say on stdout what came of it."""
    for kind, limit in LIMITS.items():
        resource.setrlimit(kind, (limit, limit))
    origin = Origin(**json.loads(sys.stdin.read()))
    try:
        answer: dict[str, object] = asdict(write_master(Path(source), Path(target), origin))
    except StorageError as error:
        answer = {"error": str(error).partition(": ")[2]}
    except MemoryError:
        answer = {"error": "it takes too much memory"}
    except OSError as error:
        answer = {"error": error.strerror or "it cannot be read"}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
