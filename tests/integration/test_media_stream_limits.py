"""Bots that refuse, hang, break off or talk rubbish: each ends with its reason, once, and nothing blocks."""

import asyncio
import http
import socket
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from pbx.core.ids import CallId, LegId
from pbx.core.io.clock import monotonic
from pbx.core.secret import Secret
from pbx.media.effects import OpenStream
from pbx.media.events import StreamEnd
from pbx.media.io import media_stream
from pbx.media.io.media_stream import MAX_UNSENT, STALL_S, MediaStream, StreamHooks
from pbx.media.stream_messages import MAX_TEXT
from pbx.media.stream_session import MAX_RUBBISH
from tests.integration.media_parties import A
from tests.integration.voice_bot import Bot, Bots, bots

pytestmark = pytest.mark.requirement("MED-14")


class Call:
    """One stream without a leg."""

    def __init__(self, url: str, *, plain: bool = False) -> None:
        self.started, self.over = asyncio.Event(), asyncio.Event()
        self.ends: list[StreamEnd] = []
        order = OpenStream(leg=LegId("a"), stream="MZ1", account="acme", url=Secret(url), plain=plain)
        hooks = StreamHooks(lambda _: self.started.set(), self._ended)
        self.stream = MediaStream(order, CallId("c"), hooks)

    def _ended(self, _: MediaStream, reason: StreamEnd) -> None:
        self.ends.append(reason)
        self.over.set()

    async def end(self) -> StreamEnd:
        async with asyncio.timeout(10):
            await self.over.wait()
            await asyncio.wait((self.stream.task,))
        (reason,) = self.ends
        return reason


@pytest.fixture
async def town() -> AsyncIterator[Bots]:
    async with bots() as server:
        yield server


@pytest.mark.parametrize(
    ("status", "location"), [(http.HTTPStatus.FORBIDDEN, ""), (http.HTTPStatus.FOUND, "/elsewhere")]
)
async def test_a_status_is_a_refusal_and_no_redirect_is_followed(
    status: http.HTTPStatus, location: str
) -> None:
    asked: list[str] = []

    def refuse(connection: ServerConnection, request: Request) -> Response:
        asked.append(request.path)
        response = connection.respond(status, "no")
        if location:
            response.headers["Location"] = location
        return response

    async def nothing(_: ServerConnection) -> None:
        raise AssertionError

    async with serve(nothing, "127.0.0.1", 0, process_request=refuse) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        assert await Call(f"ws://127.0.0.1:{port}/first").end() == "refused"
    assert asked == ["/first"]


async def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert await Call(f"ws://127.0.0.1:{unused.getsockname()[1]}/").end() == "unreachable"


async def test_a_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_stream, "CONNECT_S", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert await Call(f"ws://127.0.0.1:{silent.getsockname()[1]}/").end() == "timed_out"


async def test_plain_text_leaves_the_machine_only_when_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_stream, "CONNECT_S", 0.1)
    assert await Call("ws://192.0.2.1/").end() == "insecure"
    assert await Call("ws://192.0.2.1/", plain=True).end() in ("timed_out", "unreachable")


async def test_a_call_that_ends_while_connecting() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        call = Call(f"ws://127.0.0.1:{silent.getsockname()[1]}/")
        await asyncio.get_running_loop().run_in_executor(None, silent.accept)
        call.stream.end("closed")
        assert await call.end() == "closed"


async def test_a_bot_that_never_reads_costs_old_audio_then_its_stream(town: Bots) -> None:
    town.listens = False
    call = Call(town.url)
    await town.call()
    await asyncio.wait_for(call.started.wait(), 5)
    stream, now = call.stream, monotonic()
    n_heard = 0
    while stream.dropped < 100:
        for _ in range(10):
            stream.hear(A, bytes(320), now)
        n_heard += 10
        assert n_heard < 20_000
        await asyncio.sleep(0)
    kept = n_heard - stream.dropped
    assert kept >= MAX_UNSENT
    assert stream.speak(A, 0.0) == bytes(320)  # it does not block
    stream.hear(A, None, monotonic() + STALL_S - 1)
    assert not call.ends
    stream.hear(A, None, monotonic() + STALL_S + 1)
    assert await call.end() == "stalled"


async def test_a_slow_bot_gets_the_newest_audio_and_every_key(town: Bots) -> None:
    """It does not read for a while; the marks of sequence numbers show what it missed."""
    call = Call(town.url)
    bot = await town.call()
    bot.socket.transport.pause_reading()
    now = monotonic()
    call.stream.press(A, "1")
    while call.stream.dropped < 50:
        call.stream.hear(A, bytes(320), now)
        await asyncio.sleep(0)
    call.stream.press(A, "2")
    bot.socket.transport.resume_reading()
    await bot.expect("dtmf", 2)
    assert [message["dtmf"]["digit"] for message in bot.of("dtmf")] == ["1", "2"]
    chunks = [int(message["media"]["chunk"]) for message in bot.of("media")]
    assert chunks == sorted(chunks)
    missed = [n for n in range(1, chunks[-1] + 1) if n not in set(chunks)]
    assert len(missed) == call.stream.dropped
    # The oldest went each time that the kernel took no more: beside the second key the newest are all there.
    assert chunks[-1] - missed[-1] >= MAX_UNSENT - 1
    call.stream.end("closed")
    await bot.expect("stop")
    assert await call.end() == "closed"


async def rubbish(bot: Bot) -> None:
    for _ in range(MAX_RUBBISH // 2):
        await bot.socket.send("{")
        await bot.socket.send(b"\xff" * 160)


async def too_long(bot: Bot) -> None:
    await bot.socket.send("x" * (MAX_TEXT + 1))


async def breaks_off(bot: Bot) -> None:
    bot.socket.transport.abort()


async def raises(bot: Bot) -> None:
    await bot.socket.close(1011, "internal error")


async def finishes(bot: Bot) -> None:
    await bot.socket.close()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (rubbish, "protocol"),
        (too_long, "protocol"),
        (breaks_off, "lost"),
        (raises, "lost"),
        (finishes, "bot_closed"),
    ],
)
async def test_how_a_bot_can_end_it(town: Bots, answer: object, reason: StreamEnd) -> None:
    town.answer = answer  # type: ignore[assignment]
    assert await Call(town.url).end() == reason
