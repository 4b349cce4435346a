"""`pbx marketing`: stop, screen, consent, refused, list, why, rules."""

import asyncio
import json

import pytest

from pbx.cli.main import run
from pbx.config.places import Places
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.suppressions import SuppressionStore
from tests.cli.conftest import Pbx

LONDON, BERLIN = "020 7946 0000", "+4930123456"
NOON = "2026-11-24T12:00"  # a Tuesday


async def why(pbx: Pbx, number: str = LONDON, at: str = NOON) -> tuple[str, int]:
    answer = await pbx("marketing", "why", number, "--at", at, "--json")
    assert answer.json["passes"] is (answer.code == 0)
    return answer.json["reason"], answer.code


async def screened(pbx: Pbx, places: Places, text: str, at: str = "2026-11-24T09:00") -> int:
    file = places.base / "result.csv"
    file.write_text(f"number,registered\n{text}\n")
    codes = [
        (await pbx("marketing", "screen", str(file), "--list", name, "--at", at)).code
        for name in ("tps", "ctps")
    ]
    return max(codes)


@pytest.mark.requirement("C-14")
async def test_a_number_is_screened_and_may_be_called(pbx: Pbx, places: Places, database: Database) -> None:
    assert await why(pbx) == ("stale_screening", 1)
    assert await screened(pbx, places, f"{LONDON},no") == 0
    assert await why(pbx) == ("", 0)
    assert await why(pbx, at="2026-11-24T21:00") == ("out_of_hours", 1)
    assert await why(pbx, at="2026-12-22T09:00:01") == ("stale_screening", 1)
    assert await screened(pbx, places, f"{LONDON},yes", "2026-11-24T10:00") == 0
    assert await why(pbx) == ("registered", 1)
    kinds = [fact.kind for _, fact in await AuditStore(database).list()]
    assert kinds == ["marketing.screened"] * 4


@pytest.mark.requirement("C-15")
async def test_a_stop_by_text_message_is_for_good(pbx: Pbx, places: Places, database: Database) -> None:
    await screened(pbx, places, f"{LONDON},no")
    said = (await pbx("marketing", "stop", LONDON, "--how", "sms", "--reason", "ticket 7", "--json")).json
    assert (said["controller"], said["how"], said["was_known"]) == ("acme", "sms", False)
    assert (await pbx("marketing", "stop", LONDON, "--json")).json["was_known"] is True
    assert await why(pbx) == ("suppressed", 1)
    agreed = await pbx("marketing", "consent", LONDON, "--proof", "form 17")
    assert "has opted out, and stays so" in agreed.err
    assert await why(pbx) == ("suppressed", 1)
    (row,) = (await pbx("marketing", "list", "--json")).json
    assert (row["how"], row["controller"], len(row["tag"])) == ("sms", "acme", 32)
    listed = await pbx("marketing", "list", "--tenant", "acme")
    assert row["tag"] in listed.out
    assert "946" not in listed.out
    facts = [fact for _, fact in await AuditStore(database).list() if fact.kind == "marketing.opted_out"]
    assert [fact.details["reason"] for fact in facts] == ["ticket 7"]
    assert "+442079460000" not in str(facts)


async def test_consent_opens_what_the_law_closes(pbx: Pbx, database: Database) -> None:
    at = "2026-11-30T14:00"  # a Monday
    assert await why(pbx, BERLIN, at) == ("no_consent", 1)
    assert (
        await pbx("marketing", "consent", BERLIN, "--proof", "form 17", "--until", "2099-01-01")
    ).code == 0
    assert await why(pbx, BERLIN, "2098-12-01T14:00") == ("", 0)
    assert await why(pbx, BERLIN, "2099-01-05T14:00") == ("no_consent", 1)
    assert (await pbx("marketing", "refused", BERLIN, "--reason", "not now")).code == 0
    assert await why(pbx, BERLIN, "2098-12-01T14:00") == ("", 0)
    kinds = {fact.kind for _, fact in await AuditStore(database).list()}
    assert kinds == {"marketing.agreed", "marketing.refused"}


async def test_why_says_the_rule_and_the_time_there(pbx: Pbx, database: Database) -> None:
    answer = await pbx("marketing", "why", "+12125550100", "--at", "2026-11-24T12:00")
    assert answer.code == 1
    for word in ("stale_screening", "dnc", "47 CFR 64.1200", "Tue 2026-11-24 07:00 America/New_York"):
        assert word in answer.out
    assert "+12125550100" not in answer.out


async def test_bad_words_are_refused_in_a_line(pbx: Pbx, places: Places, database: Database) -> None:
    file = places.base / "x.csv"
    file.write_text("number,registered\n12,yes\n")
    asked = {
        ("stop", "12"): "12 is not a telephone number in GB",
        ("why", "12"): "12 is not a telephone number in GB",
        ("why", LONDON, "--at", "soon"): "soon: expected a time such as 2026-11-29T10:00",
        ("consent", LONDON, "--proof", " "): "--proof: say where it is written",
        ("consent", LONDON, "--proof", "x", "--until", "2020-01-01"): "--until 2020-01-01 is over",
        ("screen", str(file), "--list", "tps", "--at", "2999-01-01"): "--at 2999-01-01 is yet to come",
        ("screen", str(file), "--list", "tps"): f"{file}:2: not a possible telephone number",
        ("screen", str(places.base / "none.csv"), "--list", "tps"): "No such file",
    }
    for words, message in asked.items():
        answer = await pbx("marketing", *words)
        assert answer.code != 0
        assert message in answer.err
    assert await SuppressionStore(database, StoreKeys.load_or_create(places.store_keys)).list() == []


@pytest.mark.requirement("C-15")
async def test_with_another_key_nobody_is_looked_up(pbx: Pbx, places: Places, database: Database) -> None:
    assert (await pbx("marketing", "stop", LONDON)).code == 0
    key = places.store_keys / "phone.key"
    key.write_bytes(bytes(32))
    for words in (("why", LONDON), ("stop", LONDON), ("refused", LONDON)):
        answer = await pbx("marketing", *words)
        assert (answer.code, answer.out) == (1, "")
        assert f"{key} is not the key that opt-outs were kept under: put that one back" in answer.err


async def test_rules_are_listed_with_their_law(capsys: pytest.CaptureFixture[str]) -> None:
    await asyncio.to_thread(run, ["marketing", "rules", "--json"])
    rows = {row["region"]: row for row in json.loads(capsys.readouterr().out)}
    assert set(rows) == {"GB", "FR", "DE", "US", "US-FL"}
    assert rows["GB"]["lists"] == {"tps": "28 d", "ctps": "28 d"}
    assert "D. 223-9" in rows["FR"]["law"]
