"""Codes on their way: from the store by a real gateway, and what is left when something ends in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from pbx.call.effects import CheckCode
from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.runner.code_desk import CodeDesk, CodeOffice
from pbx.store.codes import CodeStore
from pbx.store.customers import CustomerStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.verify.io.sms_gateway import SmsGateway
from tests.integration.text_gateway import TextGateway, text_gateway
from tests.migrated import migrated
from tests.store.test_codes import ANN, ASKED, CSV

pytestmark = pytest.mark.requirement("V-11")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await migrated(f"sqlite+aiosqlite:///{tmp_path}/pbx.db")
    yield opened
    await opened.close()


@pytest.fixture
async def gateway() -> AsyncIterator[TextGateway]:
    async with text_gateway() as listening:
        yield listening


@pytest.fixture
async def desk(database: Database, gateway: TextGateway, tmp_path: Path) -> CodeDesk:
    keys = StoreKeys.load_or_create(tmp_path / "keys")
    (tmp_path / "c.csv").write_text(CSV)
    await CustomerStore(database, keys).import_csv("acme", "GB", tmp_path / "c.csv")
    sms = SmsGateway(
        gateway.url,
        {"to": "{number}", "text": "{text}"},
        headers={},
        is_allowed=lambda _: True,
        timeout_s=30.0,
    )
    office = CodeOffice(name="Acme", carriers={"sms": sms})
    return CodeDesk(store=CodeStore(database, keys), tenants={"acme": office})


async def types(desk: CodeDesk, code: str) -> str:
    names = {name: getattr(ASKED, name) for name in ("call", "leg", "tenant", "purpose")}
    return (await desk.check(CheckCode(token=Token(1), code=Secret(code), **names))).reason


async def test_what_the_gateway_got_is_right(desk: CodeDesk, gateway: TextGateway) -> None:
    assert await desk.send(ASKED) is None
    message = gateway.taken.get_nowait()
    assert message["to"] == ANN and "change of address" in message["text"] and "Acme" in message["text"]
    assert await types(desk, message["text"][:6]) == "matched"


async def test_a_code_that_the_gateway_refused_is_void(desk: CodeDesk, gateway: TextGateway) -> None:
    gateway.manner = "500"
    assert await desk.send(ASKED) == "failed"
    assert await types(desk, await gateway.code()) == "not_sent"
    assert gateway.taken.empty()  # not tried again


async def test_a_hang_up_while_it_is_sent_leaves_it_void(desk: CodeDesk, gateway: TextGateway) -> None:
    """The task of the call is cancelled; a killed process leaves the same rows."""
    gateway.manner = "slow"
    sending = asyncio.create_task(desk.send(ASKED))
    code = await gateway.code()
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending
    assert await types(desk, code) == "not_sent"
    assert gateway.taken.empty()


async def test_nothing_is_sent_by_what_an_outage_has_left(desk: CodeDesk, gateway: TextGateway) -> None:
    assert await desk.send(ASKED, is_away=True) == "no_way"
    assert gateway.taken.empty()


async def test_a_tenant_without_a_gateway_sends_none(desk: CodeDesk) -> None:
    desk.tenants = {}
    assert await desk.send(ASKED) == "no_way"
    assert await types(desk, "000000") == "not_sent"
    assert await CodeDesk().send(ASKED) == "no_way"


async def test_a_database_that_has_gone_matches_nobody(
    desk: CodeDesk, gateway: TextGateway, database: Database
) -> None:
    await desk.send(ASKED)
    code = await gateway.code()
    async with database.writing() as session:
        await session.execute(text("DROP TABLE one_time_codes"))
    assert await types(desk, code) == "unavailable"
    assert await desk.send(ASKED) == "failed"
