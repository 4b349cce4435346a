"""An HTTP client of the standard library that keeps the cookies of one browser."""

import asyncio
import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, headers in lower case, and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(slots=True)
class Browser:
    """Sends each request by a connection of its own; cookies are sent where their path lets them."""

    address: tuple[str, int]
    cookies: dict[str, SimpleCookie] = field(default_factory=dict)  # by path

    async def get(self, path: str, **headers: str) -> Reply:
        """Underscores in names of headers stand for `-`."""
        return await self.ask("GET", path, {name.replace("_", "-"): value for name, value in headers.items()})

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Reply:
        return await asyncio.to_thread(self._ask, method, path, headers or {}, body)

    async def opens(self, url: str) -> str:
        """Press the button of a link; return the path of its page."""
        reply = await self.ask("POST", urlsplit(url).path)
        assert reply.status == 303, reply
        return reply.headers["location"]

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        connection = http.client.HTTPConnection(*self.address, timeout=TIMEOUT_S)
        said = dict(headers)
        sent = [
            jar.output(attrs=[], header="") for place, jar in self.cookies.items() if path.startswith(place)
        ]
        if sent:
            said["Cookie"] = "; ".join(one.strip() for one in sent)
        try:
            connection.request(method, path, body=body or None, headers=said)
            response = connection.getresponse()
            reply = Reply(
                response.status,
                {name.lower(): value for name, value in response.getheaders()},
                response.read(),
            )
        finally:
            connection.close()
        if "set-cookie" in reply.headers:
            jar = SimpleCookie(reply.headers["set-cookie"])
            (morsel,) = jar.values()
            self.cookies[morsel["path"]] = jar
        return reply
