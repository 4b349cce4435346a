"""Fetches certificates and CRLs by HTTPS from hosts that others named: one address, answer, deadline."""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pbx.core.address import is_public
from pbx.core.errors import ParseError, TransportError
from pbx.sip.stir.credential import MAX_CHAIN_OCTETS
from pbx.sip.stir.x5u import CertificateUrl

MAX_HEAD = 8192  # octets of status line and headers
DEADLINE_S = 2.0  # the caller hears nothing in the meantime

_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: |\r)")
_MAX_AGE = re.compile(r"(?:^|[ ,])max-age=([0-9]{1,9})(?:$|[ ,])")
Resolve = Callable[[CertificateUrl], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The body, and how long the server says it holds; None = it does not say."""

    body: bytes
    max_age_s: float | None


class CertificateFetcher:
    """Speaks as much HTTP as a GET needs; a redirection is a failure, so no rule can be walked around."""

    def __init__(
        self,
        context: ssl.SSLContext | None = None,
        resolve: Resolve | None = None,
        is_allowed: Callable[[str], bool] = is_public,
        *,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._context = context or ssl.create_default_context()
        self._resolve = resolve or addresses_of
        self._is_allowed, self._deadline_s = is_allowed, deadline_s

    async def fetch(self, url: CertificateUrl, max_octets: int = MAX_CHAIN_OCTETS) -> Fetched:
        """Return the answer; TransportError after the deadline and for a longer body too."""
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._fetch(url, max_octets)
        except TimeoutError:
            raise TransportError(f"{url.host} did not answer in {self._deadline_s:g} s") from None
        except (OSError, ParseError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise TransportError(f"{url.host}: {type(error).__name__}: {error}"[:200]) from None

    async def _fetch(self, url: CertificateUrl, max_octets: int) -> Fetched:
        address = await self._address(url)
        reader, writer = await asyncio.open_connection(
            address, url.port, ssl=self._context, server_hostname=url.host, limit=MAX_HEAD
        )
        try:
            writer.write(_request(url))
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            fields = _fields(head)
            return Fetched(body=await _body(reader, fields, max_octets), max_age_s=_max_age(fields))
        finally:
            writer.transport.abort()

    async def _address(self, url: CertificateUrl) -> str:
        """Return an address that may be asked; it is this one that is connected to, not the name again."""
        addresses = await self._resolve(url)
        if not addresses or not all(map(self._is_allowed, addresses)):
            raise TransportError(f"{url.host} is not on the public network")
        return addresses[0]


async def addresses_of(url: CertificateUrl) -> list[str]:
    """Ask the system's resolver."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


def _request(url: CertificateUrl) -> bytes:
    lines = (
        f"GET {url.target} HTTP/1.1",
        f"Host: {url.host}" + ("" if url.port == 443 else f":{url.port}"),
        "Accept: application/pem-certificate-chain, application/pkix-cert, application/pkix-crl",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode()


def _fields(head: bytes) -> dict[str, str]:
    """Return the headers of a 200, by name in lower case; TransportError for every other answer."""
    status = _STATUS.match(head)
    if status is None or status[1] != b"200":
        raise TransportError(f"the answer is {status[1].decode() if status else 'not HTTP'}")
    lines = head.decode("latin-1").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines if line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _body(reader: asyncio.StreamReader, fields: dict[str, str], max_octets: int) -> bytes:
    if fields.get("transfer-encoding", "").lower() == "chunked":
        return await _chunks(reader, max_octets)
    length = fields.get("content-length", "")
    if length:
        return await reader.readexactly(_size(length, 10, max_octets))
    body = bytearray()
    while octets := await reader.read(MAX_CHAIN_OCTETS):
        body += octets
        _limit(len(body), max_octets)
    return bytes(body)


async def _chunks(reader: asyncio.StreamReader, max_octets: int) -> bytes:
    body = bytearray()
    while True:
        line = await reader.readuntil(b"\r\n")
        size = _size(line.partition(b";")[0].decode("latin-1").strip(), 16, max_octets)
        if size == 0:
            return bytes(body)
        _limit(len(body) + size, max_octets)
        body += await reader.readexactly(size)
        await reader.readexactly(2)


def _size(text: str, base: int, max_octets: int) -> int:
    try:
        size = int(text, base) if len(text) <= 8 and text.isascii() and text.isalnum() else -1
    except ValueError:
        size = -1
    if size < 0:
        raise TransportError("a malformed length")
    _limit(size, max_octets)
    return size


def _limit(n_octets: int, max_octets: int) -> None:
    if n_octets > max_octets:
        raise TransportError(f"more than {max_octets} octets")


def _max_age(fields: dict[str, str]) -> float | None:
    found = _MAX_AGE.search(fields.get("cache-control", "").lower())
    return float(found[1]) if found else None
