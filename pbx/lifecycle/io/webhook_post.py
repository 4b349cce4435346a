"""Posts a body to the receiver of a webhook: one address, one answer, one deadline.

It speaks as much HTTP as a POST needs. A redirection is a failure, so that no rule about addresses can be
walked around; what is connected to is the address that was looked at, not the name again.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping

from pbx.core.errors import TransportError
from pbx.recording.webhook_url import WebhookUrl

MAX_HEAD = 8192  # octets of status line and headers
DEADLINE_S = 1.5  # F-40
MAX_INTERIM = 4  # answers of class 1xx before the final one (RFC 9110 §15.2)
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: |\r)")
Resolve = Callable[[WebhookUrl], Awaitable[list[str]]]


class WebhookPost:
    """Posts to one URL; `is_allowed` says whether an address may be spoken to."""

    def __init__(
        self,
        url: WebhookUrl,
        is_allowed: Callable[[str], bool],
        *,
        context: ssl.SSLContext | None = None,
        resolve: Resolve | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._url, self._is_allowed = url, is_allowed
        self._context = (context or ssl.create_default_context()) if url.is_encrypted else None
        self._resolve, self._deadline_s = resolve or addresses_of, deadline_s

    async def post(self, headers: Mapping[str, str], body: bytes, turn: int = 0) -> None:
        """Return when the receiver has said 2xx; TransportError for all else, in words without the path.

        `turn` chooses among the addresses of the host, so that one that is dead does not stop everything.
        """
        try:
            async with asyncio.timeout(self._deadline_s):
                await self._post(headers, body, turn)
        except TimeoutError:
            raise TransportError(f"{self._url.host} did not answer in {self._deadline_s:g} s") from None
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise TransportError(f"{self._url.host}: {type(error).__name__}: {error}"[:200]) from None

    async def _post(self, headers: Mapping[str, str], body: bytes, turn: int) -> None:
        reader, writer = await asyncio.open_connection(
            await self._address(turn),
            self._url.port,
            ssl=self._context,
            server_hostname=self._url.host if self._context else None,
            limit=MAX_HEAD,
        )
        try:
            writer.write(_request(self._url, headers, body))
            await writer.drain()
            for _ in range(MAX_INTERIM):
                status = _status(await reader.readuntil(b"\r\n\r\n"))
                if status >= 200:
                    break
            if not 200 <= status < 300:
                raise TransportError(f"{self._url.host} answered {status}")
        finally:
            writer.transport.abort()

    async def _address(self, turn: int) -> str:
        addresses = await self._resolve(self._url)
        if refused := [one for one in addresses if not self._is_allowed(one)]:
            raise TransportError(f"{self._url.host} is {refused[0]}, which is not on the public network")
        if not addresses:
            raise TransportError(f"{self._url.host} has no address")
        return addresses[turn % len(addresses)]


async def addresses_of(url: WebhookUrl) -> list[str]:
    """Ask the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


def _request(url: WebhookUrl, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = (
        f"POST {url.target} HTTP/1.1",
        f"Host: {url.authority}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "User-Agent: pbx",
        *(f"{name}: {value}" for name, value in headers.items()),
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii") + body


def _status(head: bytes) -> int:
    found = _STATUS.match(head)
    if found is None:
        raise TransportError("the answer is not HTTP")
    return int(found[1])
