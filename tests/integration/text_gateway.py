"""A gateway of text messages: an HTTP server in the loop of the test, which can also misbehave."""

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class TextGateway:
    """What was posted; `manner` is a status to answer with, or `slow`."""

    port: int = 0
    manner: str = "202"
    heads: list[str] = field(default_factory=list)
    taken: "asyncio.Queue[dict[str, str]]" = field(default_factory=asyncio.Queue)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/messages"

    async def code(self, within_s: float = 10.0) -> str:
        """Wait for the next message and return its code."""
        message = await asyncio.wait_for(self.taken.get(), within_s)
        found = re.match(r"[0-9]{6}\b", message["text"])
        assert found is not None
        return found[0]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"(?i)^content-length: (\d+)", head, re.MULTILINE)
            assert length is not None
            body = json.loads(await reader.readexactly(int(length[1])))
            self.heads.append(head)
            self.taken.put_nowait(body)
            if self.manner == "slow":
                await reader.read()  # until the sender has given up
                return
            location = f"Location: {self.url}/elsewhere\r\n" if self.manner == "302" else ""
            writer.write(f"HTTP/1.1 {self.manner} X\r\n{location}Content-Length: 0\r\n\r\n".encode())
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            return  # the other side has gone, which some tests are about
        finally:
            writer.close()


@asynccontextmanager
async def text_gateway(context: ssl.SSLContext | None = None) -> AsyncIterator[TextGateway]:
    """One that listens on a port of loopback."""
    gateway = TextGateway()
    server = await asyncio.start_server(gateway.serve, "127.0.0.1", 0, ssl=context)
    gateway.port = server.sockets[0].getsockname()[1]
    try:
        yield gateway
    finally:
        server.close()
