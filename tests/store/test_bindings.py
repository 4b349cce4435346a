"""Bindings in a real database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pbx.core.address import Remote
from pbx.sip.events import BindingsKept, KeptBinding
from pbx.store.bindings import BindingStore
from pbx.store.database import Database

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DESK = KeptBinding(
    uri="sip:bob@192.168.1.2",
    remote=Remote("tls", "203.0.113.5", 40000),
    call_id="c",
    cseq=2**31 - 1,
    expires_at=AT + timedelta(hours=1),
    refreshed_at=AT,
    q=500,
    instance="urn:x",
    reg_id=1,
    path=("<sip:a;lr>", "<sip:b;lr>"),
    user_agent="phone",
    is_reachable=False,
    rtt_ms=None,
)
MOBILE = replace(DESK, uri="sip:bob@192.168.1.3", path=(), is_reachable=None, rtt_ms=12)
BOB = BindingsKept(tenant="acme", user="bob", bindings=(DESK, MOBILE))
ALICE = BindingsKept(tenant="acme", user="alice", bindings=(DESK,))


async def test_what_is_written_comes_back_in_its_order(database: Database) -> None:
    store = BindingStore(database)
    await store.write([BOB, ALICE])
    assert await store.list() == [ALICE, BOB]


async def test_a_user_has_what_was_written_last(database: Database) -> None:
    store = BindingStore(database)
    await store.write([BOB, ALICE])
    await store.write([replace(BOB, bindings=(MOBILE,), is_refresh=True), replace(ALICE, bindings=())])
    assert await store.list() == [replace(BOB, bindings=(MOBILE,))]
