"""`pbx consents explain` and `rules`: the engine's own reasons, in words."""

import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pbx.cli.main import run
from pbx.consent.io.shipped import shipped_rules
from pbx.core.io.clock import utc_now
from pbx.store.database import Database
from pbx.store.overrides import OverrideStore
from tests.lifecycle.test_override import WISH as LOWER

Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest


async def explained(pbx: Pbx, *parties: str) -> Any:
    words = [word for party in parties for word in ("--party", party)]
    return await pbx("consents", "explain", *words, "--json")


@pytest.mark.requirement("C-02")
async def test_the_strictest_place_decides_and_each_has_its_law(pbx: Pbx) -> None:
    said = (await explained(pbx, "+17385550100", "extension/1001", "DE")).json
    assert said["mode"] == "optin_all"
    assert said["rules_sha256"] == shipped_rules().sha256
    assert [(one["party"], one["region"], one["because"], one["mode"]) for one in said["reasons"]] == [
        ("+17385550100", "US-CA", "number", "notify_optout"),
        ("extension/1001", "GB", "place", "notify_optout"),
        ("DE", "DE", "place", "optin_all"),
    ]
    assert "Penal Code 632" in said["reasons"][0]["law"]


@pytest.mark.requirement("C-09")
async def test_who_withholds_his_number_has_the_tenants_rule(pbx: Pbx) -> None:
    said = (await explained(pbx, "withheld")).json
    (reason,) = said["reasons"]
    assert (said["mode"], reason["because"]) == ("notify_optout", "nothing known")
    assert reason["rule"] == "default_unknown of consent.yaml"


async def test_a_number_as_people_of_the_country_write_it(pbx: Pbx) -> None:
    answer = await pbx("consents", "explain", "--party", "01632 960100", "--purpose", "evidence")
    assert answer.code == 0
    assert "01632 960100" in answer.out and "The call: notify, by the rules of" in answer.out


@pytest.mark.parametrize("word", ["extension/9999", "nobody", "12", "GB@home"])
async def test_who_is_nobody_is_refused_in_one_line(pbx: Pbx, word: str) -> None:
    answer = await pbx("consents", "explain", "--party", word)
    assert answer.code == 1
    assert word in answer.err and answer.err.count("\n") == 1


@pytest.mark.requirement("C-18")
def test_rules_say_who_was_checked_when(capsys: pytest.CaptureFixture[str]) -> None:
    run(["consents", "rules", "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert [row["rule"] for row in rows] == [rule.name for rule in shipped_rules().rules]
    assert {"GB", "GB+fca", "any+pci"} <= {row["rule"] for row in rows}
    assert all(len(row["sha256"]) == 64 for row in rows)
    assert all(row["checked_on"] and row["confidence"] in "HML" for row in rows)
    code = run(["consents", "rules", "--stale", "--json"])
    stale = json.loads(capsys.readouterr().out)
    assert stale == [row for row in rows if row["stale"]]
    assert code == (1 if stale else 0)


@pytest.mark.requirement("C-09")
async def test_every_place_of_every_party_has_its_line(pbx: Pbx) -> None:
    words = ("+447700900123@FR", "extension/1001@198.51.100.1", "withheld")
    parties = [word for party in words for word in ("--party", party)]
    said = (
        await pbx("consents", "explain", *parties, "--did", "01632 960100", "--purpose", "evidence", "--json")
    ).json
    assert [(one["party"], one["region"], one["because"]) for one in said["reasons"]] == [
        ("+447700900123@FR", "GB", "number"),
        ("+447700900123@FR", "FR", "customer"),
        ("extension/1001@198.51.100.1", "GB", "place"),
        ("withheld", "unknown", "nothing known"),
        ("called number", "GB", "number"),
    ]


@pytest.mark.requirement("C-02")
async def test_purposes_and_overlays_of_a_call(pbx: Pbx) -> None:
    async def mode(*words: str) -> object:
        said = (await pbx("consents", "explain", "--party", "GB", *words, "--json")).json
        return said["mode"], said["mandatory"]

    assert await mode("--purpose", "evidence") == ("notify", False)
    assert await mode("--purpose", "quality") == ("notify_optout", False)
    assert await mode("--purpose", "evidence", "--overlay", "fca") == ("notify", True)
    assert await mode("--overlay", "emergency") == ("never", False)
    answer = await pbx("consents", "explain", "--party", "GB", "--purpose", "evidence", "--overlay", "fca")
    assert "The call: notify, and has to be recorded, by the rules of" in answer.out


@pytest.mark.parametrize("words", [("--party", "GB", "--purpose", "fun"), ("--party", "GB", "--did", "x")])
async def test_a_word_that_is_no_purpose_or_number_is_refused(pbx: Pbx, words: tuple[str, ...]) -> None:
    answer = await pbx("consents", "explain", *words)
    assert (answer.code, answer.err.count("\n")) == (1, 1)


@pytest.mark.requirement("C-10")
async def test_what_two_people_have_lowered_is_told(pbx: Pbx, database: Database) -> None:
    store, now = OverrideStore(database), utc_now()
    wish = replace(LOWER, asked_at=now, expires_at=now + timedelta(days=1))
    await store.ask(wish)
    assert (await explained(pbx, "DE")).json["mode"] == "optin_all"
    await store.decide(wish, "approved", ("eve", 1002), now)
    said = (await explained(pbx, "DE")).json
    assert (said["mode"], said["reasons"][0]["why"]) == ("notify", "override o1")
