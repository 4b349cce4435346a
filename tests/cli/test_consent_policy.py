"""`pbx consents policy`: what people were told on any day."""

from datetime import UTC, datetime

import pytest

from pbx.assembly.policies import keep_policies
from pbx.config.load import load
from pbx.config.places import Places
from pbx.core.errors import ConfigError
from pbx.lifecycle.policy_text import PolicyText
from pbx.store.database import Database
from pbx.store.policies import PolicyStore
from tests.cli.conftest import Pbx

APRIL, MAY = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
async def kept(database: Database) -> PolicyStore:
    store = PolicyStore(database)
    await store.keep("acme", PolicyText(version="1", text="We record.\n"), APRIL)
    await store.keep("acme", PolicyText(version="2", text="We ask.\n"), MAY)
    return store


@pytest.mark.requirement("D-17")
@pytest.mark.usefixtures("kept")
async def test_the_text_of_any_day(pbx: Pbx) -> None:
    first, second = (await pbx("consents", "policy", "list", "--json")).json
    assert (first["version"], first["until_at"], second["until_at"]) == ("1", MAY.isoformat(), None)
    assert "text" not in first
    assert "We record." in (await pbx("consents", "policy", "show", "--at", "2026-04-30T23:59")).out
    assert "We ask." in (await pbx("consents", "policy", "show", "--at", "2026-05-01")).out
    assert "We ask." in (await pbx("consents", "policy", "show")).out
    assert (await pbx("consents", "policy", "show", first["sha256"], "--json")).json["text"] == "We record.\n"
    changed = (await pbx("consents", "policy", "show", "2", "--diff", "1")).out
    assert "-We record." in changed and "+We ask." in changed
    before = await pbx("consents", "policy", "show", "--at", "2026-03-31")
    assert before.code == 1 and "acme had no privacy policy on 2026-03-31" in before.err
    assert (await pbx("consents", "policy", "show", "3")).code == 1
    assert (await pbx("consents", "policy", "show", "--at", "soon")).code == 2


@pytest.mark.requirement("D-17")
async def test_a_text_that_was_changed_under_its_version_is_refused(
    places: Places, kept: PolicyStore
) -> None:
    folder = places.base / "config" / "acme"
    (folder / "privacy.md").write_text("We ask.\n")
    tenant = folder / "tenant.yaml"
    tenant.write_text(tenant.read_text() + '\nprivacy: {version: "2", file: privacy.md}\n')
    config = load(folder.parent)
    await keep_policies(config, kept)
    (folder / "privacy.md").write_text("We ask nobody.\n")
    config = load(folder.parent)
    with pytest.raises(ConfigError, match="version 2 of the privacy policy has another text already"):
        await keep_policies(config, kept)
    assert [one.text for one in await kept.list("acme")] == ["We record.\n", "We ask.\n"]
