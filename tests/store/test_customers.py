"""Customers through the database."""

from pathlib import Path

import pytest
from sqlalchemy import select

from pbx.store.customers import CustomerStore, CustomerView
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.snapshots import BATCH
from pbx.store.tables import Customer

CSV = """name,entity_type,phone,date_of_birth
Ann Example,individual,01632 960123,1980-02-03
Example Ltd,company,01632 960123,
Bob Example,individual,07700 900123,3 February 1980
Bad Phone,individual,nonsense,1980-02-03
"""


def written(tmp_path: Path, text: str = CSV) -> Path:
    path = tmp_path / "customers.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def customers(database: Database, keys: StoreKeys) -> CustomerStore:
    return CustomerStore(database, keys)


async def test_import_and_find(customers: CustomerStore, tmp_path: Path) -> None:
    report = await customers.import_csv("acme", "GB", written(tmp_path))
    assert report.imported == 3
    assert report.problems == ((5, "phone: not a possible telephone number"),)
    found = await customers.find("acme", "+441632960123")
    assert {(view.name, view.entity_type) for view in found} == {
        ("Ann Example", "individual"),
        ("Example Ltd", "company"),
    }
    assert await customers.find("acme", "+441632960199") == []


async def test_tenants_do_not_see_each_other(customers: CustomerStore, tmp_path: Path) -> None:
    await customers.import_csv("acme", "GB", written(tmp_path))
    assert await customers.find("other", "+441632960123") == []


async def test_importing_again_keeps_references(customers: CustomerStore, tmp_path: Path) -> None:
    await customers.import_csv("acme", "GB", written(tmp_path))
    before = await customers.find("acme", "+441632960123")
    await customers.import_csv("acme", "GB", written(tmp_path, CSV.replace("Ann Example", "ann  example")))
    after = await customers.find("acme", "+441632960123")
    assert [view.ref for view in before] == [view.ref for view in after]
    assert CustomerView(ref=after[0].ref, name=after[0].name, entity_type=after[0].entity_type) in after


def _octets(directory: Path) -> bytes:
    return b"".join(file.read_bytes() for file in directory.glob("pbx.db*"))


@pytest.mark.requirement("V-09")
async def test_the_file_holds_nothing_in_clear(
    customers: CustomerStore, database: Database, tmp_path: Path
) -> None:
    await customers.import_csv("acme", "GB", written(tmp_path))
    await database.close()  # checkpoints the write-ahead log
    octets = _octets(tmp_path)
    for clear in (b"Ann", b"Example Ltd", b"960123", b"1632", b"19800203", b"1980-02-03", b"February"):
        assert clear not in octets


@pytest.mark.requirement("V-09")
async def test_the_same_birthday_is_not_visible(
    customers: CustomerStore, database: Database, tmp_path: Path
) -> None:
    await customers.import_csv("acme", "GB", written(tmp_path))
    async with database.reading() as session:
        tags = (await session.scalars(select(Customer.dob_tag))).all()
    assert len(tags) == 3
    assert len({value for value in tags if value}) == 2


async def test_more_customers_than_one_batch(customers: CustomerStore, tmp_path: Path) -> None:
    lines = [f"Number {n} Ltd,company,01632 960123,\n" for n in range(BATCH + 1)]
    report = await customers.import_csv(
        "acme", "GB", written(tmp_path, CSV.splitlines()[0] + "\n" + "".join(lines))
    )
    assert report.imported == len(await customers.find("acme", "+441632960123")) == BATCH + 1
