"""A flow's question to a real server: what it hears, and what is kept."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from pbx.call.effects import ConsultProgram
from pbx.call.events import CallEvent, ProgramAnswered
from pbx.core.errors import TransportError
from pbx.core.ids import CallId, Token
from pbx.core.secret import Secret
from pbx.ivr.program_steps import AskHttp, ProgramAnswer
from pbx.runner import kept_answers
from pbx.runner.http_asker import MAX_BODY, HttpAsker, Server
from pbx.runner.program_desk import MAX_AT_ONCE, ProgramDesk
from pbx.store.sources.exchange import Exchange

pytestmark = pytest.mark.requirement("IVR-04")
KEY = Secret(b"k" * 32)
STEP = AskHttp(
    server="orders", path="/order?n={order}", take={"state": "/state"}, next="tell", failed="sorry"
)
ASKED = ConsultProgram(
    call=CallId("c"),
    token=Token(1),
    tenant="acme",
    step="support.ask",
    of=STEP,
    values={"order": Secret("1 7")},
)


@asynccontextmanager
async def serving(says: Callable[[], bytes]) -> AsyncIterator[tuple[HttpAsker, list[bytes]]]:
    asked: list[bytes] = []

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]
        asked.append(head + (await reader.readexactly(int(length)) if length else b""))
        writer.write(says())
        writer.close()

    listening = await asyncio.start_server(attend, "127.0.0.1", 0)
    server = Server(
        url=f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/pbx",
        headers={"Authorization": "Bearer x"},
        keys=(KEY,),
        exchange=Exchange(is_allowed=lambda _: True, max_body=MAX_BODY),
        timeout_s=0.5,
    )
    try:
        yield HttpAsker({"orders": server}), asked
    finally:
        listening.close()


def ok(body: str) -> Callable[[], bytes]:
    return lambda: f"HTTP/1.1 200 OK\r\n\r\n{body}".encode()


async def test_an_answer_is_taken_apart() -> None:
    async with serving(ok('{"state": "shipped"}')) as (asker, asked):
        answer = await asker.ask(ASKED)
    assert answer == ProgramAnswer(outcome="next", values={"state": Secret("shipped")})
    lines = asked[0].decode().split("\r\n")
    assert lines[0] == "GET /pbx/order?n=1%207 HTTP/1.0" and "Authorization: Bearer x" in lines


async def test_a_question_is_signed() -> None:
    post = replace(STEP, path="/orders", body={"n": "{order}"}, take={})
    async with serving(lambda: b"HTTP/1.1 204 No Content\r\n\r\n") as (asker, asked):
        assert (await asker.ask(replace(ASKED, of=post))).outcome == "next"
        await asker.ask(replace(ASKED, of=replace(STEP, take={})))
    for one, signed in zip(asked, (b'{"n": "1 7"}', b"/pbx/order?n=1%207"), strict=True):
        head, _, body = one.partition(b"\r\n\r\n")
        assert body == (signed if signed.startswith(b"{") else b"")
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        octets = b".".join((fields[b"webhook-id"], fields[b"webhook-timestamp"], signed))
        mac = base64.b64encode(hmac.digest(KEY.reveal(), octets, "sha256"))
        assert fields[b"webhook-signature"] == b"v1," + mac


async def test_404_is_an_answer() -> None:
    async with serving(lambda: b"HTTP/1.1 404 Not Found\r\n\r\n") as (asker, _):
        assert (await asker.ask(ASKED)).outcome == "not_found"


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 500 Oops\r\n\r\n{}",
        b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nnot JSON",
        b"HTTP/1.1 200 OK\r\n\r\nNaN",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * MAX_BODY,
        b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (MAX_BODY + 1),
    ],
)
async def test_what_is_no_answer(said: bytes) -> None:
    async with serving(lambda: said) as (asker, _):
        with pytest.raises(TransportError):
            await asker.ask(ASKED)


async def test_an_answer_counts_for_as_long_as_the_step_says(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(kept_answers, "monotonic", lambda: now)
    kept = replace(ASKED, of=replace(STEP, keep_s=60.0))
    async with serving(ok('{"state": "shipped"}')) as (asker, asked):
        for now, n_asked in ((100.0, 1), (159.9, 1), (160.0, 2), (170.0, 2)):
            await asker.ask(kept)
            assert len(asked) == n_asked, now
        await asker.ask(replace(kept, values={"order": Secret("18")}))
        await asker.ask(replace(kept, of=replace(STEP, keep_s=60.0, take={})))
        assert len(asked) == 4, "another question has an answer of its own"


async def test_a_failure_is_not_kept_and_so_many_answers_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_answers, "MAX_KEPT", 2)
    says = [b"HTTP/1.1 200 OK\r\n\r\n[]"]
    async with serving(lambda: says[0]) as (asker, asked):
        failing = replace(ASKED, of=replace(STEP, keep_s=60.0, take={"state": "/0"}))
        says[0] = b"HTTP/1.1 200 OK\r\n\r\n[[]]"
        for _ in range(2):
            assert (await asker.ask(failing)).outcome == "failed"
        assert len(asked) == 2
        says[0] = b"HTTP/1.1 200 OK\r\n\r\n{}"
        for order in ("1", "2", "3", "1"):
            await asker.ask(replace(ASKED, of=replace(STEP, keep_s=60.0), values={"order": Secret(order)}))
        assert len(asked) == 6, "the oldest of three went"


async def test_the_desk_tells_what_came_of_it() -> None:
    told: list[CallEvent] = []
    async with serving(ok(json.dumps({"state": "x"}))) as (asker, _):
        desk = ProgramDesk(tenants={"acme": {"http": asker}})
        whose, work = desk.begun(ASKED, told.append)
        assert whose == "c"
        await work
        await desk.swap({})
        await desk.begun(ASKED, told.append)[1]
    outcomes = [one.answer.outcome for one in told if isinstance(one, ProgramAnswered)]
    assert outcomes == ["next", "failed"]


async def test_a_server_that_does_not_answer_is_too_late() -> None:
    told: list[CallEvent] = []
    never = asyncio.Event()

    async def attend(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await never.wait()
        writer.close()

    listening = await asyncio.start_server(attend, "127.0.0.1", 0)
    async with serving(ok("{}")) as (asker, _):
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        slow = HttpAsker({"orders": replace(asker.servers["orders"], url=url, timeout_s=0.05)})
        await ProgramDesk(tenants={"acme": {"http": slow}}).begun(ASKED, told.append)[1]
    never.set()
    listening.close()
    (answered,) = told
    assert isinstance(answered, ProgramAnswered)
    assert (answered.answer.outcome, answered.answer.why) == ("failed", "too late")


async def test_a_tenant_asks_so_often_at_once() -> None:
    told: list[CallEvent] = []
    go_on, refused = asyncio.Event(), asyncio.Event()

    class Waiting:
        async def ask(self, asked: ConsultProgram) -> ProgramAnswer:
            await go_on.wait()
            return ProgramAnswer(outcome="next")

        async def close(self) -> None: ...

    def tell(event: CallEvent) -> None:
        told.append(event)
        refused.set()

    desk = ProgramDesk(tenants={"acme": {"http": Waiting()}})
    async with asyncio.TaskGroup() as group:
        for _ in range(MAX_AT_ONCE + 1):
            group.create_task(desk.begun(ASKED, tell)[1])
        await refused.wait()
        (first,) = told
        assert isinstance(first, ProgramAnswered) and first.answer.why == "too many at once"
        go_on.set()
    assert len(told) == MAX_AT_ONCE + 1
