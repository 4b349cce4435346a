"""SIPp as a test peer: one scenario file, filled in, played once by one process of its own."""

import asyncio
import hashlib
import re
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from pbx.core.secret import Secret
from tests.ports import free_port as free_port

SCENARIOS = Path(__file__).parents[2] / "sipp_scenarios"
PHONE, CARRIER = "127.0.0.1", "127.0.0.2"  # the sample trunk knows the carrier by its address
DOMAIN = "acme.example"
TIMEOUT_S = 8
START_S = 5.0
LOOK_S = 0.1
PORT_TAKEN = 254  # SIPp could not bind a socket; nothing was sent
_BLANK = re.compile(r"\{\{(\w+)\}\}")
_ENTRY = re.compile(r"^-{20,}.*\n(?:UDP|TCP) message (sent|received) .*\n\n", re.MULTILINE)
_MODE = {"udp": "u1", "tcp": "t1"}

Transport = Literal["udp", "tcp"]
Fill = Mapping[str, str | Secret[str]]
Algorithm = Literal["MD5", "SHA-256"]
_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What to play and where: `scenario` without .xml, `fill` for its {{blanks}}.

    `port` 0 takes a free one; `server` is where a calling scenario sends to, None for a called one.
    `counts` = it tells of its audio on its screen; `echoes` = it sends back all audio that it gets;
    `limit_s` = the longest that it may take; `calls` = so many, one after the other or at once.
    """

    scenario: str
    host: str = PHONE
    port: int = 0
    server: int | None = None
    transport: Transport = "udp"
    fill: Fill = field(default_factory=dict)
    counts: bool = False
    echoes: bool = False
    limit_s: int = TIMEOUT_S
    calls: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a play ended: 0 when every message came as the scenario says, and what was received.

    `screen` = the statistics that SIPp has shown from time to time, when it was to count.
    """

    code: int
    sent: tuple[str, ...]
    received: tuple[str, ...]
    error: str
    screen: str

    @property
    def is_played(self) -> bool:
        """Whether the scenario went through to its end."""
        return self.code == 0

    @property
    def received_lines(self) -> list[str]:
        """The first line of every message received, without the SIP version."""
        return [message.split("\n", 1)[0].replace("SIP/2.0", "").strip() for message in self.received]

    def __repr__(self) -> str:
        """Show no message: they carry digest responses."""
        return f"Outcome(code={self.code}, received={self.received_lines}, error={self.error!r})"


def authorization(
    extension: str, secret: Secret[str], request: tuple[str, str], server: int, algorithm: Algorithm = "MD5"
) -> Secret[str]:
    """Return the answer of `extension` to a fresh challenge, for a request as (method, URI).

    SIPp answers the first challenge only, and only MD5; the PBX puts its best first (RFC 8760 §2.3).
    """
    hashed = _HASHES[algorithm]

    def digest(text: str) -> str:
        return hashed(text.encode()).hexdigest()

    method, uri = request
    nonce = _nonce(server)
    ha1, ha2 = digest(f"{extension}:{DOMAIN}:{secret.reveal()}"), digest(f"{method}:{uri}")
    proof = digest(f"{ha1}:{nonce}:00000001:0a4f113b:auth:{ha2}")
    return Secret(
        f'Digest username="{extension}", realm="{DOMAIN}", nonce="{nonce}", uri="{uri}", '
        f'algorithm={algorithm}, qop=auth, nc=00000001, cnonce="0a4f113b", response="{proof}"'
    )


def _nonce(server: int) -> str:
    with socket.socket(type=socket.SOCK_DGRAM) as asking:
        asking.settimeout(START_S)
        asking.bind((PHONE, 0))
        port = asking.getsockname()[1]
        lines = (
            f"REGISTER sip:{DOMAIN} SIP/2.0",
            f"Via: SIP/2.0/UDP {PHONE}:{port};branch=z9hG4bK{port};rport",
            "Max-Forwards: 70",
            f"From: <sip:0@{DOMAIN}>;tag={port}",
            f"To: <sip:0@{DOMAIN}>",
            f"Call-ID: nonce-{port}",
            "CSeq: 1 REGISTER",
            "Content-Length: 0",
        )
        asking.sendto("\r\n".join((*lines, "", "")).encode(), (PHONE, server))
        found = re.search(rb'nonce="([^"]+)"', asking.recv(4096))
    assert found, "the PBX did not challenge"
    return found[1].decode()


async def play(order: Play) -> Outcome:
    """Play to the end; once more, with other free ports, if somebody took one of them before SIPp did."""
    outcome = await _played(order)
    return await _played(order) if outcome.code == PORT_TAKEN else outcome


async def _played(order: Play) -> Outcome:
    async with playing(order) as run:
        return await run


@asynccontextmanager
async def playing(order: Play) -> AsyncIterator[asyncio.Task[Outcome]]:
    """Start a play and yield its outcome to come; a called scenario listens before the block begins."""
    with TemporaryDirectory() as directory:  # the filled scenario holds a secret: it goes with the process
        folder = Path(directory)
        (folder / "scenario.xml").write_text(_filled(order))
        port = order.port or free_port(order.host)
        process = await asyncio.create_subprocess_exec(
            *("sipp", *_options(order, port)),
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        run = asyncio.create_task(_outcome(process, folder, order.limit_s))
        looking = asyncio.create_task(_looking(process, folder)) if order.counts else None
        try:
            if order.server is None:
                await asyncio.wait_for(_listening(order, port, process), START_S)
            yield run
        finally:
            if process.returncode is None:
                process.kill()
            await run
            if looking is not None:
                await looking


def _filled(order: Play) -> str:
    def value(blank: re.Match[str]) -> str:
        text = order.fill[blank[1]]
        return text.reveal() if isinstance(text, Secret) else text

    return _BLANK.sub(value, (SCENARIOS / f"{order.scenario}.xml").read_text())


def _options(order: Play, port: int) -> list[str]:
    target = [] if order.server is None else [f"127.0.0.1:{order.server}"]
    return [
        *target,
        *("-sf", "scenario.xml", "-m", str(order.calls), "-nostdin", "-t", _MODE[order.transport]),
        *("-i", order.host, "-p", str(port), "-mi", order.host, "-mp", str(free_port(order.host))),
        *("-timeout", f"{order.limit_s}s", "-timeout_error", "-recv_timeout", f"{order.limit_s * 1000}"),
        *(("-rtp_echo",) if order.echoes else ()),
        *(("-trace_screen", "-screen_file", "screen") if order.counts else ()),
        *("-trace_msg", "-message_file", "messages", "-trace_err", "-error_file", "errors"),
    ]


async def _looking(process: asyncio.subprocess.Process, folder: Path) -> None:
    """Have SIPp write its screen again and again: at its end it shows no audio any more."""
    while process.returncode is None:
        if (folder / "messages").exists():  # the signal ends a SIPp that has not begun
            process.send_signal(signal.SIGUSR2)
        await asyncio.sleep(LOOK_S)


async def _outcome(process: asyncio.subprocess.Process, folder: Path, limit_s: int) -> Outcome:
    try:
        code = await asyncio.wait_for(process.wait(), limit_s + 10)
    except TimeoutError:
        process.kill()
        code = await process.wait()
    parts = _ENTRY.split(_read(folder / "messages"))[1:]
    entries = list(zip(parts[::2], parts[1::2], strict=True))
    return Outcome(
        code=code,
        sent=tuple(text for way, text in entries if way == "sent"),
        received=tuple(text for way, text in entries if way == "received"),
        error=" ".join(_read(folder / "errors").split("\n")[:2]),  # a heading and the first error
        screen=_read(folder / "screen"),
    )


def _read(file: Path) -> str:
    return file.read_text(errors="replace").replace("\r\n", "\n") if file.exists() else ""


async def _listening(order: Play, port: int, process: asyncio.subprocess.Process) -> None:
    """Wait until somebody has the port, or the process has ended."""
    kind = socket.SOCK_DGRAM if order.transport == "udp" else socket.SOCK_STREAM
    while process.returncode is None:
        with socket.socket(type=kind) as probe:
            try:
                probe.bind((order.host, port))
            except OSError:
                return
        await asyncio.sleep(0.02)
