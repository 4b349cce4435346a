"""Customers of a server of the tenant: GET with the number, JSON as its answer.

It speaks as much HTTP as that needs, in version 1.0, so that an answer is never in chunks (RFC 9112 §7.1). A
redirection is a failure, so that no rule about addresses can be walked around; what is connected to is the
address that was looked at, not the name again.
"""

import asyncio
import json
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from urllib.parse import quote

from pbx.core.errors import ParseError
from pbx.recording.webhook_url import WebhookUrl, parse_webhook_url
from pbx.store.sources.source import MAX_ROWS, SourceAway, people_of
from pbx.verify.people import Person

NUMBER = "{number}"
MAX_HEAD = 8192  # octets of status line and headers
MAX_BODY = 256 * 1024  # 64 customers of 4 KiB
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: |\r)")


class HttpSource:
    """`url` has {number}; `is_allowed` says whether an address may be spoken to."""

    def __init__(
        self,
        name: str,
        region: str,
        url: str,
        *,
        headers: Mapping[str, str],
        is_allowed: Callable[[str], bool],
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._name, self._region, self._url = name, region, url
        self._headers, self._is_allowed = dict(headers), is_allowed
        is_encrypted = url.startswith("https:")
        self._context = (context or ssl.create_default_context()) if is_encrypted else None

    @property
    def name(self) -> str:
        return self._name

    async def by_number(self, e164: str) -> list[Person]:
        """Return who has this number; 404 says nobody has. SourceAway for every other answer."""
        body = await self.answer(e164)
        if body is None:
            return []
        return people_of(self._name, self._rows(body), self._region, e164)

    async def answer(self, e164: str) -> bytes | None:
        """Return what it says of a number, 404 = None. SourceAway for every other answer but 200."""
        try:
            url = parse_webhook_url(self._url.replace(NUMBER, quote(e164, safe="")))
            status, body = await self._get(url)
        except (OSError, EOFError, asyncio.LimitOverrunError, ParseError) as error:
            raise SourceAway(f"{self._name}: {type(error).__name__}") from None
        if status == 404:
            return None
        if status != 200:
            raise SourceAway(f"{self._name}: the answer is {status}")
        return body

    async def close(self) -> None:
        """Nothing stays open."""

    async def _get(self, url: WebhookUrl) -> tuple[int, bytes]:
        reader, writer = await asyncio.open_connection(
            await self._address(url),
            url.port,
            ssl=self._context,
            server_hostname=url.host if self._context else None,
            limit=MAX_HEAD,
        )
        try:
            writer.write(_request(url, self._headers))
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            status = _STATUS.match(head)
            if status is None:
                raise SourceAway(f"{self._name}: the answer is not HTTP")
            return int(status[1]), await self._body(reader)
        finally:
            writer.transport.abort()

    async def _body(self, reader: asyncio.StreamReader) -> bytes:
        """Read to the end of the connection, which is the end of an HTTP/1.0 answer."""
        body = bytearray()
        while octets := await reader.read(MAX_HEAD):
            body += octets
            if len(body) > MAX_BODY:
                raise SourceAway(f"{self._name}: the answer is longer than {MAX_BODY} octets")
        return bytes(body)

    async def _address(self, url: WebhookUrl) -> str:
        found = await asyncio.get_running_loop().getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
        addresses = [str(sockaddr[0]) for *_, sockaddr in found]
        if not addresses or not all(map(self._is_allowed, addresses)):
            raise SourceAway(f"{self._name}: its host is not on the public network: see `allow`")
        return addresses[0]

    def _rows(self, body: bytes) -> list[dict[str, object]]:
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            raise SourceAway(f"{self._name}: the answer is not JSON") from None
        rows = answer.get("customers") if isinstance(answer, dict) else answer
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise SourceAway(f'{self._name}: the answer is not {{"customers": [{{...}}]}}')
        if len(rows) > MAX_ROWS:
            raise SourceAway(f"{self._name}: more than {MAX_ROWS} rows for one number")
        return rows


def _request(url: WebhookUrl, headers: Mapping[str, str]) -> bytes:
    lines = (
        f"GET {url.target} HTTP/1.0",
        f"Host: {url.authority}",
        "Accept: application/json",
        "User-Agent: pbx",
        *(f"{name}: {value}" for name, value in headers.items()),
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")
