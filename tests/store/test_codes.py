"""One-time codes in the database (V-11): used once, three tries, expiry, binding, sends, nothing in clear."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pbx.call.effects import CheckCode, SendCode
from pbx.core.ids import CallId, LegId, Token
from pbx.core.secret import Secret
from pbx.store.audit import AuditStore
from pbx.store.codes import CodeStore, Made
from pbx.store.customers import CustomerStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.rectifications import RectificationStore, Wish
from pbx.verify.one_time_code import LIFETIME, TRIES, Way

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TICK, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)
ANN, SHARED, COMPANY, YOUNG, PORTED, LANDLINE, GUARDED, UNKNOWN = (f"+44770090010{n}" for n in range(8))
LANDLINE = "+442079460001"
CSV = f"""name,entity_type,phone,date_of_birth,phone_since,ported,email,email_since,extra_security
Ann,individual,{ANN},1980-02-03,2026-01-01,,ann@example.org,2026-01-01,
Carl,individual,{SHARED},1970-01-01,2026-01-01,,,,
Dora,individual,{SHARED},1975-05-05,2026-01-01,,,,
Ltd,company,{COMPANY},,2026-01-01,,,,
Finn,individual,{YOUNG},1990-09-09,2026-11-17,,,,
Gina,individual,{PORTED},1990-09-09,2026-01-01,yes,,,
Hugo,individual,{LANDLINE},1990-09-09,2026-01-01,,hugo@example.org,2026-01-01,
Ida,individual,{GUARDED},1990-09-09,2026-01-01,,,,yes
"""
BOTH: tuple[Way, ...] = ("sms", "mail")
ASKED = SendCode(
    call=CallId("call"),
    leg=LegId("a"),
    tenant="acme",
    purpose="change of address",
    number=ANN,
    customer="",
    language="en-GB",
)


class Office:
    """Makes, sends and checks codes of one tenant at an adjustable time."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self.database, self.keys = database, keys
        self.store = CodeStore(database, keys)
        self.now = NOW

    async def made(self, asked: SendCode = ASKED, ways: tuple[Way, ...] = BOTH) -> Made:
        made = await self.store.make(asked, ways, self.now)
        assert isinstance(made, Made), made
        return made

    async def code(self, asked: SendCode = ASKED) -> Secret[str]:
        made = await self.made(asked)
        await self.store.sent(asked, made, self.now)
        return made.code

    async def types(self, code: Secret[str], asked: SendCode = ASKED) -> str:
        check = CheckCode(
            call=asked.call,
            leg=asked.leg,
            token=Token(1),
            tenant=asked.tenant,
            purpose=asked.purpose,
            code=code,
        )
        return (await self.store.check(check, self.now)).reason

    async def facts(self) -> list[dict[str, object]]:
        events = await AuditStore(self.database).list(limit=100)
        return [dict(fact.details) for _, fact in events if fact.kind == "verification.code"]


def other(code: Secret[str]) -> Secret[str]:
    return Secret(f"{(int(code.reveal()) + 1) % 1_000_000:06d}")


@pytest.fixture
async def office(database: Database, keys: StoreKeys, tmp_path: Path) -> Office:
    path = tmp_path / "c.csv"
    path.write_text(CSV)
    report = await CustomerStore(database, keys).import_csv("acme", "GB", path)
    assert report.problems == ()
    return Office(database, keys)


@pytest.mark.requirement("V-11")
async def test_a_code_is_right_once(office: Office) -> None:
    code = await office.code()
    assert [await office.types(code) for _ in range(2)] == ["matched", "spent"]


@pytest.mark.requirement("V-11")
async def test_a_code_has_three_tries(office: Office) -> None:
    code = await office.code()
    wrong = [await office.types(other(code)) for _ in range(TRIES - 1)]
    assert (wrong, await office.types(code)) == (["wrong"] * 2, "matched")
    office.now += TICK
    code = await office.code()
    assert [await office.types(other(code)) for _ in range(TRIES)] == ["wrong"] * 3
    assert await office.types(code) == "spent"


@pytest.mark.requirement("V-11")
@pytest.mark.parametrize(("age", "reason"), [(LIFETIME - TICK, "matched"), (LIFETIME, "expired")])
async def test_a_code_lives_for_five_minutes(office: Office, age: timedelta, reason: str) -> None:
    code = await office.code()
    office.now += age
    assert await office.types(code) == reason


@pytest.mark.requirement("V-11")
@pytest.mark.parametrize(
    "elsewhere",
    [{"call": CallId("other")}, {"leg": LegId("b")}, {"purpose": "port out"}, {"tenant": "globex"}],
    ids=["call", "leg", "purpose", "tenant"],
)
async def test_a_code_is_bound(office: Office, elsewhere: dict[str, str]) -> None:
    code = await office.code()
    assert await office.types(code, replace(ASKED, **elsewhere)) == "not_sent"  # type: ignore[arg-type]
    assert await office.types(code) == "matched"


@pytest.mark.requirement("V-11")
async def test_a_new_code_ends_the_one_before(office: Office) -> None:
    first = await office.code()
    office.now += TICK
    second = await office.code()
    assert await office.types(first) == ("matched" if first == second else "wrong")
    assert await office.types(second) == "matched"


@pytest.mark.requirement("V-11")
@pytest.mark.parametrize("reason", [None, "gateway answered 500"])
async def test_what_was_not_taken_is_void(office: Office, reason: str | None) -> None:
    """None = the process died between the two steps."""
    made = await office.made()
    if reason is not None:
        await office.store.sent(ASKED, made, office.now, reason=reason)
    assert await office.types(made.code) == "not_sent"
    [view] = await office.store.list(["acme"], office.now)
    assert view.outcome == ("failed" if reason else "void")


@pytest.mark.requirement("V-11")
async def test_parallel_tries_find_one_use_and_three_tries(office: Office) -> None:
    code = await office.code()
    tries = await asyncio.gather(*(office.types(code) for _ in range(10)))
    assert sorted(tries) == ["matched", *["spent"] * 9]


@pytest.mark.requirement("V-11")
async def test_three_an_hour_and_six_a_day_go_to_a_number(office: Office) -> None:
    sends = await asyncio.gather(*(office.store.make(ASKED, BOTH, office.now) for _ in range(5)))
    assert sorted(isinstance(one, Made) for one in sends) == [False, False, True, True, True]
    assert "often" in sends
    office.now += HOUR
    for _ in range(3):
        await office.made()
    office.now += HOUR
    assert await office.store.make(ASKED, BOTH, office.now) == "often"
    office.now = NOW + DAY
    await office.made()


@pytest.mark.requirement("V-11")
async def test_another_process_counts_the_same_sends(office: Office, url: str) -> None:
    for _ in range(3):
        await office.made()
    second = Database(url)
    try:
        assert await CodeStore(second, office.keys).make(ASKED, BOTH, office.now) == "often"
    finally:
        await second.close()


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (UNKNOWN, "unknown"),
        (None, "unknown"),
        (SHARED, "ambiguous"),
        (COMPANY, "company"),
        (YOUNG, "young"),
        (PORTED, "moved"),
    ],
)
async def test_whom_no_code_is_sent_to(office: Office, number: str | None, reason: str) -> None:
    asked = replace(ASKED, number=number)
    assert await office.store.make(asked, BOTH, NOW) == reason
    assert await office.types(Secret("000000"), asked) == "not_sent"
    assert await office.facts() == [
        {"purpose": "change of address", "way": "", "outcome": "unsent", "reason": reason}
    ]


@pytest.mark.requirement("V-14")
async def test_on_a_shared_number_it_goes_for_whom_he_has_proved_to_be(office: Office) -> None:
    views = await CustomerStore(office.database, office.keys).find("acme", SHARED)
    for view in views:
        asked = replace(ASKED, number=SHARED, customer=view.ref, call=CallId(view.ref))
        code = await office.code(asked)
        assert await office.types(code, asked) == "matched"


async def test_whoever_wants_extra_security_gets_codes(office: Office) -> None:
    asked = replace(ASKED, number=GUARDED)
    assert await office.types(await office.code(asked), asked) == "matched"


@pytest.mark.parametrize(
    ("number", "ways", "expected"),
    [
        (ANN, ("sms", "mail"), ("sms", ANN)),
        (ANN, ("mail",), ("mail", "ann@example.org")),
        (LANDLINE, ("sms", "mail"), ("mail", "hugo@example.org")),
        (LANDLINE, ("sms",), "no_way"),
        (ANN, (), "no_way"),
        (GUARDED, ("mail",), "no_way"),
    ],
)
async def test_which_way_it_goes(
    office: Office, number: str, ways: tuple[Way, ...], expected: tuple[str, str] | str
) -> None:
    made = await office.store.make(replace(ASKED, number=number), ways, NOW)
    assert ((made.way, made.to.reveal()) if isinstance(made, Made) else made) == expected


async def test_a_number_that_was_changed_is_young_again(office: Office, tmp_path: Path) -> None:
    """Without `phone_since` the first import that has a number says since when."""
    path, store = tmp_path / "n.csv", CustomerStore(office.database, office.keys)
    for number in (ANN, UNKNOWN):
        path.write_text(f"id,name,entity_type,phone,date_of_birth\n1,Ann,individual,{number},1980-02-03\n")
        assert (await store.import_csv("globex", "GB", path)).imported == 1
        asked = replace(ASKED, tenant="globex", number=number)
        now = datetime.now(UTC)
        assert await office.store.make(asked, BOTH, now) == "young"
        assert isinstance(await office.store.make(asked, BOTH, now + 8 * DAY), Made)


async def test_a_number_that_is_not_his_gets_no_code(office: Office) -> None:
    [view] = await CustomerStore(office.database, office.keys).find("acme", ANN)
    wish = Wish(tenant="acme", customer=view.ref, number=ANN, reason="recycled", actor="ann")
    await RectificationStore(office.database, office.keys).rectify(wish, NOW)
    assert await office.store.make(replace(ASKED, customer=view.ref), BOTH, NOW) == "unknown"


@pytest.mark.requirement("V-11")
@pytest.mark.requirement("V-09")
async def test_neither_codes_nor_where_they_went_are_in_the_database(office: Office, tmp_path: Path) -> None:
    made = await office.made(ways=("mail",))
    await office.store.sent(ASKED, made, office.now)
    await office.types(made.code)
    files = b"".join(file.read_bytes() for file in sorted(tmp_path.glob("pbx.db*")))
    assert b"one_time_codes" in files and made.code_id.encode() in files
    for secret in (made.code, made.to, Secret(ANN)):
        assert secret.reveal().encode() not in files
    assert made.code.reveal() not in repr(made)


async def test_what_people_see_of_codes(office: Office) -> None:
    used = await office.code()
    await office.types(used)
    office.now += TICK
    await office.code()
    views = await office.store.list(["acme"], office.now + LIFETIME)
    assert [(view.outcome, view.tries, view.way) for view in views] == [
        ("expired", 0, "sms"),
        ("used", 1, "sms"),
    ]
    assert await office.store.list(["globex"], office.now) == []
    office.now += DAY
    await office.made()
    assert [view.outcome for view in await office.store.list(["acme"], office.now)] == ["void"]
