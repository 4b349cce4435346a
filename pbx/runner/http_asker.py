"""Asks servers of a tenant by HTTP for flows: one question, one answer, for as long as it is good."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pbx.call.effects import ConsultProgram
from pbx.core.errors import ParseError, TransportError
from pbx.core.io.clock import utc_now
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.ivr.program_steps import AskHttp, ProgramAnswer
from pbx.recording.webhook_signature import signed_headers
from pbx.recording.webhook_url import parse_webhook_url
from pbx.runner.kept_answers import KeptAnswers, key_of
from pbx.store.sources.exchange import Answer, Exchange, Request

MAX_BODY = 64 * 1024  # octets of an answer
NOT_FOUND = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where one is, what is sent to it with every question, and how long it may take."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    keys: Sequence[Secret[bytes]]  # () = questions are not signed
    exchange: Exchange
    timeout_s: float


@dataclass(slots=True)
class HttpAsker:
    """Of one tenant; `servers` by name."""

    servers: Mapping[str, Server]
    _kept: KeptAnswers = field(default_factory=KeptAnswers)

    async def ask(self, asked: ConsultProgram) -> ProgramAnswer:
        """Return what a server says; TransportError or TimeoutError when it says nothing."""
        step = asked.of
        assert isinstance(step, AskHttp), "the desk goes by the kind of a step"
        server = self.servers.get(step.server)
        if server is None:
            raise TransportError(f"there is no server {step.server} any more")
        values = {name: text.reveal() for name, text in asked.values.items()}
        target, told = step.target(values), step.told(values)
        body = json.dumps(told).encode() if told is not None else None
        key = key_of(step.server, target, told, dict(step.take))
        if step.keep_s and (known := self._kept.known(key)) is not None:
            return known
        async with asyncio.timeout(server.timeout_s):
            answer = _read(step, await post_or_get(server, target, body))
        self._kept.keep(key, answer, step.keep_s)
        return answer

    async def close(self) -> None:
        """Nothing stays open."""


async def post_or_get(server: Server, target: str, body: bytes | None, question: str = "") -> Answer:
    """Return what a server says, whatever that is; of a GET, path and query are signed."""
    try:
        url = parse_webhook_url(server.url + target)
    except ParseError as error:
        raise TransportError(str(error)) from None
    signed: Mapping[str, str] = {}
    if server.keys:
        octets = body if body is not None else url.target.encode()
        signed = signed_headers(server.keys, question or SystemIds().octets(16).hex(), octets, utc_now())
    return await server.exchange.ask(Request(url=url, headers={**server.headers, **signed}, body=body))


def _read(step: AskHttp, answer: Answer) -> ProgramAnswer:
    if answer.status == NOT_FOUND:
        return ProgramAnswer(outcome="not_found")
    if not 200 <= answer.status < 300:
        raise TransportError(f"the answer is {answer.status}")
    return step.read(document_of(answer.body) if step.take else None)


def document_of(body: bytes) -> Any:
    """Return a JSON document, numbers as they are written; TransportError for what is none."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise TransportError("the answer is not JSON") from None


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON (RFC 8259 §6)")
