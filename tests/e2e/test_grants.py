"""A caller, two colleagues and a number outside: who may act for her, and what telephones say of her."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest

from pbx.call.live import LiveCall
from pbx.core.address import Address
from pbx.core.secret import Secret
from pbx.runner.control_client import ask
from pbx.runner.control_messages import (
    AskCalls,
    CallsAre,
    CheckPerson,
    ControlReply,
    GrantIs,
    PersonIs,
    UseGrant,
)
from pbx.store.database import Database
from pbx.store.grants import GrantStore, KeptGrant
from pbx.store.keys import StoreKeys
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from tests.e2e.running import RunningPbx
from tests.e2e.test_transfers import CALL_S, CALLER, CARRIER, phone, talking

ADA = Secret("03021980")
OUTSIDE = "07700900998"
ReplyT = TypeVar("ReplyT")


async def told(pbx: RunningPbx, kind: type[ReplyT], request: AskCalls | CheckPerson | UseGrant) -> ReplyT:
    reply: ControlReply = await ask(pbx.places.control_socket, request)
    assert isinstance(reply, kind), reply
    return reply


async def live(pbx: RunningPbx) -> LiveCall:
    """Hers, as everybody sees it now."""
    found = await told(pbx, CallsAre, AskCalls())
    [call] = [one for one in found.calls if one.caller == "+447700900123"]
    return call


async def use(pbx: RunningPbx, call: LiveCall, token: str, audience: str) -> str:
    """Why 1001's or 1002's program may not tell her of her order, "" = it may."""
    leg = next(one.leg for one in call.legs if one.role == "caller")
    request = UseGrant(
        token=token,
        action="order_status",
        tenant="acme",
        call=call.call,
        leg=leg,
        audience=audience,
        actor="crm",
    )
    return (await told(pbx, GrantIs, request)).refusal


async def kept(pbx: RunningPbx, call: str, is_so: Callable[[list[KeptGrant]], bool]) -> list[KeptGrant]:
    """Her grants in the database, the newest first, once the ledger has written that it is so."""
    database = Database(pbx.places.database_url(pbx.config.pbx))
    store = GrantStore(database, StoreKeys.load_or_create(pbx.places.store_keys))
    try:
        async with asyncio.timeout(CALL_S):
            while not is_so(found := await store.list(20, call=call)):
                await asyncio.sleep(0.05)
    finally:
        await database.close()
    return found


async def shown(pbx: RunningPbx, call: LiveCall) -> str:
    """The token of her grant."""

    def is_there(found: list[KeptGrant]) -> bool:
        return any(one.grant.jti == call.grant for one in found)

    found = await kept(pbx, call.call, is_there)
    return next(one.token for one in found if one.grant.jti == call.grant)


async def taken(one: Phone) -> PhoneCall:
    rung = await one.incoming(CALL_S)
    rung.answer()
    return rung


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.requirement("V-05")
@pytest.mark.requirement("V-06")
@pytest.mark.requirement("V-10")
@pytest.mark.requirement("VER-07")
async def test_who_has_her_may_act_for_her_until_she_is_put_through_outside(pbx: RunningPbx) -> None:
    outbound = pbx.config.tenants["acme"].trunks["carrier"].outbound
    assert outbound is not None and outbound.port is not None
    outside = Phone(Address(CARRIER, outbound.port), user=OUTSIDE, domain=CARRIER, server=pbx.server)
    await outside.start()
    try:
        async with phone(pbx, CALLER) as ada, phone(pbx, "1003") as bob, phone(pbx, "1002") as carl:
            out, first = await talking(ada, bob)
            call = await live(pbx)
            assert (call.level, call.grant) == ("", "")
            request = CheckPerson(call=call.call, date_of_birth=ADA, actor="crm")
            assert (await told(pbx, PersonIs, request)).matched
            call = await live(pbx)
            assert (call.level, call.minutes_left) == ("V2", 15)
            token = await shown(pbx, call)
            assert await use(pbx, call, token, "extension/1003") == ""
            first.transfer("sip:1002@acme.example")
            second = await taken(carl)
            assert second.remote_display == "Verified caller (V2)"
            assert await first.wait_transferred(CALL_S) == 200
            call = await live(pbx)
            assert call.level == "V2"
            assert await use(pbx, call, token, "extension/1003") == "revoked"
            token = await shown(pbx, call)
            assert await use(pbx, call, token, "extension/1002") == ""
            second.transfer(f"sip:9{OUTSIDE}@acme.example")
            third = await taken(outside)
            assert await second.wait_transferred(CALL_S) == 200
            call = await live(pbx)
            assert (call.level, call.grant) == ("V0", "")
            assert await use(pbx, call, token, "extension/1002") == "revoked"
            third.hang_up()
            assert await out.wait_ended(CALL_S) == "bye"
    finally:
        await outside.close()
    found = await kept(pbx, call.call, lambda every: all(one.revoked_at for one in every))
    ends = [one.revoked_why for one in found]
    assert ends.count("transferred_out") == 1 and set(ends) == {"handed_over", "transferred_out"}
    assert {one.grant.audience for one in found} == {"extension/1003", "extension/1002", "pbx"}
