"""A flow's question to a real database: what it hears, and what is kept."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pbx.call.effects import ConsultProgram
from pbx.core.errors import StorageError
from pbx.core.ids import CallId, Token
from pbx.core.secret import Secret
from pbx.ivr.lookup import LookUp
from pbx.ivr.program_steps import ProgramAnswer
from pbx.runner.lookup_asker import LookupAsker, Query
from pbx.store.sources.rows import Rows

pytestmark = pytest.mark.requirement("IVR-04")
STEP = LookUp(query="order", given={"number": "order"}, take={"state": "state"}, found="a", failed="b")
ASKED = ConsultProgram(
    call=CallId("c"),
    token=Token(1),
    tenant="acme",
    step="support.ask",
    of=STEP,
    values={"order": Secret("1")},
)


@pytest.fixture
async def asker(tmp_path: Path) -> AsyncIterator[LookupAsker]:
    with closing(sqlite3.connect(tmp_path / "orders.db")) as database:
        database.execute("CREATE TABLE orders (number TEXT, state TEXT, owner TEXT)")
        database.execute("INSERT INTO orders VALUES ('1', 'shipped', 'Ann')")
        database.commit()
    query = Query(
        rows=Rows(f"sqlite+aiosqlite:///{tmp_path}/orders.db"),
        select="SELECT * FROM orders WHERE number = :number",
        columns=frozenset({"state"}),
        timeout_s=5.0,
    )
    made = LookupAsker({"order": query, "same": query})
    yield made
    await made.close()


async def test_a_row_is_taken_apart(asker: LookupAsker) -> None:
    answer = await asker.ask(ASKED)
    assert answer == ProgramAnswer(outcome="found", values={"state": Secret("shipped")})
    nobody = replace(ASKED, values={})
    assert (await asker.ask(nobody)).outcome == "not_found"


async def test_only_columns_that_may_leave(asker: LookupAsker) -> None:
    answer = await asker.ask(replace(ASKED, of=replace(STEP, take={"name": "owner"})))
    assert (answer.outcome, answer.why, answer.values) == ("failed", "there is no column owner", {})


async def test_an_answer_counts_for_a_while(asker: LookupAsker, tmp_path: Path) -> None:
    kept = replace(ASKED, of=replace(STEP, keep_s=60.0))
    await asker.ask(kept)
    with closing(sqlite3.connect(tmp_path / "orders.db")) as database:
        database.execute("UPDATE orders SET state = 'lost'")
        database.commit()
    assert (await asker.ask(kept)).values["state"].reveal() == "shipped"
    assert (await asker.ask(ASKED)).values["state"].reveal() == "lost"


async def test_a_query_that_is_gone(asker: LookupAsker) -> None:
    with pytest.raises(StorageError, match="there is no query gone any more"):
        await asker.ask(replace(ASKED, of=replace(STEP, query="gone")))
