"""Debian's baresip as a softphone that answers every call, told what to do over its JSON control port."""

import asyncio
import json
import math
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pbx.core.secret import Secret
from tests.e2e.softphones.script import RATE, tone_pcm, write_wav

SIP_PORT, CONTROL_PORT = 15240, 15250
RTP_PORTS = "15260-15290"
SPEECH_S = 60.0  # baresip ends the call at the end of the file
START_S = 10.0
MODULES = (
    "g711.so",
    "g722.so",
    "opus.so",
    "l16.so",
    "srtp.so",
    "dtls_srtp.so",
    "aufile.so",
    "sndfile.so",
)
APPLICATIONS = ("account.so", "menu.so", "ctrl_tcp.so")
CONFIG = """\
poll_method		epoll
sip_listen		127.0.0.1:{sip}
net_interface		127.0.0.1
audio_source		aufile,{said}
audio_player		aufile,{folder}/unused.wav
audio_alert		aufile,/dev/null
ausrc_srate		{rate}
auplay_srate		8000
ausrc_channels		1
auplay_channels		1
rtp_ports		{rtp}
module_path		{modules}
{load}
ctrl_tcp_listen		127.0.0.1:{control}
snd_path		{folder}
"""
ACCOUNT = (
    "<sip:{user}@127.0.0.1:{port};transport=udp>;auth_user={user};auth_pass={password};answermode=auto;regint=60;"
    "audio_codecs={codecs};ptime=20{encryption}\n"
)


class Baresip:
    """One running baresip; `events` in the order in which it told them."""

    def __init__(self, folder: Path, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        self._folder = folder
        self._reader, self._writer = streams

    async def event(self, kind: str, seconds: float = START_S) -> dict[str, Any]:
        """Return the next event of this kind; TimeoutError when none comes."""
        async with asyncio.timeout(seconds):
            while True:
                told = await self._next()
                if told.get("event") and told.get("type") == kind:
                    return told

    async def command(self, name: str, params: str = "") -> None:
        """Order something; what comes of it arrives as an event."""
        text = json.dumps({"command": name, "params": params, "token": name}).encode()
        self._writer.write(b"%d:%s," % (len(text), text))
        await self._writer.drain()

    def heard(self) -> Path:
        """The recording of what it heard; complete after CALL_CLOSED."""
        (found,) = self._folder.glob("dump-*-dec.wav")
        return found

    async def _next(self) -> dict[str, Any]:
        """Read one netstring."""
        length = int((await self._reader.readuntil(b":"))[:-1])
        text = await self._reader.readexactly(length + 1)
        told: dict[str, Any] = json.loads(text[:-1])
        return told


@asynccontextmanager
async def baresip(
    folder: Path,
    *,
    user: str,
    password: Secret[str],
    port: int,
    tone_hz: float = 0.0,
    voice: bytes = b"",
    rate: int = RATE,
    codecs: str = "PCMU/8000,PCMA/8000",
    encryption: str = "",
) -> AsyncIterator[Baresip]:
    """Run baresip until it is registered; it un-registers and ends with the block.

    It says the tone, or a voice, PCM16 at `rate`, again and again; to another rate it would bend it itself.
    `encryption` is what it calls mediaenc: srtp-mand, dtls_srtp, "" = none.
    """
    pcm = voice * math.ceil(SPEECH_S * 2 * rate / len(voice)) if voice else tone_pcm(tone_hz, SPEECH_S)
    _configure(folder, pcm, rate)
    (folder / "accounts").write_text(_account(user, password, port, codecs=codecs, encryption=encryption))
    process = await asyncio.create_subprocess_exec(
        *(_program(), "-f", str(folder)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        await _wait_said(process, rb"200 OK|\[1 binding")
        streams = await asyncio.open_connection("127.0.0.1", CONTROL_PORT)
        talking = asyncio.create_task(_drain(process))
        yield Baresip(folder, streams)
        await Baresip(folder, streams).command("quit")
        async with asyncio.timeout(START_S):
            await talking
            await process.wait()
        streams[1].close()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _account(user: str, password: Secret[str], port: int, *, codecs: str, encryption: str) -> str:
    return ACCOUNT.format(
        user=user,
        password=password.reveal(),
        port=port,
        codecs=codecs,
        encryption=f";mediaenc={encryption}" if encryption else "",
    )


def _program() -> str:
    found = shutil.which("baresip")
    assert found is not None, "Debian's baresip is missing: apt-get install baresip-core"
    return found


def _configure(folder: Path, pcm: bytes, rate: int) -> None:
    listed = subprocess.run(["dpkg", "-L", "baresip-core"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"^(.*)/g711\.so$", listed, re.MULTILINE)
    assert found is not None, "baresip-core has no G.711"
    said = folder / "said.wav"
    write_wav(said, pcm, rate)
    load = [f"module\t\t\t{name}" for name in MODULES] + [f"module_app\t\t{name}" for name in APPLICATIONS]
    text = CONFIG.format(
        sip=SIP_PORT,
        said=said,
        folder=folder,
        rate=rate,
        rtp=RTP_PORTS,
        modules=found.group(1),
        load="\n".join(load),
        control=CONTROL_PORT,
    )
    (folder / "config").write_text(text)
    (folder / "contacts").write_text("")


async def _wait_said(process: asyncio.subprocess.Process, pattern: bytes) -> None:
    """Read until baresip says something like this."""
    assert process.stdout is not None
    said = b""
    try:
        async with asyncio.timeout(START_S):
            while not re.search(pattern, said):
                piece = await process.stdout.read(4096)
                assert piece, "baresip ended"
                said += piece
    except (TimeoutError, AssertionError) as error:
        raise AssertionError(f"baresip did not register: {said.decode(errors='replace')}") from error


async def _drain(process: asyncio.subprocess.Process) -> None:
    """Take what it prints, so that it never waits for a reader."""
    assert process.stdout is not None
    while await process.stdout.read(4096):
        pass
