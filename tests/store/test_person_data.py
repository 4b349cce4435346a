"""A seeded person among others: nothing of his is missed, and nothing of theirs is given (D-02)."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pbx.call.effects import CheckCaller, EndGrant, KeepGrant, KeepRefusal
from pbx.call.record import CallRecord, Message
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, ConsentId, LegId, Token
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.store.audit import AuditStore
from pbx.store.calls import CallStore
from pbx.store.consents import ConsentStore
from pbx.store.customers import CustomerStore
from pbx.store.database import Database
from pbx.store.facts import FactStore
from pbx.store.identity import IdentityStore
from pbx.store.keys import StoreKeys
from pbx.store.messages import MessageStore
from pbx.store.person_data import Asking, PersonData
from pbx.store.rectifications import RectificationStore, Wish
from pbx.store.refusals import RefusalStore
from tests.cli.test_records import consent_record
from tests.store.test_calls import AT, ENDED
from tests.verify.granted import GRANT

ANN, SHARED, OTHER = "+447700900123", "+447700900131", "+447700900199"
CSV = f"""id,name,entity_type,phone,date_of_birth,account_number,vulnerable,delegates
1,Ann Example,individual,{ANN},1980-02-03,12345678,yes,2
2,Carl Sample,individual,{SHARED},1970-01-02,,,
3,Dora Sample,individual,{SHARED},1975-05-06,,,
"""
pytestmark = pytest.mark.requirement("D-02")


class Town:
    """Stores with what is known of Ann, and of those who must not be in her answer."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self.database, self.keys = database, keys
        self.data, self.refs = PersonData(database, keys), dict[str, str]()

    async def settle(self, folder: Path) -> None:
        (folder / "c.csv").write_text(CSV)
        customers = CustomerStore(self.database, self.keys)
        await customers.import_csv("acme", "GB", folder / "c.csv")
        for number in (ANN, SHARED):
            for view in await customers.find("acme", number):
                self.refs[view.name.split()[0]] = view.ref

    async def call(self, name: str, caller: str, callee: str, **more: Any) -> CallRecord:
        first = replace(ENDED.legs[0], leg=LegId(f"{name}-a"), number=caller)
        second = replace(
            ENDED.legs[1], leg=LegId(f"{name}-b"), party="trunk/carrier", number=callee, answered_at=AT
        )
        given: dict[str, Any] = {"customer": "", "recording": f"rec-{name}"} | more
        record = replace(
            ENDED, call=CallId(name), caller_number=caller, called=callee, legs=(first, second), **given
        )
        await CallStore(self.database, self.keys).save(record)
        said: dict[str, str | int | bool | None] = {"level": "V2", "actor": "staff"}
        fact = AuditFact(kind="verification.settled", call=record.call, tenant="acme", details=said)
        await AuditStore(self.database).append(fact, AT)
        return record

    async def told(self, number: str, customer: str = "") -> Any:
        who = Asking(tenant="acme", number=number, region="GB", customer=customer)
        return json.loads(json.dumps(await self.data.collect(who), default=str))


@pytest.fixture
async def town(database: Database, keys: StoreKeys, tmp_path: Path) -> Town:
    town = Town(database, keys)
    await town.settle(tmp_path)
    return town


async def test_nothing_of_hers_is_missed(town: Town) -> None:
    ann = town.refs["Ann"]
    await town.call("out", ANN, OTHER, customer=ann)
    await town.call("in", OTHER, ANN)
    await town.call("others", OTHER, SHARED)
    told = consent_record()
    consents = ConsentStore(town.database)
    await consents.save(replace(told, consent=ConsentId("k-1"), call=CallId("out")))
    await consents.save(
        replace(told, consent=ConsentId("k-2"), call=CallId("out"), proof=replace(told.proof, party="agent"))
    )
    refusal = KeepRefusal(tenant="acme", number=ANN, call=CallId("out"), consent="k-1", refuses=True)
    refusals = RefusalStore(town.database, town.keys)
    await town.database.write(lambda one: refusals.save_all(one, [(refusal, AT)]))
    message = Message(recording="rec-out", tenant="acme", box="sales")
    messages = MessageStore(town.database)
    await town.database.write(lambda one: messages.save_all(one, [message]))
    wrong = CheckCaller(
        call=CallId("x"),
        token=Token(1),
        tenant="acme",
        number=ANN,
        date_of_birth=Secret("19991231"),
        trunk="t",
    )
    await IdentityStore(town.database, town.keys).check(wrong, AT)
    wish = Wish(tenant="acme", customer=ann, number=OTHER, reason="a typing error", actor="dpo")
    await RectificationStore(town.database, town.keys).rectify(wish, AT)

    found = await town.told(ANN)
    customer = found["customer"]
    assert (customer["name"], customer["phone"], customer["date_of_birth"]) == (
        *("Ann Example", ANN),
        "19800203",
    )
    assert (customer["flags"], customer["also_proved_by"]) == (["vulnerable"], ["account_number"])
    assert (customer["delegates"], customer["delegate_of"]) == (1, 0)
    assert [one["reason"] for one in customer["corrections"]] == ["a typing error"]
    assert [one["call"] for one in found["calls"]] == ["in", "out"]
    assert [one["recording"] for one in found["calls"]] == ["rec-in", "rec-out"]
    assert {one["call"] for one in found["verifications"]} == {"in", "out"}
    assert [one["consent"] for one in found["consents"]] == ["k-1"]
    assert [one["recording"] for one in found["voicemail"]] == ["rec-out"]
    assert found["refuses_recording_since"] is not None
    assert {name: len(times) for name, times in found["failed_verifications"].items()} == {
        "of_customer": 1,
        "from_number": 1,
    }
    assert len(found["why_and_until_when"]) == 13, "each store says why, and until when"


@pytest.mark.requirement("VER-04")
async def test_what_others_might_do_for_her_is_hers_and_who_they_were_is_not(town: Town) -> None:
    ann = town.refs["Ann"]
    await town.call("out", ANN, OTHER, customer=ann)
    await town.call("in", OTHER, ANN, customer=town.refs["Carl"])
    hers = replace(GRANT, call=CallId("out"), leg=LegId("out-a"), customer=ann)
    grants = [
        hers,
        replace(hers, jti="b1", leg=LegId("out-b"), customer=town.refs["Carl"]),
        replace(hers, jti="b2", call=CallId("in"), leg=LegId("in-a"), customer=town.refs["Carl"]),
    ]
    facts = FactStore(town.database, town.keys)
    over = EndGrant(jti=hers.jti, at=GRANT.iat, why="hold")
    await facts.write([*((KeepGrant(grant=one), AT) for one in grants), (over, AT)])
    (told,) = (await town.told(ANN))["grants"]
    assert (told["call"], told["level"], told["revoked_why"]) == ("out", "V2", "hold")
    assert told["scopes"] == list(GRANT.scopes)
    assert not [word for word in (GRANT.audience, "signature", "dialog") if word in json.dumps(told)]


async def test_nothing_of_others_is_given(town: Town) -> None:
    await town.call("out", ANN, OTHER, customer=town.refs["Ann"])
    await town.call("in", OTHER, ANN, customer=town.refs["Carl"], verification="V2")
    found = await town.told(ANN)
    ingoing, outgoing = found["calls"]
    assert outgoing["called"] == OTHER, "she has dialled it herself"
    assert "called" not in ingoing and "verification" not in ingoing
    assert OTHER not in json.dumps(ingoing)
    text = json.dumps(found)
    assert not [word for word in ("Carl", "Dora", SHARED, "staff", town.refs["Carl"]) if word in text]


async def test_of_a_number_that_several_share_only_what_is_his(town: Town) -> None:
    carl, dora = town.refs["Carl"], town.refs["Dora"]
    await town.call("c", SHARED, OTHER, customer=carl)
    await town.call("d", SHARED, OTHER, customer=dora)
    await town.call("n", SHARED, OTHER)
    who = Asking(tenant="acme", number=SHARED, region="GB")
    assert sorted(await town.data.customers(who)) == sorted((carl, dora))
    assert await town.data.customers(replace(who, customer=carl)) == [carl]
    assert await town.data.customers(replace(who, customer=town.refs["Ann"])) == []
    found = await town.told(SHARED, dora)
    assert found["customer"]["name"] == "Dora Sample"
    assert [one["call"] for one in found["calls"]] == ["d", "n"]


async def test_whoever_has_a_number_that_was_a_customers_gets_nothing_of_him(town: Town) -> None:
    await town.call("a", OTHER, ANN, customer=town.refs["Ann"])
    found = await town.told(OTHER)
    assert (found["customer"], found["calls"]) == (None, [])
    assert utc_now() > AT
