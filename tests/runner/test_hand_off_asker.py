"""A flow lets a real server decide: both sides sign, or it has failed."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import pytest

from pbx.call.effects import ConsultProgram
from pbx.core.errors import TransportError
from pbx.core.ids import CallId, Token
from pbx.core.secret import Secret
from pbx.ivr.hand_off import HandOff
from pbx.runner.hand_off_asker import HandOffAsker
from pbx.runner.http_asker import MAX_BODY, Server
from pbx.store.sources.exchange import Exchange

pytestmark = pytest.mark.requirement("IVR-04")
KEY = b"k" * 32
NIGHT = b'{"start": "night"}'
ASKED = ConsultProgram(
    call=CallId("c"),
    token=Token(1),
    tenant="acme",
    step="f.ask",
    of=HandOff(server="orders", path="/next", send=("order",), leads_to=("night",), failed="sorry"),
    values={"order": Secret("17"), "caller": Secret("+44"), "tenant": Secret("acme")},
)
Fields = Mapping[str, str]
Signs = Callable[[Fields, bytes], Fields]


def right(asked: Fields, body: bytes, key: bytes = KEY) -> Fields:
    octets = f"{asked['webhook-id']}.{asked['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.digest(key, octets, "sha256")).decode()
    same = {name: asked[name] for name in ("webhook-id", "webhook-timestamp")}
    return {**same, "webhook-signature": f"v1,{mac}"}


@asynccontextmanager
async def serving(
    body: bytes = NIGHT, signs: Signs = right, status: int = 200
) -> AsyncIterator[tuple[HandOffAsker, list[bytes]]]:
    told: list[bytes] = []

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        told.append(await reader.readexactly(int(fields["Content-Length"])))
        lines = "".join(f"{name}: {value}\r\n" for name, value in signs(fields, body).items())
        writer.write(f"HTTP/1.1 {status} OK\r\n{lines}\r\n".encode() + body)
        writer.close()

    listening = await asyncio.start_server(attend, "127.0.0.1", 0)
    server = Server(
        url=f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}",
        headers={},
        keys=(Secret(KEY),),
        exchange=Exchange(is_allowed=lambda _: True, max_body=MAX_BODY),
        timeout_s=2.0,
    )
    try:
        yield HandOffAsker({"orders": server}), told
    finally:
        listening.close()


async def test_the_program_decides() -> None:
    async with serving() as (asker, told):
        assert (await asker.ask(ASKED)).outcome == "night"
    assert json.loads(told[0]) == {
        "caller": "+44",
        "tenant": "acme",
        "step": "f.ask",
        "entered": {"order": "17"},
    }


def unsigned(_asked: Fields, _body: bytes) -> Fields:
    return {}


def another_key(asked: Fields, body: bytes) -> Fields:
    return right(asked, body, b"x" * 32)


def another_question(asked: Fields, body: bytes) -> Fields:
    return right({**asked, "webhook-id": "other"}, body)


def another_body(asked: Fields, _body: bytes) -> Fields:
    return right(asked, b"{}")


def long_ago(asked: Fields, body: bytes) -> Fields:
    return right({**asked, "webhook-timestamp": str(int(asked["webhook-timestamp"]) - 301)}, body)


@pytest.mark.parametrize("signs", [unsigned, another_key, another_question, another_body, long_ago])
async def test_nobody_else_decides(signs: Signs) -> None:
    async with serving(signs=signs) as (asker, _):
        with pytest.raises(TransportError, match="not signed, or not for this question"):
            await asker.ask(ASKED)


@pytest.mark.parametrize(("body", "status"), [(NIGHT, 204), (NIGHT, 302), (b"start: night", 200)])
async def test_what_is_no_answer(body: bytes, status: int) -> None:
    async with serving(body, status=status) as (asker, _):
        with pytest.raises(TransportError):
            await asker.ask(ASKED)
