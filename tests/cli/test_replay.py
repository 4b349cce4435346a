"""`pbx replay`: of a real database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pbx.cli.output import WrongUsage
from pbx.cli.replay import moment
from pbx.config.places import Places
from pbx.core.ids import CallId
from pbx.store.calls import CallStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.plans import PlanStore
from pbx.versions.io.folders import take
from pbx.versions.version import Wish
from tests.cli.conftest import Pbx
from tests.cli.test_apply import edit
from tests.rehearsal.conftest import sample_plan
from tests.rehearsal.test_replay import kept_of

NOW = datetime.now(UTC)


@pytest.fixture
async def kept(places: Places, database: Database) -> None:
    """Three calls of today, and one of last month."""
    store = CallStore(database, StoreKeys.load_or_create(places.store_keys))
    for i, hours in enumerate((1, 2, 3, 24 * 30)):
        record = kept_of(sample_plan(), at=NOW - timedelta(hours=hours))
        await store.save(replace(record, call=CallId(f"call-{i}")))


@pytest.mark.requirement("N-10")
async def test_by_the_same_plan_nothing_differs(pbx: Pbx, kept: None) -> None:
    said = await pbx("replay")
    assert (said.code, said.err) == (0, "")
    first, _, heading, extent = said.out.splitlines()
    assert first.endswith(" UTC by the files: 3 as before, 0 differ, 0 cannot be compared")
    assert first.startswith("3 calls since ")
    assert (heading, extent) == ("how far those could be compared that do not differ:", "3 to the end")


async def test_what_differs_is_told_with_both_lines_and_some_calls(
    pbx: Pbx, places: Places, kept: None
) -> None:
    edit(places, "dialplan.yaml", "01632 960100: {flow: support}", "01632 960100: {extension: 1003}")
    said = await pbx("replay", "--since", "2h", "--limit", "1")
    assert said.code == 1
    assert said.out.splitlines()[1:] == [
        "",
        "acme, 1 call: another target",
        "  was config/acme/dialplan.yaml:2: flow support",
        "  now config/acme/dialplan.yaml:2: extension 1003",
        "  such as call-0",
    ]
    assert said.out.startswith("1 call since ")
    told = (await pbx("replay", "--since", "90d", "--limit", "2", "--json")).json
    assert (told["calls"], told["differ"], told["older_left_out"], told["plan"]) == (2, 2, True, "the files")
    (group,) = told["groups"]
    assert (group["what"], group["now"], group["examples"]) == (
        "target",
        "extension 1003",
        ["call-0", "call-1"],
    )


async def test_a_version_that_is_kept_can_be_asked(
    pbx: Pbx, places: Places, database: Database, kept: None
) -> None:
    store = PlanStore(database, StoreKeys.load_or_create(places.store_keys))
    await store.keep(take(places.base / "config"), Wish(cause="start", author="pbx"), NOW)
    edit(places, "groups.yaml", "[1001, 1002]", "[1003]")
    assert (await pbx("replay", "--version", "1")).code == 0
    said = await pbx("replay")
    assert (said.code, "was config/acme/flows/support.yaml:13: 1001, 1002" in said.out) == (1, True)
    missing = await pbx("replay", "--version", "2")
    assert (missing.code, missing.err) == (1, "pbx: there is no version 2: see `pbx versions`\n")


async def test_what_makes_no_sense_is_one_line(pbx: Pbx, kept: None) -> None:
    for words, code, said in [
        (["--since", "week"], 2, "pbx: --since 'week': write 7d, 12h, 30min or a day such as 2026-05-03"),
        (["--since", "1min"], 1, "pbx: there is no call since "),
        (["--tenant", "other"], 1, "pbx: no tenant other: there is acme"),
        (["--limit", "0"], 2, "pbx: "),
    ]:
        answer = await pbx("replay", *words)
        assert (answer.code, answer.out, answer.err.count("\n")) == (code, "", 1)
        assert answer.err.startswith(said)


def test_a_time_is_a_span_or_a_day() -> None:
    assert moment("7d", NOW) == NOW - timedelta(days=7)
    assert moment("30 min", NOW) == NOW - timedelta(minutes=30)
    assert moment("3650d", NOW) == NOW - timedelta(days=3650)
    assert moment("2026-05-03", NOW) == datetime(2026, 5, 3, tzinfo=UTC)
    for wrong in ("3651d", "0d", "7", "", "2026-02-30", "7w", "٣d"):
        with pytest.raises(WrongUsage):
            moment(wrong, NOW)


async def test_without_a_database_it_says_so(pbx: Pbx) -> None:
    said = await pbx("replay")
    assert (said.code, "no database yet" in said.err) == (1, True)
