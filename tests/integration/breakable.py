"""A way between two machines that a test can cut, or let swallow everything as a dead router does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Way:
    """Relays TCP from `port` to `target`; refuses connections while it is cut."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self._open, self._flows = True, asyncio.Event()
        self._flows.set()
        self.n_connections = self.port = 0

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Way"]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        yield self
        self.cut()
        self.flow()
        server.close()

    def cut(self) -> None:
        """Break every connection, whatever is under way is lost."""
        self._open = False
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        self._open = True

    def swallow(self) -> None:
        """Let nothing through, without a word."""
        self._flows.clear()

    def flow(self) -> None:
        self._flows.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._open:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self.n_connections += 1
        self._writers |= {writer, far_writer}
        await asyncio.gather(self._relay(reader, far_writer), self._relay(far_reader, writer))
        self._writers -= {writer, far_writer}

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while octets := await reader.read(4096):
                await self._flows.wait()
                writer.write(octets)
                await writer.drain()
        writer.transport.abort()
