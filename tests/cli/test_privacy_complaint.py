"""`pbx privacy complaint`: the clock, the links, and the recording that stays."""

from datetime import timedelta

import pytest

from pbx.core.io.clock import utc_now
from pbx.store.database import Database
from pbx.store.holds import HoldStore
from tests.cli.conftest import Pbx

OPEN = ("privacy", "complaint", "open", "--about", "you recorded my daughter", "--json")


@pytest.mark.requirement("D-14")
async def test_from_receipt_to_outcome(pbx: Pbx, recording: str, database: Database) -> None:
    opened = (await pbx(*OPEN, "--recording", recording, "--contact", "Ada, 07700 900123")).json
    assert (opened["state"], opened["recording"], opened["call"]) == ("received", recording, "call-1")
    last = utc_now().date() + timedelta(days=29)
    assert opened["acknowledge_by"] == last.isoformat()
    assert (await pbx("recordings", "erase", recording, "--reason", "he wants it")).code == 1
    (listed,) = (await pbx("privacy", "complaint", "list", "--json")).json
    assert listed == opened
    name = opened["complaint"]
    early = await pbx("privacy", "complaint", "close", name, "--outcome", "we are sorry")
    assert early.code == 1 and "has to be acknowledged first" in early.err
    assert (await pbx("privacy", "complaint", "acknowledge", name, "--json")).json["state"] == "acknowledged"
    assert (await pbx("privacy", "complaint", "acknowledge", name)).code == 1
    done = (await pbx("privacy", "complaint", "close", name, "--outcome", "it was deleted", "--json")).json
    assert (done["state"], done["outcome"]) == ("closed", "it was deleted")
    assert await HoldStore(database).list() == [], "nothing holds the recording any more"
    assert (await pbx("privacy", "complaint", "list", "--json")).json == []
    assert "it was deleted" in (await pbx("privacy", "complaint", "show", name)).out
    again = await pbx("privacy", "complaint", "close", name, "--outcome", "again")
    assert again.code == 1 and "was closed before" in again.err


@pytest.mark.requirement("D-14")
@pytest.mark.usefixtures("database")
async def test_one_that_falls_due_is_an_alarm_until_it_is_acknowledged(pbx: Pbx) -> None:
    fresh = (utc_now() - timedelta(days=22)).date().isoformat()
    await pbx(*OPEN, "--received", fresh)
    assert "complaint_due" not in (await pbx("status", "--alarms", "--json")).out
    old = (utc_now() - timedelta(days=40)).date().isoformat()
    opened = (await pbx(*OPEN, "--received", old, "--by", "letter")).json
    assert opened["state"] == "overdue"
    alarms = (await pbx("status", "--alarms", "--json")).json
    (alarm,) = (one for one in alarms if one["alarm"] == "complaint_due")
    assert alarm["text"].startswith(f"1 wait, {opened['complaint']} until ")
    await pbx("privacy", "complaint", "acknowledge", opened["complaint"])
    assert "complaint_due" not in (await pbx("status", "--alarms", "--json")).out


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--call", "nobody's"), 1, "no call nobody's"),
        (("--recording", "nobody's"), 1, "no recording nobody's"),
        (("--received", "tomorrow"), 2, "--received: 'tomorrow' is no day"),
        (("--received", "2999-01-01"), 2, "that day has not come yet"),
        (("--contact", "x" * 4001), 2, "--contact needs 1 to 4000 printable characters"),
    ],
)
async def test_what_cannot_be_taken_down(pbx: Pbx, words: tuple[str, str], code: int, said: str) -> None:
    answer = await pbx(*OPEN, *words)
    assert (answer.code, answer.out) == (code, "") and said in answer.err
    assert (await pbx("privacy", "complaint", "list", "--all", "--json")).json == []


@pytest.mark.usefixtures("database")
async def test_a_complaint_that_is_none(pbx: Pbx) -> None:
    assert "no complaint c9" in (await pbx("privacy", "complaint", "show", "c9")).err
