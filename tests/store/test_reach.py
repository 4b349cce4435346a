"""Who spoke in what the access log names."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time

import pytest
import rfc8785
from sqlalchemy import insert

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId
from pbx.lifecycle.access import Access, Form
from pbx.lifecycle.reach import WITHHELD, Reaching, Speaker, Touch, gather
from pbx.store.accesses import AccessStore
from pbx.store.audit import AuditStore
from pbx.store.audit_log import insert_facts
from pbx.store.calls import CallStore
from pbx.store.customers import CustomerStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.reach import ReachStore
from pbx.store.recordings import SqlRecordingLedger
from pbx.store.tables import Base, Recording
from tests.store.test_calls import AT, ENDED, FINISHED

NUMBER, HOME = ENDED.caller_number, {"acme": "GB"}
CSV = f"name,entity_type,phone,date_of_birth\nAnn,individual,{NUMBER},1980-02-03\n"
_PLAIN = [name for name in FINISHED.__slots__ if name != "header"]
RECORDINGS = Base.metadata.tables[Recording.__tablename__]
ROOM = rfc8785.dumps(  # somebody sat in it
    {"v": 4, "channels": [{}, {}, {"turns": [{"leg": "guest"}]}], "events": []}
)
pytestmark = pytest.mark.requirement("D-16")


def access(form: Form = "play", user: str = "eve", recording: str = "r1") -> Access:
    return Access(
        recording=recording, call="c1", tenant="acme", actor=user, purpose="quality", form=form, internal="x"
    )


@pytest.fixture
async def store(database: Database, keys: StoreKeys, tmp_path: Path) -> ReachStore:
    (tmp_path / "c.csv").write_text(CSV)
    await CustomerStore(database, keys).import_csv("acme", "GB", tmp_path / "c.csv")
    await CallStore(database, keys).save(ENDED)
    await SqlRecordingLedger(database).commit(FINISHED)
    return ReachStore(database, keys, HOME)


async def test_a_user_reached_what_he_was_given_and_not_what_he_was_refused(
    database: Database, store: ReachStore
) -> None:
    log = AccessStore(database)
    await log.open(access("show"), AT)
    await log.open(access("wav", "bob"), AT)
    await log.refuse(access("wav", recording="r9"), "a restriction", AT)
    live = AuditFact(
        kind="watch.began", call=CallId("c1"), tenant="acme", details={"by": "eve", "mode": "whisper"}
    )
    await AuditStore(database).append(live, AT + timedelta(hours=1))
    found = await store.accesses(Reaching(user="eve"))
    assert [(one.recording, one.call, one.how) for one in found] == [
        ("r1", "c1", "show"),
        ("", "c1", "whisper"),
    ]
    later = Reaching(user="eve", since_at=AT + timedelta(minutes=1))
    assert [one.how for one in await store.accesses(later)] == ["whisper"]
    before = Reaching(user="eve", before_at=AT + timedelta(minutes=1))
    assert [one.how for one in await store.accesses(before)] == ["show"]


async def test_who_speaks_and_whose_number_it_is(database: Database, store: ReachStore) -> None:
    await AccessStore(database).open(access(), AT)
    touches = await store.accesses(Reaching(user="eve"))
    speakers = await store.speakers(touches)
    [ann] = speakers["c1"]
    assert (ann.who, ann.customers[0][1]) == (NUMBER, "Ann"), "the telephone that never answered is not in it"
    assert [one.names for one in gather(touches, speakers).people] == [("Ann",)]


async def test_staff_withheld_and_guests_of_a_room(
    database: Database, keys: StoreKeys, store: ReachStore
) -> None:
    caller, agent = ENDED.legs
    hidden = replace(caller, leg=LegId("h"), number="")
    answered = replace(agent, leg=LegId("i"), answered_at=AT)
    await CallStore(database, keys).save(
        replace(ENDED, call=CallId("c2"), caller_number="", legs=(hidden, answered))
    )
    await CallStore(database, keys).save(
        replace(ENDED, call=CallId("c3"), legs=(replace(caller, leg=LegId("guest"), number="+441632960177"),))
    )
    await SqlRecordingLedger(database).commit(replace(FINISHED, recording="r2", call="c2", manifest=ROOM))
    touch = (await store.with_calls([replace(one, call="") for one in await _of(database, store, "r2")]))[0]
    assert touch.call == "c2"
    speakers = await store.speakers([touch])
    assert set(speakers["c2"]) == {
        Speaker(who=WITHHELD, tenant="acme"),
        Speaker(who="extension/1001", tenant="acme"),
        Speaker(who="+441632960177", tenant="acme"),
    }


async def _of(database: Database, store: ReachStore, recording: str) -> list[Touch]:
    await AccessStore(database).open(access(recording=recording), AT)
    return await store.accesses(Reaching(user="eve"))


async def test_an_epoch_of_keys_opens_its_recordings(database: Database, store: ReachStore) -> None:
    touches, n_unread = await store.opened_by(3, ["acme"])
    assert (touches, n_unread) == ([], 1), "nobody has looked yet which epoch opens it"
    assert await store.opened_by(3, ["globex"]) == ([], 0)


async def _fill(database: Database, keys: StoreKeys, n: int) -> None:
    """`n` accesses of one user to as many recordings of as many callers."""
    caller = ENDED.legs[0]
    calls = [
        replace(
            ENDED,
            call=CallId(f"call-{i}"),
            caller_number=f"+4477{i:08}",
            legs=(replace(caller, number=f"+4477{i:08}"),),
        )
        for i in range(n)
    ]
    facts = [(replace(access(), recording=f"rec-{i}", call=f"call-{i}").fact(), AT) for i in range(n)]
    row = {name: getattr(FINISHED, name) for name in _PLAIN}
    rows = [{**row, "recording": f"rec-{i}", "call": f"call-{i}"} for i in range(n)]
    store = CallStore(database, keys)
    await database.write(lambda one: store.save_all(one, calls))
    await database.write(lambda one: one.execute(insert(RECORDINGS), rows))
    await database.write(lambda one: insert_facts(one, facts))


@pytest.mark.parametrize("n", [300, pytest.param(100_000, marks=pytest.mark.proof)])
async def test_an_answer_within_a_minute(database: Database, keys: StoreKeys, n: int) -> None:
    await _fill(database, keys, n)
    store, began, began_cpu = ReachStore(database, keys, HOME), perf_counter(), process_time()
    touches = await store.with_calls(await store.accesses(Reaching(user="eve")))
    found = gather(touches, await store.speakers(touches))
    took_s, cpu_s = perf_counter() - began, process_time() - began_cpu
    print(f"{n} accesses: {len(found.people)} people in {took_s:.2f} s, {cpu_s:.2f} s of CPU")
    assert (len(found.people), found.unknown) == (n, ())
    assert cpu_s < 60.0, "the time of a machine that does nothing else"
