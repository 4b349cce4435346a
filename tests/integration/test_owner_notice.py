"""An owner's notice by a real gateway, from the facts of a check."""

from dataclasses import replace
from pathlib import Path

import pytest

from pbx.call.effects import CheckCaller
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, Token
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.runner.code_desk import CodeDesk
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.identity import IdentityStore
from pbx.store.keys import StoreKeys
from pbx.verify.throttles import MAX_FAILURES
from tests.integration.test_code_desk import database as database
from tests.integration.test_code_desk import desk as desk
from tests.integration.test_code_desk import gateway as gateway
from tests.integration.text_gateway import TextGateway
from tests.store.test_codes import ANN

pytestmark = pytest.mark.requirement("V-12")
WRONG = CheckCaller(
    call=CallId("call"),
    token=Token(1),
    tenant="acme",
    number=ANN,
    date_of_birth=Secret("19770707"),
    trunk="carrier",
)


@pytest.fixture
async def told(desk: CodeDesk, database: Database, tmp_path: Path) -> tuple[AuditFact, ...]:
    """What the last of five wrong dates has led to; the tenant has its owners told."""
    desk.tenants = {"acme": replace(desk.tenants["acme"], notice="locked")}
    identities = IdentityStore(database, StoreKeys.load_or_create(tmp_path / "keys"))
    results = [await identities.check(WRONG, utc_now()) for _ in range(MAX_FAILURES)]
    assert [one.told for one in results[:-1]] == [()] * (MAX_FAILURES - 1)
    return results[-1].told


async def outcomes(database: Database) -> list[object]:
    events = await AuditStore(database).list(limit=100)
    return [fact.details["outcome"] for _, fact in events if fact.kind == "verification.notice"]


async def test_the_owner_hears_of_it_once(
    desk: CodeDesk, gateway: TextGateway, database: Database, told: tuple[AuditFact, ...]
) -> None:
    await desk.warn(WRONG, told)
    message = gateway.taken.get_nowait()
    assert message["to"] == ANN and message["text"].startswith("Somebody has called Acme ")
    await desk.warn(WRONG, told)
    assert gateway.taken.empty()
    assert sorted(map(str, await outcomes(database))) == ["sent", "unsent"]


async def test_a_gateway_that_does_not_take_it(
    desk: CodeDesk, gateway: TextGateway, database: Database, told: tuple[AuditFact, ...]
) -> None:
    gateway.manner = "500"
    await desk.warn(WRONG, told)
    assert await outcomes(database) == ["unsent"]
    gateway.manner = "202"
    gateway.taken.get_nowait()
    await desk.warn(WRONG, told)
    assert gateway.taken.empty()  # not tried again on this day


async def test_a_tenant_that_does_not_want_it(
    desk: CodeDesk, gateway: TextGateway, database: Database, told: tuple[AuditFact, ...]
) -> None:
    desk.tenants = {"acme": replace(desk.tenants["acme"], notice="never")}
    await desk.warn(WRONG, told)
    desk.tenants = {}
    await desk.warn(WRONG, told)
    assert gateway.taken.empty() and await outcomes(database) == []


async def test_a_lock_of_a_calling_number_is_nobodys(
    desk: CodeDesk, gateway: TextGateway, told: tuple[AuditFact, ...]
) -> None:
    assert {fact.details["subject"] for fact in told} == {"cli", "record"}
    await desk.warn(WRONG, [fact for fact in told if fact.details["subject"] == "cli"])
    assert gateway.taken.empty()
