"""The server of the page of metrics: one request for each connection, and an end to waiting for it."""

import asyncio
import logging
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

    `n_connections` is how many are open.
    """

    def __init__(self, page: Page, token: Secret[bytes] | None = None, tls: SSLContext | None = None) -> None:
        self._page, self._token, self._tls = page, token, tls
        self.n_connections = 0

    async def listen(self, host: str, port: int) -> asyncio.Server:
        """Open the socket; OSError when it is taken."""
        return await asyncio.start_server(
            self._attend,
            host,
            port,
            limit=MAX_HEAD,
            backlog=BACKLOG,
            ssl=self._tls,
            ssl_handshake_timeout=REQUEST_S if self._tls is not None else None,
        )

    async def serve(self, host: str, port: int) -> None:
        """Serve until cancelled; a port that is taken keeps nobody from telephoning."""
        is_told = False
        while True:
            try:
                server = await self.listen(host, port)
                break
            except OSError as error:
                if not is_told:
                    _log.error("no metrics at %s:%d: %s (change metrics.port)", host, port, error.strerror)
                is_told = True
                await asyncio.sleep(RETRY_S)
        _log.info("metrics are served at %s:%d", host, port)
        async with server:
            await server.serve_forever()

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.n_connections += 1
        try:
            if self.n_connections > MAX_CONNECTIONS:
                writer.transport.abort()
                return
            async with asyncio.timeout(REQUEST_S):
                verdict = await self._verdict(reader)
            octets = await self._answer(verdict)
            async with asyncio.timeout(SEND_S):
                writer.write(octets)
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            writer.transport.abort()  # it is gone, or does not read: nothing else frees its buffers
        finally:
            self.n_connections -= 1

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
