"""The web server of playback against who floods it, guesses, dawdles, or does not read."""

import asyncio
import json
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from pbx.config.playback import PlaybackSettings
from pbx.config.transports import PairSettings
from pbx.core.errors import ConfigError
from pbx.core.io.settings_file import read_settings
from pbx.lifecycle.link_messages import RevokeLink
from pbx.playback.io import patience, server
from pbx.playback.io import site as site_module
from pbx.playback.io.room import MAX_PIECE, Room
from pbx.playback.io.site import GUESSES
from pbx.sip.defence.buckets import Rate
from tests.authority import Authority
from tests.integration.dumpable import is_dumpable
from tests.integration.playback_site import ADA, House, house, house_of
from tests.integration.remote_machine import free_port
from tests.integration.web_client import Browser
from tests.recording.stored_sound import sound

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("REC-11")]
Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here() -> AsyncIterator[House]:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(site_module, "REQUESTS", Rate(per_s=1000, burst=1000))
        patch.setattr(server, "SEND_BUFFER", 4096)
        async with house(Path(folder)) as one:
            yield one


async def wire(here: House) -> Wire:
    return await asyncio.open_connection(*here.address)


async def ended(reader: asyncio.StreamReader) -> bytes:
    """What comes until the other end closes or breaks the connection."""
    try:
        return await asyncio.wait_for(reader.read(), 5)
    except ConnectionResetError:
        return b"reset"


async def test_a_request_that_does_not_end_is_not_waited_for(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "REQUEST_S", 0.1)
    for octets in (
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST /l/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
    ):
        reader, writer = await wire(here)
        writer.write(octets)
        assert b"200" not in await ended(reader)
        writer.close()


async def test_who_has_closed_one_half_is_gone(here: House) -> None:
    reader, writer = await wire(here)
    writer.write(b"GET /none HTTP/1.1\r\nHost: x\r\n")
    writer.write_eof()
    assert await ended(reader) == b""
    writer.close()


async def test_a_head_that_is_too_long_and_rubbish_are_refused(here: House) -> None:
    for octets in (b"GET /" + b"a" * (patience.MAX_HEAD + 1), b"\x16\x03\x01 hello\r\n\r\n"):
        reader, writer = await wire(here)
        writer.write(octets)
        assert (await ended(reader)).startswith(b"HTTP/1.1 400 ")
        writer.close()


async def test_a_body_is_refused(here: House) -> None:
    assert (await here.browser().ask("POST", "/l/x", body=b"a")).status == 413


async def test_a_browser_that_does_not_read_is_left(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "STALL_S", 0.1)
    browser, page = await here.player()
    cookie = browser.cookies[page].output(attrs=[], header="").strip()
    ours = socket.create_connection(here.address)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    ours.setblocking(False)
    request = f"GET {page}sound.wav HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode()
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(60):  # until the kernel's buffers are full, and the server loses patience
            with pytest.raises((ConnectionResetError, BrokenPipeError)):
                while True:
                    await loop.sock_sendall(ours, request)
                    await asyncio.sleep(0.01)  # it reads no request while it cannot answer
    finally:
        ours.close()


async def test_a_download_ends_where_its_link_is_revoked() -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "SEND_BUFFER", 4096)
        async with house_of(Path(folder), 240, sound) as long:
            browser, page = await long.player()
            cookie = browser.cookies[page].output(attrs=[], header="").strip()
            ours = socket.socket()
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            ours.connect(long.address)
            reader, writer = await asyncio.open_connection(sock=ours)
            writer.write(f"GET {page}sound.wav HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode())
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            assert head.startswith(b"HTTP/1.1 200 ")
            await long.ask(ADA, RevokeLink(link=page.split("/")[2]))
            body = await asyncio.wait_for(reader.read(), 30)
            assert 0 < len(body) <= 2 * MAX_PIECE < 240 * 16_000
            writer.close()


async def test_by_tls_the_cookie_never_goes_in_the_clear(here: House, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue("web")
    settings = PlaybackSettings(port=free_port(), certificate=PairSettings(chain=pair.chain, key=pair.key))
    web = await server.listen(settings, Room(here.archive, here.read), tmp_path)
    context = ssl.create_default_context(cafile=str(authority.file))
    reader, writer = await asyncio.open_connection("127.0.0.1", settings.port, ssl=context)
    path = urlsplit((await here.link()).url.reveal()).path
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    head = (await ended(reader)).lower()
    assert head.startswith(b"http/1.1 303 ") and b"; secure" in head
    assert b"strict-transport-security: max-age=" in head
    writer.close()
    web.close()


async def test_connections_of_one_address_are_counted(here: House) -> None:
    wires = [await wire(here) for _ in range(patience.MAX_OF_ONE + 1)]
    assert await ended(wires[-1][0]) in (b"", b"reset")
    for _, writer in wires:
        writer.close()
        await writer.wait_closed()
    assert (await here.browser().get("/none")).status == 404


async def test_who_guesses_is_told_to_wait(here: House) -> None:
    """Last, for the address has to wait after it."""
    replies = [await here.browser().get(f"/l/{n}") for n in range(GUESSES.burst + 1)]
    assert [one.status for one in replies] == [410] * GUESSES.burst + [429]
    assert replies[-1].headers["retry-after"] == "10"
    browser, page = await here.player()
    assert (await browser.get(page)).status == 200  # who has a link does not suffer for it


async def process(folder: Path, port: int) -> asyncio.subprocess.Process:
    """Start the process as the supervisor does."""
    config, settings = folder / "finaliser.json", folder / "playback.json"
    settings.write_text(PlaybackSettings(port=port).model_dump_json())
    store = {"kind": "local", "directory": str(folder)}
    told = {
        "spool": str(folder),
        "vault": str(folder / "v"),
        "config": str(folder / "config"),
        "store": store,
    }
    config.write_text(json.dumps(told | {"database": f"sqlite+aiosqlite:///{folder}/pbx.db"}))
    words = ("-m", "pbx.playback.io.server", "--config", str(config), "--settings", str(settings))
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(sys.executable, *words, stdout=pipe, stderr=pipe)


@pytest.mark.proof
async def test_the_process_serves_and_keeps_what_it_hears(tmp_path: Path) -> None:
    port = free_port()
    serves = await process(tmp_path, port)
    assert serves.stdout is not None
    assert b"READY" in await asyncio.wait_for(serves.stdout.read(200), 20)
    assert not is_dumpable(serves.pid)
    assert (await Browser(("127.0.0.1", port)).get("/")).status == 404
    told = tmp_path / "exposed.json"
    told.write_text('{"host": "192.0.2.1", "url": "https://pbx.example"}')
    with pytest.raises(ConfigError, match="in the clear"):
        read_settings(PlaybackSettings, told)
    serves.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(serves.wait(), 10) == 0
