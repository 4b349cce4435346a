"""One exchange with a server of a tenant: one request, one answer, over rules about addresses.

It speaks as much HTTP as that needs, in version 1.0, so that an answer is never in chunks (RFC 9112 §7.1). A
redirection is an answer like others, so that no rule about addresses can be walked around; what is connected
to is the address that was looked at, not the name again.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pbx.core.errors import TransportError
from pbx.recording.webhook_url import WebhookUrl

MAX_HEAD = 8192  # octets of status line and headers
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: |\r)")
_LENGTH = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`body` None = GET, else POST of JSON; header fields are ASCII and have no line ends."""

    url: WebhookUrl
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`headers` by name in lower case; of a field that comes twice the last one."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Exchange:
    """`is_allowed` says whether an address may be spoken to; `context` None = that of the system.

    Reading the authorities of the system takes 25 ms: once, with the first question over TLS.
    """

    is_allowed: Callable[[str], bool]
    max_body: int  # octets
    context: ssl.SSLContext | None = None

    async def ask(self, request: Request) -> Answer:
        """Return what the server says; TransportError with the reason, and nothing of what was sent."""
        try:
            return await self._ask(request)
        except (OSError, EOFError, asyncio.LimitOverrunError) as error:
            raise TransportError(type(error).__name__) from None

    async def _ask(self, request: Request) -> Answer:
        url = request.url
        context = self._verifying() if url.is_encrypted else None
        reader, writer = await asyncio.open_connection(
            await self._address(url),
            url.port,
            ssl=context,
            server_hostname=url.host if context else None,
            limit=MAX_HEAD,
        )
        try:
            writer.write(_octets(request))
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            status = _STATUS.match(head)
            if status is None:
                raise TransportError("the answer is not HTTP")
            headers = _headers(head)
            body = await self._body(reader, headers)
            return Answer(status=int(status[1]), headers=headers, body=body)
        finally:
            writer.transport.abort()

    def _verifying(self) -> ssl.SSLContext:
        if self.context is None:
            self.context = ssl.create_default_context()
        return self.context

    async def _body(self, reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
        """Read so many octets as there are said to be, else to the end of the connection."""
        length = headers.get("content-length", "")
        if _LENGTH.fullmatch(length):
            if int(length) > self.max_body:
                raise self._too_long()
            return await reader.readexactly(int(length))
        body = bytearray()
        while octets := await reader.read(MAX_HEAD):
            body += octets
            if len(body) > self.max_body:
                raise self._too_long()
        return bytes(body)

    def _too_long(self) -> TransportError:
        return TransportError(f"the answer is longer than {self.max_body} octets")

    async def _address(self, url: WebhookUrl) -> str:
        found = await asyncio.get_running_loop().getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
        addresses = [str(sockaddr[0]) for *_, sockaddr in found]
        if not addresses or not all(map(self.is_allowed, addresses)):
            raise TransportError("its host is not on the public network: see `allow`")
        return addresses[0]


def _octets(request: Request) -> bytes:
    is_post = request.body is not None
    lines = (
        f"{'POST' if is_post else 'GET'} {request.url.target} HTTP/1.0",
        f"Host: {request.url.authority}",
        "Accept: application/json",
        "User-Agent: pbx",
        *(
            ("Content-Type: application/json", f"Content-Length: {len(request.body or b'')}")
            if is_post
            else ()
        ),
        *(f"{name}: {value}" for name, value in request.headers.items()),
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii") + (request.body or b"")


def _headers(head: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}
