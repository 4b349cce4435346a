"""Many telephones of one softphone process, each in one call: what they say, and where it is written.

Orders come as one JSON object on stdin. Every talker registers; those with a number then call, the others
answer. A talker says the voice of its file again and again, and the caller hangs up when both have heard
enough: on a starved machine a telephone hears a second of sound in two or three.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pbx.testphone.signal import Samples
from tests.e2e.softphones.script import write_wav
from tests.integration.voices import RATE, speech_like

PJSUA_TALKERS = 4  # calls that one process has room for
VOICE_S = 1.0
HEARD_S = 3.0  # of sound, so each piece of the voice three times, see heard_voice.py
LIMIT_S = 12.0  # of a conversation in which somebody never hears enough
FRAME = RATE // 50
FAINT = 50.0  # rms of 32767: quieter frames are no sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Talker:
    """One telephone; `security` is plain, sdes, dtls, or the one SDES suite that it offers and takes."""

    user: str
    password: str
    seed: int
    security: str = "plain"
    codecs: tuple[str, ...] = ()  # as the softphone writes them; without any all that it has
    number: str = ""  # "" = wait to be called


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkOrders:
    """All talkers of a process; `port` is the PBX on 127.0.0.1."""

    port: int
    folder: str
    talkers: tuple[Talker, ...]


def talk_orders() -> TalkOrders:
    """Read what to do from stdin."""
    written = json.load(sys.stdin)
    return TalkOrders(**written | {"talkers": tuple(Talker(**one) for one in written["talkers"])})


def voice(seed: int) -> bytes:
    """Return what a talker says, PCM16 at 8 kHz."""
    return speech_like(seed, VOICE_S)


def said_file(folder: str, talker: Talker) -> Path:
    """Write the voice of a talker, and return where."""
    path = Path(folder) / f"{talker.user}.said.wav"
    write_wav(path, voice(talker.seed))
    return path


def heard_file(folder: Path | str, user: str) -> Path:
    """Where a talker writes what it hears, PCM16 at 8 kHz."""
    return Path(folder) / f"{user}.heard.wav"


def audible_s(pcm: Samples) -> float:
    """Return how much of what was heard at 8 kHz is sound."""
    frames = pcm[: len(pcm) // FRAME * FRAME].reshape(-1, FRAME)
    return int(np.count_nonzero(np.square(frames).mean(axis=1) > FAINT**2)) * FRAME / RATE


def enough_file(folder: Path | str, user: str) -> Path:
    """What is there as soon as a telephone has heard enough."""
    return Path(folder) / f"{user}.enough"


def may_hang_up(folder: str, talker: Talker) -> bool:
    """Whether a caller and the one it has called have heard enough."""
    return all(enough_file(folder, user).exists() for user in (talker.user, talker.number))
