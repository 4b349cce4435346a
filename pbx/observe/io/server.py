"""The server of the page of metrics: one request for each connection, and an end to waiting for it."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from ssl import SSLContext

from pbx.core.secret import Secret
from pbx.observe.http_request import MAX_HEAD, PAGE, REASONS, TOO_LARGE, Verdict, judge
from pbx.observe.io.exposition import CONTENT_TYPE

MAX_CONNECTIONS = 8  # at once: a scraper, its twin, and an admin who looks
REQUEST_S = 5.0  # for a head that fits into one packet
SEND_S = 10.0  # for a scraper that reads its page
RETRY_S = 5.0  # until a port that is taken is tried again
BACKLOG = 16
_END = b"\r\n\r\n"
_log = logging.getLogger("pbx.metrics")
Page = Callable[[], Awaitable[bytes]]


class MetricsServer:
    """Answers `GET /metrics` with the page; `token` None = whoever can connect may read it.

    `n_connections` are open, those whose TLS handshake is not over among them.
    """

    def __init__(self, page: Page, token: Secret[bytes] | None = None, tls: SSLContext | None = None) -> None:
        self._page, self._token, self._tls = page, token, tls
        self.n_connections = 0

    async def serve(self, host: str, port: int) -> None:
        """Serve until cancelled; a port that is taken keeps nobody from telephoning."""
        is_told = False
        while True:
            try:
                listening = listen(host, port)
                break
            except OSError as error:
                if not is_told:
                    _log.error("no metrics at %s:%d: %s (change metrics.port)", host, port, error.strerror)
                is_told = True
                await asyncio.sleep(RETRY_S)
        _log.info("metrics are served at %s:%d", host, port)
        with listening:
            await self.accept(listening)

    async def accept(self, listening: socket.socket) -> None:
        """Attend to whoever connects, for ever; one too many is not even spoken to."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    one, _ = await loop.sock_accept(listening)
                except OSError as error:  # no file descriptor is left, and calls need the next one more
                    _log.warning("metrics: nobody could connect: %s", error.strerror)
                    await asyncio.sleep(RETRY_S)
                    continue
                if self.n_connections >= MAX_CONNECTIONS:
                    one.close()
                    continue
                self.n_connections += 1
                group.create_task(self._attend(one))

    async def _attend(self, one: socket.socket) -> None:
        writer: asyncio.StreamWriter | None = None
        try:
            async with asyncio.timeout(REQUEST_S):
                reader, writer = await self._opened(one)
                verdict = await self._verdict(reader)
            octets = await self._answer(verdict)
            async with asyncio.timeout(SEND_S):
                writer.write(octets)
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            pass  # it is gone, speaks no TLS, or does not read
        except Exception:  # ours; the next reader may be luckier
            _log.exception("a page of metrics could not be shown")
        finally:
            self.n_connections -= 1
            if writer is not None:
                writer.transport.abort()  # nothing else frees what a peer does not read
            else:
                one.close()

    async def _opened(self, one: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=MAX_HEAD, loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, one, ssl=self._tls)
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    async def _verdict(self, reader: asyncio.StreamReader) -> Verdict:
        try:
            return judge(await reader.readuntil(_END), self._token)
        except asyncio.LimitOverrunError:
            return TOO_LARGE

    async def _answer(self, verdict: Verdict) -> bytes:
        is_page = verdict == PAGE
        body = await self._page() if is_page else f"{REASONS[verdict.status]}\n".encode()
        fields = (
            ("Content-Type", CONTENT_TYPE if is_page else "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Connection", "close"),
            *verdict.fields,
        )
        head = f"HTTP/1.1 {verdict.status} {REASONS[verdict.status]}\r\n"
        return (head + "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n").encode() + body


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address; OSError when it is taken."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setblocking(False)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening
