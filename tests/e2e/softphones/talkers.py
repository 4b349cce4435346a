"""Many telephones of one softphone process, each in one call: what they say, and where it is written.

Orders come as one JSON object on stdin. Every talker registers; those with a number then call, the others
answer. A talker says the voice of its file again and again; the caller hangs up after `TALK_S`.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.softphones.script import write_wav
from tests.integration.voices import speech_like

PJSUA_TALKERS = 4  # calls that one process has room for
VOICE_S = 1.6
TALK_S = 4.0  # one voice from its beginning to its end, wherever the hearing begins, and a slow start


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
