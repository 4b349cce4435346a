"""Telephones that are told what to do line by line, and tell line by line what becomes of it.

The first line on stdin is `DeskOrders`; each further one is an `Order`; each line on stdout that begins with
a brace is a `Fact`. A call is named by the test when it is made, by its telephone when it comes in. At the
end of stdin everybody hangs up. Every call says the tone of its telephone and writes what it hears, PCM16 at
8 kHz behind `WAV_HEADER` octets.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from tests.e2e.softphones.script import tone_pcm, write_wav

WAV_HEADER = 44
DOMAIN = "acme.example"
SAID_S = 40.0  # longer than a scene
Act = Literal["call", "answer", "reject", "redirect", "hang_up", "hold", "resume", "transfer", "press"]
What = Literal["registered", "incoming", "dialog", "ringing", "up", "over", "transferred"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One telephone; without a password it is the carrier, known by its address."""

    user: str
    password: str
    host: str
    tone_hz: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskOrders:
    """All telephones of a process; `port` is the PBX on 127.0.0.1."""

    port: int
    folder: str
    desks: tuple[Desk, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to do with a call; `target` is a URI or keys, `other` the call that a transfer replaces.

    `replaces` goes into the INVITE of a call: it takes the place of another telephone's (RFC 3891).
    """

    act: Act
    user: str
    call: str
    target: str = ""
    status: int = 0
    other: str = ""
    replaces: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What became of a call; `status` of who is over or transferred, `display` of who calls.

    `replaces` names the dialog of a call that came in, as others have to in the header of that name.
    """

    user: str
    what: What
    call: str = ""
    status: int = 0
    display: str = ""
    replaces: str = ""


def first_line() -> str:
    """Read one line of stdin and nothing behind it."""
    read = b""
    while not read.endswith(b"\n"):
        octet = os.read(sys.stdin.fileno(), 1)
        if not octet:
            raise EOFError("no orders")
        read += octet
    return read.decode()


def desk_orders(line: str) -> DeskOrders:
    """Read the first line."""
    written = json.loads(line)
    return DeskOrders(**written | {"desks": tuple(Desk(**one) for one in written["desks"])})


def order(line: str) -> Order:
    """Read a further line."""
    return Order(**json.loads(line))


def tell(fact: Fact) -> None:
    """Say what became of something."""
    sys.stdout.write(json.dumps(asdict(fact)) + "\n")
    sys.stdout.flush()


def heard_file(folder: str, user: str, call: str) -> Path:
    """Where a call writes what it hears."""
    return Path(folder) / f"{user}.{call}.wav"


def tone_file(folder: str, desk: Desk) -> Path:
    """Write the tone of a telephone and return where; PJSIP says it with a hole wherever it begins anew."""
    path = Path(folder) / f"{desk.user}.said.wav"
    write_wav(path, tone_pcm(desk.tone_hz, SAID_S))
    return path
