"""A server that scores calling numbers, over real sockets."""

import asyncio

import pytest

from pbx.call.effects import AskReputation
from pbx.call.events import ReputationTold
from pbx.core.ids import Token
from pbx.runner.reputations import MAX_AT_ONCE, Asked, Reputations
from pbx.store.sources.reputation import ReputationServer
from pbx.store.sources.source import SourceAway
from tests.store.sources.test_http import NUMBER, OK, server, source

pytestmark = pytest.mark.requirement("FRD-03")


@pytest.mark.parametrize("score", [0, 100])
async def test_a_score(score: int) -> None:
    async with server(f'{OK}{{"score": {score}, "why": "x"}}') as (url, asked):
        assert await ReputationServer(source(url)).score(NUMBER) == score
    assert asked[0].startswith("GET /callers?number=%2B441632960123 ")


async def test_nothing_is_known() -> None:
    async with server("HTTP/1.1 404 Not Found\r\n\r\n") as (url, _):
        assert await ReputationServer(source(url)).score(NUMBER) == 0


@pytest.mark.parametrize(
    "body",
    [
        *("", "no", "[]", "{}", '{"score": -1}', '{"score": 101}', '{"score": "5"}', '{"score": 5.5}'),
        *('{"score": true}', "[" * 100_000),
    ],
)
async def test_what_is_no_score(body: str) -> None:
    async with server(OK + body) as (url, _):
        with pytest.raises(SourceAway) as refused:
            await ReputationServer(source(url)).score(NUMBER)
    assert NUMBER not in str(refused.value)


async def ask(reputations: Reputations, tenant: str = "acme") -> int | None:
    told: list[ReputationTold] = []
    await reputations.ask(AskReputation(token=Token(7), tenant=tenant, number=NUMBER), told.append)
    (one,) = told
    assert one.token == Token(7)
    return one.score


async def test_each_question_is_answered_whatever_the_server_does() -> None:
    async with server(OK + '{"score": 60}') as (url, _):
        one = Asked(server=ReputationServer(source(url)), box_s=5.0)
        assert await ask(Reputations(tenants={"acme": one})) == 60
    assert await ask(Reputations(tenants={"acme": one})) is None, "nobody listens there any more"
    assert await ask(Reputations()) is None, "a reload has taken the server away"


@pytest.mark.requirement("F-40")
async def test_a_server_that_is_silent_has_its_time_and_is_asked_by_so_many_at_once() -> None:
    n_asked = 0

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal n_asked
        n_asked += 1
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(attend, "127.0.0.1", 0, backlog=100)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/{{number}}"
    one = Asked(server=ReputationServer(source(url)), box_s=0.5)
    reputations = Reputations(tenants={"acme": one})
    try:
        found = await asyncio.gather(*(ask(reputations) for _ in range(MAX_AT_ONCE + 5)))
        assert found == [None] * (MAX_AT_ONCE + 5)
        assert n_asked <= MAX_AT_ONCE
    finally:
        listening.close()
    async with server(OK + '{"score": 1}') as (url, _):
        reputations.tenants = {"acme": Asked(server=ReputationServer(source(url)), box_s=5.0)}
        assert await ask(reputations) == 1, "nobody is counted who has gone"
