"""`pbx privacy register`, `reach`, `rectify` and `rectifications` over a real installation."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import update

from pbx.cli.main import run
from pbx.cli.vault import actor
from pbx.config.places import Places
from pbx.core.ids import CallId
from pbx.core.io.clock import utc_now
from pbx.store.calls import CallStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.tables import RecordingKey
from tests.cli.conftest import Pbx
from tests.store.test_calls import ENDED

ADA = "+447700900123"


@pytest.fixture
async def ada(pbx: Pbx, places: Places, database: Database) -> str:
    """The reference of a customer, whose call was recorded as `rec-1`."""
    await pbx("customers", "import", str(places.base / "config" / "acme" / "customers.csv"))
    (found,) = (await pbx("customers", "find", ADA, "--json")).json
    record = replace(
        ENDED, call=CallId("call-1"), caller_number=ADA, customer=found["ref"], recording="rec-1"
    )
    await CallStore(database, StoreKeys.load_or_create(places.store_keys)).save(record)
    return str(found["ref"])


@pytest.mark.requirement("D-01")
def test_the_register_names_every_column(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["privacy", "register", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    (name,) = [row for row in rows if (row["table"], row["column"]) == ("customers", "name")]
    assert (name["category"], name["purpose"]) == ("identity", "verify callers")
    assert name["kept"].startswith("while a file names the person")
    assert run(["privacy", "register"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "customers identity entity_type name date_of_birth verify callers" in said


@pytest.mark.requirement("D-16")
async def test_whose_data_did_this_reach(pbx: Pbx, recording: str, ada: str, tmp_path: Path) -> None:
    words = ("recordings", "export", recording, "--out", str(tmp_path / "out.wav"), "--wav")
    assert (await pbx(*words, "--purpose", "complaint")).code == 0
    (person,) = (await pbx("privacy", "reach", "--user", actor(), "--json")).json
    assert (person["who"], person["names"], person["customers"]) == (ADA, ["Ada Example"], [ada])
    assert (person["recordings"], person["calls"]) == (["rec-1"], ["call-1"])
    assert person["how"] == ["wav", "key"], "the access log, and the vault's own record"
    said = await pbx("privacy", "reach", "--user", actor(), "--until", "2020-01-01")
    assert (said.code, said.err) == (1, "pbx: nobody is reached: 0 accesses fit\n")
    day = utc_now().date().isoformat()
    assert (await pbx("privacy", "reach", "--user", actor(), "--since", day)).code == 0
    assert (await pbx("privacy", "reach", "--user", "nobody", "--json")).json == []
    assert (await pbx("privacy", "reach", "--link", "none", "--json")).json == []


@pytest.mark.requirement("D-16")
async def test_what_a_stolen_key_opens(pbx: Pbx, database: Database, recording: str, ada: str) -> None:
    said = await pbx("privacy", "reach", "--epoch", "7", "--json")
    assert said.json == []
    assert said.err == "of 1 recordings nobody knows the epoch yet: `pbx keys rotate` looks at them\n"
    async with database.writing() as session:
        await session.execute(update(RecordingKey).values(epoch=7))
    (person,) = (await pbx("privacy", "reach", "--epoch", "7", "--json")).json
    assert (person["who"], person["recordings"]) == (ADA, ["rec-1"])
    assert (await pbx("privacy", "reach", "--epoch", "8", "--json")).json == []


@pytest.mark.requirement("D-16")
async def test_a_recording_of_which_nobody_knows_who_spoke_is_named(
    pbx: Pbx, recording: str, tmp_path: Path
) -> None:
    await pbx("recordings", "export", recording, "--out", str(tmp_path / "out.age"), "--purpose", "complaint")
    said = await pbx("privacy", "reach", "--user", actor())
    assert said.code == 1
    assert said.err.splitlines()[0] == "rec-1 was reached, and no record says any more who spoke"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "give one of --user, --link and --epoch"),
        (("--user", "a", "--epoch", "1"), "give one of"),
        (("--epoch", "1", "--since", "2026-01-01"), "a key opens at any time"),
        (("--epoch", "0"), "--epoch 0: epochs count from 1"),
        (("--epoch", "-1"), "--epoch -1: epochs count from 1"),
        (("--user", "a", "--since", "yesterday"), "--since: 'yesterday' is neither"),
        (("--user", "a", "--until", "2026-01-01T99:00"), "--until: '2026-01-01T99:00' is neither"),
    ],
)
async def test_wrong_usage(pbx: Pbx, words: tuple[str, ...], message: str) -> None:
    said = await pbx("privacy", "reach", *words)
    assert (said.code, message in said.err) == (2, True)


@pytest.mark.requirement("D-15")
async def test_a_number_that_is_not_his_is_taken_from_a_customer(pbx: Pbx, places: Places, ada: str) -> None:
    words = ("privacy", "rectify", ada, "--number", "07700 900123", "--reason", "his flatmate's")
    done = (await pbx(*words, "--json")).json
    assert (done["was_bound"], done["calls"]) == (True, ["call-1"])
    assert (await pbx("customers", "find", ADA)).code == 1
    shown = (await pbx("calls", "show", "call-1", "--json")).json
    assert (shown["customer"], shown["verification"]) == ("", "V0")
    (line,) = (await pbx("privacy", "rectifications", "--json")).json
    assert (line["customer"], line["reason"], line["actor"]) == (ada, "his flatmate's", actor())
    said = await pbx("customers", "import", str(places.base / "config" / "acme" / "customers.csv"))
    assert (said.code, said.out) == (0, "imported 3, left out 0, ended 0\n")
    assert "1 rows have a number that was rectified" in said.err


async def test_rectify_of_nobody(pbx: Pbx, ada: str) -> None:
    said = await pbx("privacy", "rectify", "nobody", "--number", ADA, "--reason", "x")
    assert (said.code, "has no customer nobody" in said.err) == (1, True)
    said = await pbx("privacy", "rectify", ada, "--number", "hello", "--reason", "x")
    assert (said.code, "is not a telephone number" in said.err) == (1, True)


@pytest.mark.requirement("D-02")
async def test_what_is_kept_of_a_person_besides_recordings(pbx: Pbx, ada: str, tmp_path: Path) -> None:
    letter, out = tmp_path / "letter.pdf", tmp_path / "ada.json"
    letter.write_bytes(b"please")
    words: tuple[str, ...] = ("privacy", "person", "--number", "07700 900123", "--request", str(letter))
    words += ("--reference", "SAR/7", "--approver", "the privacy officer", "--out", str(out))
    said = await pbx(*words, "--json")
    assert (said.code, said.err) == (0, "")
    given = json.loads(out.read_text())
    assert (given["customer"]["ref"], given["customer"]["name"]) == (ada, "Ada Example")
    assert [one["call"] for one in given["calls"]] == ["call-1"]
    assert said.json["sha256"] == sha256(out.read_bytes()).hexdigest()
    assert out.stat().st_mode & 0o777 == 0o600
    assert (await pbx(*words)).err == f"pbx: {out} exists already\n"
    out.unlink()
    said = await pbx(*words, "--customer", "nobody")
    assert (said.code, said.err) == (1, "pbx: nobody is no customer with this number\n")
    assert not out.exists()


@pytest.mark.requirement("V-14")
async def test_of_two_customers_with_one_number_neither_gets_the_others(
    pbx: Pbx, places: Places, ada: str, tmp_path: Path
) -> None:
    with (places.base / "config" / "acme" / "customers.csv").open("a") as file:
        file.write("1004,Eve Flatmate,individual,07700 900123,1981-01-01\n")
    await pbx("customers", "import", file.name)
    words: tuple[str, ...] = (
        "privacy",
        "person",
        "--number",
        ADA,
        "--request",
        file.name,
        "--reference",
        "7",
    )
    words += ("--approver", "x", "--out", str(tmp_path / "out.json"))
    said = await pbx(*words)
    assert (said.code, said.err) == (
        1,
        "pbx: 2 customers have this number: say which one asks with --customer\n",
    )
    assert (await pbx(*words, "--customer", ada)).code == 0
    assert "Eve" not in (tmp_path / "out.json").read_text()
