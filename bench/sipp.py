"""Load from SIPp: calls from the trunk's address, and the telephone that answers them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pbx.core.secret import Secret
from tests.e2e.running import RunningPbx
from tests.e2e.sipp import CARRIER, DOMAIN, PHONE, Play, authorization, free_port, play

FOLDER = Path(__file__).parent
ECHO, DESK = "01632960102", "01632960101"  # what the sample configuration answers itself, and extension 1003
CARRIER_INVITE = b"\r\n".join(
    (
        b"INVITE sip:01632960101@127.0.0.1:5060 SIP/2.0",
        b"Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK-1-1-0;rport",
        b"From: <sip:+447700900123@127.0.0.2>;tag=1b1",
        b"To: <sip:01632960101@127.0.0.1>",
        b"Call-ID: 1-1@127.0.0.2",
        b"CSeq: 1 INVITE",
        b"Contact: <sip:bench@127.0.0.2:5060>",
        b"Max-Forwards: 70",
        b"Content-Length: 0",
        b"",
        b"",
    )
)
LATE_S = 2.0  # a load generator that needs longer than it should has not kept its rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """`n_calls` to `called`, `rate` of them a second, each held for `held_ms`."""

    called: str
    rate: int
    n_calls: int
    held_ms: int = 100


async def place(pbx: RunningPbx, load: Load) -> str:
    """Place the calls; returns "" when every one of them went through at this rate, else what was lost."""
    process = await asyncio.create_subprocess_exec(
        *("sipp", f"{PHONE}:{pbx.port}", "-sf", str(FOLDER / "uac.xml"), "-s", load.called),
        *("-i", CARRIER, "-r", str(load.rate), "-m", str(load.n_calls), "-d", str(load.held_ms)),
        *("-l", "5000", "-nostdin", "-timeout", "180", "-timeout_error"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    began = time.monotonic()
    try:
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
    late_s = time.monotonic() - began - load.n_calls / load.rate - load.held_ms / 1000
    if code != 0:
        return f"LOST CALLS (SIPp ended with {code})"
    return f"TOO SLOW (by {late_s:.1f} s)" if late_s > LATE_S else ""


@asynccontextmanager
async def telephone(pbx: RunningPbx) -> AsyncIterator[int]:
    """Register extension 1003 and let SIPp answer its calls; yields the port that it has."""
    port = free_port(PHONE)
    answer = authorization("1003", pbx.secret("1003"), ("REGISTER", f"sip:{DOMAIN}"), pbx.port)
    fill: dict[str, str | Secret[str]] = {
        "extension": "1003",
        "expires": "3600",
        "status": "200",
        "authorization": answer,
    }
    outcome = await play(Play(scenario="register", server=pbx.port, port=port, fill=fill))
    if not outcome.is_played:
        raise SystemExit(f"extension 1003 cannot register: {outcome}")
    process = await asyncio.create_subprocess_exec(
        *("sipp", "-sf", str(FOLDER / "uas.xml"), "-i", PHONE, "-p", str(port), "-nostdin"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        process.terminate()
        await process.wait()
