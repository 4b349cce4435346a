"""Customers of a server of the tenant: GET with the number, JSON as its answer."""

import json
import ssl
from collections.abc import Callable, Mapping
from urllib.parse import quote

from pbx.core.errors import ParseError, TransportError
from pbx.recording.webhook_url import parse_webhook_url
from pbx.store.sources.exchange import Exchange, Request
from pbx.store.sources.source import MAX_ROWS, SourceAway, people_of
from pbx.verify.people import Person

NUMBER = "{number}"
MAX_BODY = 256 * 1024  # 64 customers of 4 KiB


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
        self._headers = dict(headers)
        self._exchange = Exchange(is_allowed=is_allowed, max_body=MAX_BODY, context=context)

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
            answer = await self._exchange.ask(Request(url=url, headers=self._headers))
        except ParseError as error:
            raise SourceAway(f"{self._name}: {type(error).__name__}") from None
        except TransportError as error:
            raise SourceAway(f"{self._name}: {error}") from None
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise SourceAway(f"{self._name}: the answer is {answer.status}")
        return answer.body

    async def close(self) -> None:
        """Nothing stays open."""

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
