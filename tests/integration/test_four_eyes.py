"""A second person, asked through the real desk: whom the kernel names is never the one who asked."""

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest
import pytest_asyncio
from sqlalchemy import text

from pbx.core.io.clock import utc_now
from pbx.lifecycle.approval import UNSEEN, FourEyes
from pbx.lifecycle.desk_messages import AskSound, Sound
from pbx.lifecycle.link_messages import (
    AskLink,
    AskRequests,
    BreakGlass,
    Decide,
    LinkMade,
    RequestsAre,
    SeeGlass,
    ShownRequest,
)
from pbx.store.approvals import ApprovalStore
from tests.integration.playback_site import ADA, BOB, EVE, RECORDING, House, house
from tests.integration.test_desk import call

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("D-11")]
RULE = FourEyes(roles=frozenset({"compliance"}), purposes=frozenset({"quality"}))
WAITS = "a second person has to approve it: request "


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here() -> AsyncIterator[House]:
    with TemporaryDirectory() as folder:
        async with house(Path(folder), RULE) as one:
            await call(one.site, RECORDING, "extension/1001")
            yield one


def play(purpose: str, form: Literal["play", "wav"] = "play") -> AskSound:
    return AskSound(recording=RECORDING, purpose=purpose, form=form)


async def wish(here: House, uid: int, purpose: str) -> str:
    """Return the request that a first try has become."""
    told = await here.refusal(uid, play(purpose))
    assert told.startswith(WAITS)
    return told.removeprefix(WAITS).split()[0]


async def decide(
    here: House, uid: int, request: str, decision: Literal["approved", "denied"]
) -> ShownRequest:
    reply = await here.ask(uid, Decide(request=request, decision=decision))
    assert isinstance(reply, RequestsAre), reply
    return reply.requests[0]


async def age(here: House, request: str, column: str) -> None:
    """Let a request be an hour or more than a day older, past the guard that keeps it as it is."""
    async with here.site.database.writing() as session:
        guard = "SELECT sql FROM sqlite_master WHERE name = 'access_requests_need_two'"
        written = (await session.execute(text(guard))).scalar_one()
        await session.execute(text("DROP TRIGGER access_requests_need_two"))
        change = f"UPDATE access_requests SET {column} = datetime({column}, '-25 hours') WHERE request = :one"
        await session.execute(text(change), {"one": request})
        await session.execute(text(written))


async def test_what_one_asks_another_grants_for_listening_saving_and_links(here: House) -> None:
    request = await wish(here, ADA, "case 1")
    assert await wish(here, ADA, "case 1") == request  # asking again is the same wish
    assert (await here.refusal(ADA, AskLink(recording=RECORDING, purpose="case 1"))).startswith(
        WAITS + request
    )
    assert here.keys_given() == 0
    granted = await decide(here, EVE, request, "approved")
    assert (granted.state, granted.decided_by) == ("approved", "bin")
    for form in ("play", "wav"):
        assert isinstance(await here.ask(ADA, play("case 1", form)), Sound)
    made = await here.ask(ADA, AskLink(recording=RECORDING, purpose="case 1"))
    assert isinstance(made, LinkMade)
    browser = here.browser()
    page = await browser.opens(made.url.reveal())
    assert (await browser.get(f"{page}sound.wav")).status == 200
    facts = await here.accesses()
    assert {one.get("request") for one in facts if one["kind"] == "recording.exported"} == {request}
    await age(here, request, "decided_at")
    assert (await browser.get(f"{page}sound.wav")).status == 403
    assert await wish(here, ADA, "case 1") != request


async def test_a_grant_is_for_one_purpose_and_one_person(here: House) -> None:
    await decide(here, EVE, await wish(here, ADA, "case 2"), "approved")
    assert (await here.refusal(ADA, play("case 3"))).startswith(WAITS)
    assert (await here.refusal(BOB, play("quality"))).startswith(WAITS)


async def test_nobody_decides_who_has_asked_or_has_no_such_role(here: House) -> None:
    request = await wish(here, ADA, "case 4")
    for uid, why in ((ADA, "himself"), (BOB, "your role"), (3, "no such request"), (0, "no such request")):
        for decision in ("approved", "denied"):
            assert why in await here.refusal(uid, Decide(request=request, decision=decision))
    assert (await decide(here, EVE, request, "denied")).state == "denied"
    assert "decided" in await here.refusal(EVE, Decide(request=request, decision="approved"))
    assert (await here.refusal(ADA, play("case 4"))).startswith(WAITS)


async def test_the_database_itself_knows_the_rule(here: House) -> None:
    request = await wish(here, ADA, "case 5")
    own = f"UPDATE access_requests SET decision = 'approved', decided_uid = uid WHERE request = '{request}'"
    with pytest.raises(Exception, match="refused"):
        await here.site.database.write(lambda connection: connection.execute(text(own)))


async def test_what_nobody_looks_at_runs_out(here: House) -> None:
    request = await wish(here, ADA, "case 6")
    await age(here, request, "asked_at")
    assert "over" in await here.refusal(EVE, Decide(request=request, decision="approved"))
    assert await wish(here, ADA, "case 6") != request


async def test_the_glass_is_broken_with_a_reason_and_an_alarm(
    here: House, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = BreakGlass(recording=RECORDING, purpose="case 7", reason="a child is missing")
    reply = await here.ask(ADA, broken)
    assert isinstance(reply, RequestsAre) and reply.requests[0].state == "broken_glass"
    assert "[error" in capsys.readouterr().out
    assert isinstance(await here.ask(ADA, play("case 7")), Sound)
    listed = await here.ask(EVE, AskRequests(limit=1))
    assert isinstance(listed, RequestsAre) and listed.requests == reply.requests
    assert "--reason" in await here.refusal(ADA, BreakGlass(recording=RECORDING, purpose="p", reason=" "))
    assert "role" in await here.refusal(EVE, broken)
    assert "no such recording" in await here.refusal(3, broken)
    request = reply.requests[0].request
    register = ApprovalStore(here.site.database)
    assert [one.request for one in await register.unseen_glass(utc_now() - UNSEEN)] == [request]
    for uid, why in ((ADA, "himself"), (BOB, "your role"), (3, "no such request")):
        assert why in await here.refusal(uid, SeeGlass(request=request))
    assert "no such request" in await here.refusal(EVE, SeeGlass(request="none"))
    other = await wish(here, ADA, "case 8")
    assert "no glass" in await here.refusal(EVE, SeeGlass(request=other))
    assert isinstance(await here.ask(EVE, SeeGlass(request=request)), RequestsAre)
    assert await register.unseen_glass(utc_now() - UNSEEN) == []
    assert "already" in await here.refusal(EVE, SeeGlass(request=request))
    await age(here, request, "decided_at")
    assert (await here.refusal(ADA, play("case 7"))).startswith(WAITS)


async def test_each_sees_what_he_may_know_of(here: House) -> None:
    for uid, expected in ((BOB, {"nobody"}), (EVE, {"nobody", "daemon"}), (3, set())):
        reply = await here.ask(uid, AskRequests(limit=1000))
        assert isinstance(reply, RequestsAre)
        assert {one.actor for one in reply.requests} == expected
