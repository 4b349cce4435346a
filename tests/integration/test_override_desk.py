"""Two people lower a rule through the real desk: whom the kernel names is never the one who asked."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from pbx.consent.io.shipped import shipped_rules
from pbx.consent.stance import Lowered
from pbx.core.io.clock import utc_now
from pbx.lifecycle.override_messages import (
    AskOverride,
    AskOverrides,
    DecideOverride,
    OverrideRequest,
    OverridesAre,
    ShownOverride,
)
from pbx.store.overrides import MAX_PENDING, OverrideStore
from tests.integration.finaliser_site import open_site
from tests.integration.playback_site import ADA, BOB, EVE, House, serving

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("C-10")]
WISH = AskOverride(tenant="acme", region="DE", mode="notify", reason="all callers have signed", days=30)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here() -> AsyncIterator[House]:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        async with open_site(root) as site, serving(site, root / "desk" / "s") as one:
            one.rules = replace(one.rules, law=shipped_rules())
            yield one


async def told(here: House, uid: int, request: OverrideRequest) -> ShownOverride:
    reply = await here.ask(uid, request)
    assert isinstance(reply, OverridesAre), reply
    return reply.overrides[0]


async def test_what_one_asks_another_approves_and_either_ends(here: House) -> None:
    store = OverrideStore(here.site.database)
    wish = await told(here, ADA, WISH)
    assert (wish.state, wish.region, wish.decided_by) == ("open", "DE", "")
    for uid, why in ((ADA, "himself"), (BOB, "your role"), (3, "no such tenant"), (0, "no such tenant")):
        assert why in await here.refusal(uid, DecideOverride(override=wish.override, decision="approved"))
    approved = await told(here, EVE, DecideOverride(override=wish.override, decision="approved"))
    assert (approved.state, approved.decided_by) == ("approved", "bin")
    held = await store.lowered(utc_now())
    assert held == {"acme": (Lowered(region="DE", mode="notify", override=wish.override),)}
    assert "decided" in await here.refusal(EVE, DecideOverride(override=wish.override, decision="denied"))
    assert "your role" in await here.refusal(BOB, DecideOverride(override=wish.override, decision="ended"))
    ended = await told(here, ADA, DecideOverride(override=wish.override, decision="ended"))
    assert ended.state == "ended" and await store.lowered(utc_now()) == {}
    again = DecideOverride(override=wish.override, decision="ended")
    assert "does not hold: ended" in await here.refusal(ADA, again)


async def test_what_may_not_be_asked_is_refused_in_words(here: House) -> None:
    for changed, why in (
        ({"tenant": "other"}, "no such tenant"),
        ({"region": "TH"}, "no rule of its own"),
        ({"region": "GB", "mode": "none"}, "laxer than notify"),
        ({"reason": " a   \n b "}, "10 to 500"),
        ({"days": 367}, "366 days"),
        ({"days": 10**30}, "366 days"),
        ({"days": -1}, "366 days"),
    ):
        assert why in await here.refusal(ADA, replace(WISH, **changed))
    assert "your role" in await here.refusal(BOB, WISH)
    assert "no such" in await here.refusal(EVE, DecideOverride(override="x", decision="approved"))


async def test_listeners_see_none_and_a_denied_one_stays_listed(here: House) -> None:
    wish = await told(here, EVE, replace(WISH, region="SE", mode="none"))
    assert (
        await told(here, ADA, DecideOverride(override=wish.override, decision="denied"))
    ).state == "denied"
    assert wish.override == (await told(here, EVE, AskOverrides(limit=1))).override
    assert await here.ask(BOB, AskOverrides(limit=10)) == OverridesAre(overrides=())
    for _ in range(MAX_PENDING):
        await told(here, EVE, WISH)
    assert "wait for a second person" in await here.refusal(EVE, WISH)
