"""A server of the tenant, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pbx.core.address import is_public
from pbx.store.sources.http import MAX_BODY, HttpSource
from pbx.store.sources.source import MAX_ROWS, SourceAway

NUMBER = "+441632960123"
ANN = (
    '{"id": "7", "name": "Ann", "entity_type": "individual", "phone": "+441632960123", '
    '"date_of_birth": "1980-02-03"}'
)
OK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"


@asynccontextmanager
async def server(answer: str) -> AsyncIterator[tuple[str, list[str]]]:
    """One that says the same to everybody; what it was asked is kept."""
    asked: list[str] = []

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(answer.encode())
        writer.close()

    listening = await asyncio.start_server(attend, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/callers?number={{number}}", asked
    finally:
        listening.close()
        await listening.wait_closed()


def source(url: str) -> HttpSource:
    return HttpSource("crm", "GB", url, headers={"Authorization": "Bearer x"}, is_allowed=lambda _: True)


@pytest.mark.parametrize("body", [f'{{"customers": [{ANN}]}}', f"[{ANN}]"])
async def test_who_has_a_number(body: str) -> None:
    async with server(OK + body) as (url, asked):
        [ann] = await source(url).by_number(NUMBER)
    assert (ann.key, ann.name) == ("7", "Ann")
    lines = asked[0].split("\r\n")
    assert lines[0] == "GET /callers?number=%2B441632960123 HTTP/1.0"
    assert "Authorization: Bearer x" in lines


async def test_nobody_has_it() -> None:
    async with server("HTTP/1.1 404 Not Found\r\n\r\nno") as (url, _):
        assert await source(url).by_number(NUMBER) == []


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "SSH-2.0-x\r\n\r\n",
        "HTTP/1.1 500 Oops\r\n\r\n[]",
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + "x" * 20_000 + "\r\n\r\n[]",
        OK + "not json",
        OK + '{"customers": 1}',
        OK + '["a"]',
        OK + "[" * 100_000,
        OK + f"[{','.join([ANN] * (MAX_ROWS + 1))}]",
        OK + " " * (MAX_BODY + 1),
    ],
)
async def test_an_answer_that_does_not_say(answer: str) -> None:
    async with server(answer) as (url, _):
        with pytest.raises(SourceAway) as caught:
            await source(url).by_number(NUMBER)
    assert str(caught.value).startswith("crm: ") and "Ann" not in str(caught.value)


async def test_nobody_listens_or_it_is_not_to_be_spoken_to() -> None:
    async with server(OK + "[]") as (url, asked):
        inner = HttpSource("crm", "GB", url, headers={}, is_allowed=is_public)
        with pytest.raises(SourceAway, match="public network"):
            await inner.by_number(NUMBER)
        assert asked == []
    with pytest.raises(SourceAway):
        await source(url).by_number(NUMBER)
