"""A voice bot as its author would write it for Twilio Media Streams: a WebSocket server, JSON texts."""

import asyncio
import base64
import json
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from pbx.media import g711

PATIENCE_S = 5.0


@dataclass
class Bot:
    """One call at a bot; `messages` with the time of their arrival."""

    socket: ServerConnection
    messages: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def stream(self) -> str:
        return str(self.of("start")[0]["streamSid"])

    def of(self, event: str) -> list[dict[str, Any]]:
        return [message for _, message in self.messages if message["event"] == event]

    def when(self, event: str) -> list[float]:
        return [at for at, message in self.messages if message["event"] == event]

    def heard(self) -> bytes:
        """Everything the caller said, as PCM16."""
        octets = b"".join(base64.b64decode(message["media"]["payload"]) for message in self.of("media"))
        return g711.decode(octets, "PCMU")

    async def expect(self, event: str, n: int = 1) -> dict[str, Any]:
        """Return the n-th message of a kind, waiting for it."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.of(event)) < n:
                self.news.clear()
                await self.news.wait()
        return self.of(event)[n - 1]

    async def send(self, event: str, told: dict[str, Any] | None = None) -> None:
        inner = {} if told is None else {event: told}
        await self.socket.send(json.dumps({"event": event, "streamSid": self.stream} | inner))

    async def say(self, pcm: bytes) -> None:
        payload = base64.b64encode(g711.encode(pcm, "PCMU")).decode()
        await self.send("media", {"payload": payload})

    async def mark(self, name: str) -> None:
        await self.send("mark", {"name": name})

    async def listen(self) -> None:
        """Read until the connection ends."""
        async for text in self.socket:
            self.messages.append((time.monotonic(), json.loads(text)))
            self.news.set()


class Bots:
    """The server; `answer` is what a bot does with a call besides listening."""

    def __init__(self) -> None:
        self.url, self.port = "", 0
        self.headers: list[dict[str, str]] = []
        self.answer: Callable[[Bot], Awaitable[None]] | None = None
        self.listens = True
        self._calls: asyncio.Queue[Bot] = asyncio.Queue()

    async def call(self) -> Bot:
        """The next call, once its start has come."""
        bot = await asyncio.wait_for(self._calls.get(), PATIENCE_S)
        if self.listens:
            await bot.expect("start")
        return bot

    async def serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.headers.append(dict(socket.request.headers.raw_items()))
        bot = Bot(socket)
        self._calls.put_nowait(bot)
        if not self.listens:
            socket.transport.pause_reading()
            await socket.wait_closed()
            return
        listening = asyncio.ensure_future(bot.listen())
        with suppress(ConnectionClosed):  # the call may end while the bot speaks
            if self.answer is not None:
                await bot.expect("start")
                await self.answer(bot)
            await listening


@asynccontextmanager
async def bots(tls: ssl.SSLContext | None = None) -> AsyncIterator[Bots]:
    """A server on loopback."""
    server = Bots()
    async with serve(server.serve, "127.0.0.1", 0, ssl=tls, close_timeout=1) as listening:
        server.port = port = next(iter(listening.sockets)).getsockname()[1]
        server.url = f"ws://127.0.0.1:{port}/call" if tls is None else f"wss://localhost:{port}/call"
        yield server
