"""An import says who is a customer, and by that who is not any more."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from pbx.call.effects import CheckCaller
from pbx.core.ids import CallId, Token
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.store.customers import CustomerStore, ImportReport
from pbx.store.database import Database
from pbx.store.identity import IdentityStore
from pbx.store.keys import StoreKeys
from pbx.store.person_tables import Customer, Delegate, Identifier, Rectification
from pbx.store.snapshots import BATCH, KEPT_GONE

HEADER = "name,entity_type,phone,date_of_birth"
ANN, BOB = "Ann Example,individual,01632 960123,1980-02-03", "Bob Example,individual,07700 900123,1992-02-29"
OLD, NEW = "+441632960123", "+441632960177"
BORN = Secret("19800203")


class Town:
    """A customer file, and who is who by it."""

    def __init__(self, database: Database, keys: StoreKeys, folder: Path) -> None:
        self.database, self.keys, self._path = database, keys, folder / "customers.csv"
        self.store = CustomerStore(database, keys)
        self._identities = IdentityStore(database, keys)

    async def holds(self, *lines: str, header: str = HEADER, accept: bool = False) -> ImportReport:
        self._path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
        if not accept:
            return await self.store.import_csv("acme", "GB", self._path)
        return await self.store.import_csv("acme", "GB", self._path, accept_removals=True)

    async def reason(self, number: str, born: Secret[str] | None = BORN) -> str:
        asked = CheckCaller(
            call=CallId("c"), token=Token(1), tenant="acme", number=number, date_of_birth=born, trunk="t"
        )
        return (await self._identities.check(asked, utc_now())).reason


@pytest.fixture
def town(database: Database, keys: StoreKeys, tmp_path: Path) -> Town:
    return Town(database, keys, tmp_path)


def crowd(n: int) -> list[str]:
    return [f"Number {i} Ltd,company,+4416329601{i:02}," for i in range(n)]


async def test_a_number_that_was_changed_verifies_nobody_any_more(town: Town) -> None:
    await town.holds(ANN, BOB, *crowd(8))
    assert await town.reason(OLD) == "matched"
    await town.holds(ANN.replace("960123", "960177"), BOB, *crowd(8))
    assert await town.reason(NEW) == "matched"
    assert await town.reason(OLD) == "unknown"
    assert await town.reason(OLD, None) == "unknown"


async def test_a_customer_who_was_taken_out_verifies_no_more(town: Town) -> None:
    await town.holds(ANN, BOB, *crowd(8))
    report = await town.holds(BOB, *crowd(8))
    assert (report.imported, report.ended) == (9, 1)
    assert await town.reason(OLD) == "unknown"
    assert await town.store.find("acme", OLD) == []


async def test_whoever_comes_back_is_the_same_customer(town: Town) -> None:
    await town.holds(ANN, BOB, *crowd(8))
    [before] = await town.store.find("acme", OLD)
    await town.holds(BOB, *crowd(8))
    await town.holds(ANN, BOB, *crowd(8))
    assert await town.store.find("acme", OLD) == [before]
    assert await town.reason(OLD) == "matched"


async def test_what_only_the_comparison_needed_is_gone_with_the_customer(town: Town) -> None:
    await town.holds(ANN, BOB, *crowd(8))
    await town.holds(BOB, *crowd(8))
    async with town.database.reading() as session:
        [row] = (await session.scalars(select(Customer).where(Customer.gone_at.is_not(None)))).all()
    assert (row.dob_tag, row.date_of_birth) == (None, None)


async def test_a_line_that_cannot_be_read_proves_nothing(town: Town) -> None:
    await town.holds(ANN, BOB, *crowd(8))
    report = await town.holds(ANN.replace("1980-02-03", "1980-02-30"), BOB, *crowd(8))
    assert (report.ended, len(report.problems)) == (1, 1)
    assert await town.reason(OLD) == "unknown"


@pytest.mark.parametrize(("left", "refused"), [(8, False), (7, True), (0, True)])
async def test_more_than_a_fifth_goes_only_when_somebody_says_so(
    town: Town, left: int, refused: bool
) -> None:
    await town.holds(*crowd(10))
    report = await town.holds(*crowd(left), ANN)
    assert (report.refused, report.ended) == (refused, 10 - left)
    assert report.imported == (0 if refused else left + 1)
    assert bool(report.refusal) == refused
    assert await town.reason(OLD) == ("unknown" if refused else "matched")
    assert bool(await town.store.find("acme", "+441632960109")) == refused


async def test_somebody_says_so(town: Town) -> None:
    await town.holds(*crowd(10))
    report = await town.holds(ANN, accept=True)
    assert (report.imported, report.ended, report.refused) == (1, 10, False)
    assert await town.store.find("acme", "+441632960100") == []


async def test_sources_and_tenants_do_not_end_each_other(town: Town, tmp_path: Path) -> None:
    await town.holds(ANN)
    other = tmp_path / "other.csv"
    other.write_text(f"{HEADER}\n{BOB}\n")
    await town.store.import_csv("acme", "GB", other, source="crm")
    await town.store.import_csv("globex", "GB", other)
    assert await town.reason(OLD) == "matched"
    assert len(await town.store.find("acme", "+447700900123")) == 1
    await town.holds(ANN, accept=True)
    assert len(await town.store.find("acme", "+447700900123")) == 1


async def test_a_row_with_an_id_keeps_its_reference_through_every_change(town: Town) -> None:
    await town.holds(ANN, BOB)
    [before] = await town.store.find("acme", OLD)
    header = f"id,{HEADER}"
    await town.holds(f"1001,{ANN}", f"1002,{BOB}", header=header)
    assert [one.ref for one in await town.store.find("acme", OLD)] == [before.ref]
    report = await town.holds(
        "1001,Ann Married,individual,01632 960177,1980-02-03", f"1002,{BOB}", header=header
    )
    assert report.ended == 0
    [after] = await town.store.find("acme", NEW)
    assert (after.ref, after.name) == (before.ref, "Ann Married")
    assert (await town.reason(OLD), await town.reason(NEW)) == ("unknown", "matched")


async def test_more_columns(town: Town) -> None:
    header = f"id,{HEADER},language,account_number,extra_security,vulnerable,delegates"
    await town.holds(
        f"1001,{ANN},de-DE,1234 5678,no,yes,1002 bills+contact_data 2099-12-31; 1003; 1001",
        f"1002,{BOB},,,,,",
        header=header,
    )
    [ann], [bob] = [await town.store.find("acme", number) for number in (OLD, "+447700900123")]
    assert (ann.language, ann.flags, bob.acts_for) == ("de-DE", ("vulnerable",), (ann.ref,))
    async with town.database.reading() as session:
        [identifier] = (await session.scalars(select(Identifier))).all()
        [delegate] = (await session.scalars(select(Delegate))).all()
    assert (identifier.customer, len(identifier.tag), delegate.scopes) == (
        ann.ref,
        16,
        ["bills", "contact_data"],
    )
    await town.holds(f"1001,{ANN},,,,,", f"1002,{BOB},,,,,", header=header)
    async with town.database.reading() as session:
        counts = [await session.scalar(select(func.count()).select_from(t)) for t in (Identifier, Delegate)]
    assert counts == [0, 0]


async def test_whoever_wants_more_is_not_verified_by_number_and_date(town: Town) -> None:
    await town.holds(f"{ANN},yes", f"{BOB},no", header=f"{HEADER},extra_security")
    assert (await town.reason(OLD), await town.reason(OLD, None)) == ("wrong", "wrong")
    assert await town.reason("+447700900123", None) == "matched"


async def test_a_delegate_acts_until_the_end_of_the_day(town: Town) -> None:
    await town.holds(f"1001,{ANN},1002 all 2020-01-01", f"1002,{BOB},", header=f"id,{HEADER},delegates")
    [bob] = await town.store.find("acme", "+447700900123")
    assert bob.acts_for == ()


async def test_a_delegate_who_is_gone_acts_for_nobody_and_keeps_no_row(town: Town) -> None:
    """Named again by his principal, he would stand in the way of his own deletion."""
    header, ann = f"id,{HEADER},delegates", f"1001,{ANN},1002 all"
    await town.holds(ann, f"1002,{BOB},", header=header)
    await town.holds(ann, header=header, accept=True)
    await town.holds(ann, header=header)
    async with town.database.writing() as session:
        assert (await session.scalars(select(Delegate))).all() == []
        long_ago = utc_now() - KEPT_GONE - timedelta(days=1)
        await session.execute(update(Customer).where(Customer.gone_at.is_not(None)).values(gone_at=long_ago))
    await town.holds(ann, header=header)
    async with town.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Customer)) == 1


async def test_a_number_that_was_found_wrong_stays_unbound_until_the_file_has_another(town: Town) -> None:
    await town.holds(ANN, BOB)
    [ann] = await town.store.find("acme", OLD)
    async with town.database.writing() as session:
        row = await session.get_one(Customer, ann.ref)
        wrong = Rectification(
            rectification="r", tenant="acme", customer=ann.ref, phone_tag=row.phone_tag, reason="", actor=""
        )
        wrong.at = utc_now()
        session.add(wrong)
    report = await town.holds(ANN, BOB)
    assert report.unbound == 1
    assert (await town.reason(OLD), await town.reason("+447700900123")) == ("unknown", "wrong")


async def test_whoever_is_gone_for_thirteen_months_is_deleted(town: Town) -> None:
    await town.holds(ANN, BOB, *crowd(8))
    await town.holds(BOB, *crowd(8))
    async with town.database.writing() as session:
        await session.execute(
            update(Customer)
            .where(Customer.gone_at.is_not(None))
            .values(gone_at=utc_now() - KEPT_GONE - timedelta(days=1))
        )
    await town.holds(BOB, *crowd(8))
    async with town.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Customer)) == 9


async def test_more_customers_than_one_batch_end_at_once(town: Town) -> None:
    await town.holds(*(f"Number {i} Ltd,company,01632 960123," for i in range(BATCH + 1)))
    report = await town.holds(accept=True)
    assert report.ended == BATCH + 1
    assert await town.store.find("acme", OLD) == []
