"""Comparing and counting (compliance reference §4.4)."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pbx.call.context import LockRule
from pbx.call.effects import CheckCaller
from pbx.core.ids import CallId, Token
from pbx.core.secret import Secret
from pbx.media.dialogue import DigitPressed, PlayPrompts, PromptsEnded
from pbx.store.audit import AuditStore
from pbx.store.customers import CustomerStore
from pbx.store.database import Database
from pbx.store.identity import IdentityResult, IdentityStore
from pbx.store.keys import StoreKeys
from pbx.verify.effects import CheckIdentity, VerifyEffect
from pbx.verify.events import IdentityChecked, VerificationStarted
from pbx.verify.facts import Reason
from pbx.verify.fields import Locale
from pbx.verify.verification import Verification

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ANN, SHARED, TWINS, COMPANY, NOBODY = (f"+44163296010{n}" for n in range(5))
CSV = f"""name,entity_type,phone,date_of_birth
Ann,individual,{ANN},1980-02-03
Carl,individual,{SHARED},1970-01-01
Dora,individual,{SHARED},1975-05-05
Eve,individual,{TWINS},1990-09-09
Fred,individual,{TWINS},1990-09-09
Ltd,company,{COMPANY},
"""
RIGHT = {ANN: "19800203", SHARED: "19700101", TWINS: "19900909"}
WRONG = "19991231"


def question(
    number: str | None,
    born: str | None,
    *,
    tenant: str = "acme",
    trunk: str = "carrier",
    lock: LockRule = LockRule(),  # noqa: B008 - frozen
) -> CheckCaller:
    return CheckCaller(
        call=CallId("call"),
        token=Token(1),
        tenant=tenant,
        number=number,
        date_of_birth=Secret(born) if born is not None else None,
        trunk=trunk,
        lock=lock,
    )


class Desk:
    """Asks one store on behalf of one tenant at an adjustable time."""

    def __init__(self, store: IdentityStore) -> None:
        self.store = store
        self.now = NOW
        self.lock = LockRule()

    async def check(self, number: str | None, born: str, trunk: str = "carrier") -> IdentityResult:
        return await self.store.check(question(number, born, trunk=trunk, lock=self.lock), self.now)

    async def knows(self, number: str | None) -> IdentityResult:
        """Ask about the number alone."""
        return await self.store.check(question(number, None), self.now)

    async def fails(self, number: str | None, times: int, trunk: str = "carrier") -> list[str]:
        return [(await self.check(number, WRONG, trunk)).reason for _ in range(times)]


@pytest.fixture
async def desk(database: Database, keys: StoreKeys, tmp_path: Path) -> Desk:
    path = tmp_path / "c.csv"
    path.write_text(CSV)
    report = await CustomerStore(database, keys).import_csv("acme", "GB", path)
    assert report.problems == ()
    return Desk(IdentityStore(database, keys))


async def test_matched(desk: Desk, database: Database, keys: StoreKeys) -> None:
    result = await desk.check(ANN, RIGHT[ANN])
    [view] = await CustomerStore(database, keys).find("acme", ANN)
    assert result == IdentityResult(matched=True, customer=view.ref, reason="matched")


@pytest.mark.parametrize(
    ("number", "born", "reason"),
    [
        (ANN, WRONG, "wrong"),
        (ANN, RIGHT[SHARED], "wrong"),
        (NOBODY, RIGHT[ANN], "unknown"),
        (None, RIGHT[ANN], "unknown"),
        (TWINS, RIGHT[TWINS], "ambiguous"),
    ],
)
async def test_not_matched(desk: Desk, number: str | None, born: str, reason: Reason) -> None:
    assert await desk.check(number, born) == IdentityResult(matched=False, customer="", reason=reason)


@pytest.mark.requirement("V-15")
async def test_a_company_is_never_verified(desk: Desk) -> None:
    assert (await desk.check(COMPANY, WRONG)).reason == "company"


@pytest.mark.requirement("V-15")
async def test_callers_of_a_company_lock_nobody_out(desk: Desk) -> None:
    assert await desk.fails(COMPANY, 25) == ["company"] * 25


@pytest.mark.requirement("V-14")
async def test_two_people_of_one_number_are_told_apart(desk: Desk) -> None:
    carl = await desk.check(SHARED, "19700101")
    dora = await desk.check(SHARED, "19750505")
    assert carl.matched
    assert dora.matched
    assert carl.customer != dora.customer


async def test_another_tenants_customer_is_unknown(desk: Desk) -> None:
    result = await desk.store.check(question(ANN, RIGHT[ANN], tenant="other"), NOW)
    assert result.reason == "unknown"


async def test_a_number_alone_is_known_when_it_is_one_individuals(desk: Desk) -> None:
    reasons = [(await desk.knows(number)).reason for number in (ANN, NOBODY, None, SHARED, COMPANY)]
    assert reasons == ["matched", "unknown", "unknown", "ambiguous", "company"]
    assert (await desk.knows(ANN)).customer == (await desk.check(ANN, RIGHT[ANN])).customer
    assert (await desk.knows(SHARED)).customer == ""


@pytest.mark.requirement("V-04")
async def test_a_known_number_neither_counts_nor_is_locked(desk: Desk) -> None:
    for _ in range(7):
        await desk.knows(NOBODY)
    assert await desk.fails(NOBODY, 1) == ["unknown"]
    await desk.fails(ANN, 6)
    assert (await desk.knows(ANN)).matched
    assert (await desk.check(ANN, RIGHT[ANN])).reason == "locked"


@pytest.mark.requirement("V-02")
async def test_a_tenant_sets_how_many_failures_lock_and_for_how_long(desk: Desk) -> None:
    desk.lock = LockRule(failures=2, window_s=600.0)
    assert await desk.fails(ANN, 3) == ["wrong", "wrong", "locked"]
    assert await desk.fails(NOBODY, 3) == ["unknown", "unknown", "locked"]
    desk.now = NOW + timedelta(seconds=599)
    assert (await desk.check(ANN, RIGHT[ANN])).reason == "locked"
    desk.now = NOW + timedelta(seconds=600)
    assert (await desk.check(ANN, RIGHT[ANN])).matched


@pytest.mark.requirement("V-02")
async def test_no_setting_lifts_the_fixed_limits(desk: Desk) -> None:
    desk.lock = LockRule(failures=100, window_s=1.0)
    assert await desk.fails(ANN, 6) == ["wrong"] * 5 + ["locked"]
    assert await desk.fails(NOBODY, 6) == ["unknown"] * 5 + ["locked"]
    assert await desk.fails(None, 21) == ["unknown"] * 20 + ["locked"]


@pytest.mark.requirement("V-02")
async def test_five_failures_in_24_hours_lock_in_silence(desk: Desk) -> None:
    assert await desk.fails(ANN, 7) == ["wrong"] * 5 + ["locked"] * 2
    assert (await desk.check(ANN, RIGHT[ANN])) == IdentityResult(matched=False, customer="", reason="locked")
    desk.now = NOW + timedelta(hours=24) - timedelta(seconds=1)
    assert (await desk.check(ANN, RIGHT[ANN])).reason == "locked"
    desk.now = NOW + timedelta(hours=24)
    assert (await desk.check(ANN, RIGHT[ANN])).matched


@pytest.mark.requirement("V-02")
async def test_the_window_slides(desk: Desk) -> None:
    await desk.fails(ANN, 3)
    desk.now = NOW + timedelta(hours=20)
    assert await desk.fails(ANN, 3) == ["wrong", "wrong", "locked"]
    desk.now = NOW + timedelta(hours=25)  # the first three are forgotten, two are not
    assert await desk.fails(ANN, 4) == ["wrong", "wrong", "wrong", "locked"]


@pytest.mark.requirement("V-02")
async def test_unknown_numbers_lock_the_same_way(desk: Desk) -> None:
    assert await desk.fails(NOBODY, 6) == ["unknown"] * 5 + ["locked"]


@pytest.mark.requirement("V-02")
async def test_ten_failures_of_a_number_in_seven_days(desk: Desk) -> None:
    for day in (0, 2):
        desk.now = NOW + timedelta(days=day)
        assert await desk.fails(NOBODY, 6) == ["unknown"] * 5 + ["locked"]
    desk.now = NOW + timedelta(days=4)
    assert await desk.fails(NOBODY, 1) == ["locked"]
    desk.now = NOW + timedelta(days=7)  # the first five have left the window
    assert await desk.fails(NOBODY, 1) == ["unknown"]


@pytest.mark.requirement("V-02")
async def test_withheld_numbers_count_against_their_trunk(desk: Desk) -> None:
    assert await desk.fails(None, 21) == ["unknown"] * 20 + ["locked"]
    assert await desk.fails(None, 1, trunk="other") == ["unknown"]
    desk.now = NOW + timedelta(hours=1)
    assert await desk.fails(None, 1) == ["unknown"]


@pytest.mark.requirement("V-02")
async def test_success_forgets_the_record_but_not_the_number(desk: Desk) -> None:
    await desk.fails(ANN, 4)
    assert (await desk.check(ANN, RIGHT[ANN])).matched
    assert await desk.fails(ANN, 2) == ["wrong", "locked"]  # the number's fifth failure


@pytest.mark.requirement("V-02")
async def test_twenty_failures_since_the_last_success(desk: Desk) -> None:
    reasons = []
    for week in range(5):
        desk.now = NOW + timedelta(days=8 * week)
        reasons += await desk.fails(ANN, 5)
    assert reasons == ["wrong"] * 20 + ["locked"] * 5
    desk.now += timedelta(days=30)
    assert (await desk.check(ANN, RIGHT[ANN])).reason == "locked"


async def test_forgive_opens_a_locked_record(desk: Desk, database: Database, keys: StoreKeys) -> None:
    for week in range(4):
        desk.now = NOW + timedelta(days=8 * week)
        await desk.fails(ANN, 5)
    desk.now += timedelta(days=8)
    [view] = await CustomerStore(database, keys).find("acme", ANN)
    who = ("jane", "called back")
    assert await desk.store.forgive("acme", view.ref, desk.now, who) == 20
    assert await desk.store.forgive("acme", view.ref, desk.now, who) == 0
    at, fact = await AuditStore(database).newest("verification.forgiven") or (None, None)
    assert at == desk.now
    assert fact is not None
    assert fact.details == {"customer": view.ref, "failures": 20, "by": "jane", "reason": "called back"}
    assert (await desk.check(ANN, RIGHT[ANN])).matched


@pytest.mark.requirement("V-02")
async def test_counters_survive_a_restart(desk: Desk, url: str, keys: StoreKeys, database: Database) -> None:
    await desk.fails(ANN, 5)
    await database.close()
    again = Database(url)
    assert (await Desk(IdentityStore(again, keys)).check(ANN, RIGHT[ANN])).reason == "locked"
    await again.close()


@pytest.mark.requirement("V-02")
async def test_fifty_at_once_are_exact_across_two_nodes(desk: Desk, url: str, keys: StoreKeys) -> None:
    other = Database(url)
    desks = [desk, Desk(IdentityStore(other, keys))]
    results = await asyncio.gather(*(desks[n % 2].check(ANN, WRONG) for n in range(50)))
    reasons = [result.reason for result in results]
    assert (reasons.count("wrong"), reasons.count("locked")) == (5, 45)
    await other.close()


async def _trace(desk: Desk, number: str | None) -> list[tuple[float, str]]:
    """Three wrong answers through the machine; what the caller hears, and when."""
    machine = Verification(number, 3, date(2026, 11, 24), Locale())
    now, heard, pending = 10.0, list[tuple[float, str]](), machine.handle(VerificationStarted(), 10.0)
    digits = list("31121999" * 3)
    while not machine.settled:
        effects, pending = pending, []
        for effect in effects:
            heard.append((round(now, 3), _audible(effect)))
            if isinstance(effect, CheckIdentity):
                assert effect.date_of_birth is not None
                result = await desk.check(effect.number, effect.date_of_birth.reveal())
                answer = IdentityChecked(token=effect.token, matched=result.matched, customer=result.customer)
                pending += machine.handle(answer, now)
            if isinstance(effect, PlayPrompts):
                pending += machine.handle(PromptsEnded(token=effect.token, completed=True, played_ms=1), now)
        if not pending and digits and machine.deadline and machine.deadline - now > 1:
            now += 0.5
            pending = machine.handle(DigitPressed(digit=Secret(digits.pop(0))), now)
        elif not pending and machine.deadline is not None:
            now = machine.deadline
            pending = machine.tick(now)
    return heard + [(round(now, 3), _audible(effect)) for effect in pending]


def _audible(effect: VerifyEffect) -> str:
    return "check" if isinstance(effect, CheckIdentity) else repr(effect)


@pytest.mark.requirement("V-01")
async def test_unknown_wrong_locked_withheld_and_company_sound_the_same(desk: Desk) -> None:
    await desk.fails(SHARED, 6)
    traces = [await _trace(desk, number) for number in (ANN, NOBODY, SHARED, None, COMPANY)]
    assert len(traces[0]) > 8
    assert all(trace == traces[0] for trace in traces)
