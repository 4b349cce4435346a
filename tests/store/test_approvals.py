"""Requests in a real database: one for each wish, decided on once, granted for an hour."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pbx.lifecycle.approval import GRANT, PENDING
from pbx.store.approvals import MAX_PENDING, ApprovalStore
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from tests.lifecycle.test_approval import AT, WISH

pytestmark = pytest.mark.requirement("D-11")
EVE = ("eve", 1002)


@pytest.fixture
def approvals(database: Database) -> ApprovalStore:
    return ApprovalStore(database)


async def test_the_same_wish_is_asked_once(approvals: ApprovalStore, database: Database) -> None:
    again = replace(WISH, request="q2", asked_at=AT + timedelta(minutes=1))
    assert await approvals.ask(WISH) == WISH == await approvals.ask(replace(again, asked_at=AT))
    assert await approvals.ask(again) == WISH
    late = replace(again, asked_at=AT + PENDING)
    assert await approvals.ask(late) == late
    kinds = [fact.kind for _, fact in await AuditStore(database).list(5)]
    assert kinds == ["access.requested"] * 2


async def test_one_user_does_not_bury_the_others(approvals: ApprovalStore) -> None:
    for n in range(MAX_PENDING):
        assert await approvals.ask(replace(WISH, request=f"q{n}", purpose=f"p{n}")) is not None
    assert await approvals.ask(replace(WISH, request="more", purpose="more")) is None
    assert await approvals.ask(replace(WISH, request="his", uid=7)) is not None


async def test_a_grant(approvals: ApprovalStore, database: Database) -> None:
    await approvals.ask(WISH)
    assert await approvals.grant(1001, "r1", "fraud", AT) is None
    assert not await approvals.decide(WISH, "approved", ("ada", 1001), AT)
    assert await approvals.decide(WISH, "approved", EVE, AT)
    assert not await approvals.decide(WISH, "denied", EVE, AT)
    granted = await approvals.grant(1001, "r1", "fraud", AT)
    assert granted == await approvals.get("q1") and granted is not None and granted.decided_by == "eve"
    for uid, recording, purpose, now in (
        (7, "r1", "fraud", AT),
        (1001, "r2", "fraud", AT),
        (1001, "r1", "quality", AT),
        (1001, "r1", "fraud", AT + GRANT),
    ):
        assert await approvals.grant(uid, recording, purpose, now) is None
    (newest,) = [fact for _, fact in await AuditStore(database).list(1)]
    assert (newest.kind, newest.details["decided_by"]) == ("access.approved", "eve")


async def test_denied_is_no_grant_and_broken_glass_is_one(
    approvals: ApprovalStore, database: Database
) -> None:
    await approvals.ask(WISH)
    assert await approvals.decide(WISH, "denied", EVE, AT)
    assert await approvals.grant(1001, "r1", "fraud", AT) is None
    broken = replace(
        WISH,
        request="q2",
        reason="now",
        decision="broken_glass",
        decided_by="ada",
        decided_uid=1001,
        decided_at=AT,
    )
    await approvals.break_glass(broken)
    assert await approvals.grant(1001, "r1", "fraud", AT) == broken
    kinds = [fact.kind for _, fact in await AuditStore(database).list(2)]
    assert kinds == ["access.glass_broken", "access.denied"]


async def test_listing(approvals: ApprovalStore) -> None:
    other = replace(WISH, request="q2", uid=7, asked_at=AT + timedelta(minutes=1))
    for one in (WISH, other):
        await approvals.ask(one)
    assert await approvals.list(["acme"], None, 10) == [other, WISH]
    assert await approvals.list(["acme"], 7, 10) == [other]
    assert await approvals.list(["other"], None, 10) == []
    assert await approvals.get("q9") is None
