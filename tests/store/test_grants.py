"""Grants in a real database: signed as they are written, ended once, and all of them by a restart."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pbx.call.effects import EndGrant, KeepGrant
from pbx.core.errors import StorageError
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.facts import FactStore
from pbx.store.grants import GrantStore
from pbx.store.keys import StoreKeys
from pbx.verify.grant import GrantKey, Why
from tests.verify.granted import AT, GRANT

SECOND = timedelta(seconds=1)


@pytest.fixture
def facts(database: Database, keys: StoreKeys) -> FactStore:
    return FactStore(database, keys)


@pytest.fixture
def grants(database: Database, keys: StoreKeys) -> GrantStore:
    return GrantStore(database, keys)


def end(why: Why, later: timedelta = SECOND) -> EndGrant:
    return EndGrant(jti=GRANT.jti, at=AT + later, why=why)


async def test_what_is_kept_is_what_was_signed(facts: FactStore, grants: GrantStore, keys: StoreKeys) -> None:
    await facts.write([(KeepGrant(grant=GRANT), AT)])
    kept = await grants.get(GRANT.jti)
    assert kept is not None
    assert (kept.grant, kept.revoked_at, kept.revoked_why) == (GRANT, None, "")
    assert GrantKey(keys.grant).read(kept.token) == GRANT
    assert kept.is_alive(GRANT.exp - SECOND) and not kept.is_alive(GRANT.exp)
    assert await grants.get("nobody") is None


@pytest.mark.requirement("V-05")
async def test_the_first_end_is_the_one_that_counts(facts: FactStore, grants: GrantStore) -> None:
    await facts.write([(end("hold", 2 * SECOND), AT), (KeepGrant(grant=GRANT), AT)])
    await facts.write([(end("leg_ended", 3 * SECOND), AT)])
    kept = await grants.get(GRANT.jti)
    assert kept is not None
    assert (kept.revoked_at, kept.revoked_why) == (AT + 2 * SECOND, "hold")
    assert not kept.is_alive(AT + 3 * SECOND)


async def test_the_same_grant_is_not_written_twice(facts: FactStore) -> None:
    await facts.write([(KeepGrant(grant=GRANT), AT)])
    with pytest.raises(StorageError):
        await facts.write([(KeepGrant(grant=GRANT), AT)])


async def test_lists_by_time_tenant_call_and_life(facts: FactStore, grants: GrantStore) -> None:
    later = replace(GRANT, jti="b", iat=AT + SECOND, exp=GRANT.exp + SECOND, tenant="other")
    await facts.write([(KeepGrant(grant=one), AT) for one in (GRANT, later)])
    await facts.write([(end("expired"), AT)])
    assert [one.grant.jti for one in await grants.list(10)] == ["b", GRANT.jti]
    assert [one.grant.jti for one in await grants.list(1)] == ["b"]
    assert [one.grant.jti for one in await grants.list(10, tenant="acme")] == [GRANT.jti]
    assert [one.grant.jti for one in await grants.list(10, call="c1", alive_at=AT)] == ["b"]
    assert await grants.list(10, alive_at=later.exp) == []


@pytest.mark.requirement("V-06")
async def test_a_restart_ends_all_that_live(facts: FactStore, grants: GrantStore, database: Database) -> None:
    older = replace(GRANT, jti="b", iat=AT - timedelta(hours=1), exp=AT - timedelta(minutes=45))
    await facts.write([(KeepGrant(grant=one), AT) for one in (GRANT, older)])
    assert await grants.end_earlier(AT + SECOND) == 1
    assert await grants.end_earlier(AT + SECOND) == 0
    kept = await grants.get(GRANT.jti)
    assert kept is not None
    assert (kept.revoked_at, kept.revoked_why) == (AT + SECOND, "restart")
    [(_, fact)] = await AuditStore(database).list(5)
    assert (fact.kind, fact.call, fact.details["why"]) == ("grant.revoked", "c1", "restart")
