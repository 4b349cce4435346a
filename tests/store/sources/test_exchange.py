"""One request, one answer, over real sockets."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pbx.core.address import is_public
from pbx.core.errors import TransportError
from pbx.recording.webhook_url import parse_webhook_url
from pbx.store.sources.exchange import MAX_HEAD, Exchange, Request
from tests.authority import Authority

LIMIT = 1000


@asynccontextmanager
async def server(
    answer: bytes, *, closes: bool = True, context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[str, list[bytes]]]:
    """One that says the same to everybody; what it was asked is kept."""
    asked: list[bytes] = []

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        asked.append(head + (await reader.readexactly(int(length)) if length else b""))
        writer.write(answer)
        if closes:
            writer.close()

    listening = await asyncio.start_server(attend, "127.0.0.1", 0, ssl=context)
    try:
        yield (
            f"http{'s' if context else ''}://127.0.0.1:{listening.sockets[0].getsockname()[1]}/ask?n=1",
            asked,
        )
    finally:
        listening.close()


async def ask(url: str, body: bytes | None = None, *, allowed: bool = True) -> tuple[int, bytes]:
    made = Exchange(is_allowed=lambda host: allowed or is_public(host), max_body=LIMIT)
    request = Request(url=parse_webhook_url(url), headers={"X-Key": "k"}, body=body)
    answer = await made.ask(request)
    assert answer.headers["x-kind"] == "a: b"
    return answer.status, answer.body


OK = b"HTTP/1.1 200 OK\r\nX-Kind: a: b\r\n"


async def test_a_question_and_its_answer() -> None:
    async with server(OK + b"\r\nyes") as (url, asked):
        assert await ask(url) == (200, b"yes")
    lines = asked[0].split(b"\r\n")
    assert lines[0] == b"GET /ask?n=1 HTTP/1.0"
    assert b"X-Key: k" in lines and not any(line.startswith(b"Content") for line in lines)


async def test_a_body_is_posted_as_json() -> None:
    async with server(b"HTTP/1.1 302 Found\r\nX-Kind: a: b\r\nLocation: http://10.0.0.1/\r\n\r\n") as (
        url,
        asked,
    ):
        assert await ask(url, b'{"a": 1}') == (302, b""), "a redirection is not followed"
    assert asked[0].startswith(b"POST /ask?n=1 HTTP/1.0\r\n") and asked[0].endswith(b'\r\n\r\n{"a": 1}')
    assert b"Content-Type: application/json\r\nContent-Length: 8\r\n" in asked[0]


async def test_who_says_how_long_it_is_need_not_hang_up() -> None:
    async with server(OK + b"Content-Length: 3\r\n\r\nyes", closes=False) as (url, _):
        async with asyncio.timeout(5.0):
            assert await ask(url) == (200, b"yes")


@pytest.mark.parametrize("length", ["", "Content-Length: {}\r\n"])
async def test_as_long_as_allowed_and_no_longer(length: str) -> None:
    for n_bytes in (LIMIT, LIMIT + 1):
        said = OK + length.format(n_bytes).encode() + b"\r\n" + b"x" * n_bytes
        async with server(said) as (url, _):
            if n_bytes == LIMIT:
                assert await ask(url) == (200, b"x" * LIMIT)
            else:
                with pytest.raises(TransportError, match="longer than 1000 octets"):
                    await ask(url)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-x\r\n\r\n",
        OK + b"Content-Length: 9\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\n" + b"a" * MAX_HEAD * 2,
    ],
)
async def test_what_is_no_answer(answer: bytes) -> None:
    async with server(answer) as (url, _):
        with pytest.raises(TransportError):
            await ask(url)


@pytest.mark.requirement("S-38")
async def test_an_address_that_is_not_allowed_is_not_spoken_to() -> None:
    async with server(OK + b"\r\n") as (url, asked):
        with pytest.raises(TransportError, match="not on the public network"):
            await ask(url, allowed=False)
        with pytest.raises(TransportError, match="not on the public network"):
            await ask(url.replace("127.0.0.1", "localhost"), allowed=False)
    assert asked == []


@pytest.mark.requirement("IVR-04")
async def test_a_server_proves_who_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authorities of the system are read once, however often it is asked."""
    made: list[ssl.SSLContext] = []
    authority = Authority(tmp_path)
    pair = authority.issue("server", dns=("orders.example",))
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(pair.chain, pair.key)

    def of_the_system() -> ssl.SSLContext:
        made.append(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        made[-1].load_verify_locations(authority.file)
        return made[-1]

    monkeypatch.setattr(ssl, "create_default_context", of_the_system)
    async with server(OK + b"\r\nyes", context=serving) as (url, asked):
        known = Exchange(is_allowed=lambda _: True, max_body=LIMIT)
        request = Request(url=parse_webhook_url(url))
        for _ in range(2):
            assert (await known.ask(request)).body == b"yes"
        stranger = Exchange(
            is_allowed=lambda _: True, max_body=LIMIT, context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        )
        with pytest.raises(TransportError, match="SSLCertVerificationError"):
            await stranger.ask(request)
    assert len(made) == 1 and len(asked) == 2


async def test_nobody_listens() -> None:
    with pytest.raises(TransportError, match="ConnectionRefusedError"):
        await ask("http://127.0.0.1:9/")
