"""Digits that parties have typed go to the receiver of their tenant, once, and an answer comes of each."""

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbx.assembly.lookups import entries_of
from pbx.call.effects import DeliverEntry
from pbx.call.events import EntryDelivered
from pbx.config.load import load
from pbx.config.places import Places
from pbx.core.errors import ConfigError
from pbx.core.ids import CallId, Token
from pbx.core.secret import Secret
from pbx.runner.entries import NOBODY, Entries
from tests.e2e.running import prepare
from tests.integration.webhook_receiver import Receiver, receiving

pytestmark = pytest.mark.requirement("R-20")
CARD = "4000123412341234"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def configured(base: Path, url: str, more: str = "") -> Entries:
    """The sample, with this receiver."""
    config = prepare(base)
    (config / "acme" / "verification.yaml").write_text(f"secure_entry: {{url: {url!r}{more}}}\n")
    entries, loaded = Entries(), load(config)
    entries.swap(entries_of(loaded, Places(base)))
    return entries


async def deliver(entries: Entries) -> EntryDelivered:
    told: asyncio.Queue[EntryDelivered] = asyncio.Queue()
    effect = DeliverEntry(
        call=CallId("c"), token=Token(7), tenant="acme", digits=Secret(CARD), actor="extension/1003"
    )
    await entries.deliver(effect, told.put_nowait)
    return told.get_nowait()


async def test_the_receiver_gets_the_digits_and_who_asked(receiver: Receiver, tmp_path: Path) -> None:
    (tmp_path / "pay.headers").write_text("Authorization: Bearer abc\n")
    entries = configured(tmp_path, receiver.url, ", headers_file: pay.headers")
    assert await deliver(entries) == EntryDelivered(call=CallId("c"), token=Token(7))
    ((headers, body),) = receiver.seen
    asked = {"call": "c", "tenant": "acme", "asked_by": "extension/1003", "digits": CARD}
    assert json.loads(body) == asked
    assert headers["authorization"] == "Bearer abc"


@pytest.mark.parametrize("manner", ["500", "400", "307", "early", "noise"])
async def test_what_is_not_taken_is_told_without_a_digit(
    receiver: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture, manner: str
) -> None:
    receiver.manners.append(manner)
    with caplog.at_level(logging.DEBUG):
        told = await deliver(configured(tmp_path, receiver.url))
    assert told.failed.startswith("127.0.0.1") or "not HTTP" in told.failed
    assert len(receiver.seen) == 1, "one try"
    assert "was not delivered" in caplog.text
    assert CARD not in caplog.text + told.failed
    assert "token=t" not in caplog.text + told.failed


async def test_nobody_there_and_nobody_named(tmp_path: Path) -> None:
    with receiving() as gone:
        url = gone.url
    assert (await deliver(configured(tmp_path, url))).failed.startswith("127.0.0.1")
    assert (await deliver(Entries())).failed == NOBODY


async def test_a_receiver_that_is_not_public_has_to_be_allowed(tmp_path: Path) -> None:
    assert "not on the public network" in (await deliver(configured(tmp_path, "https://10.1.2.3/"))).failed


def test_a_file_of_headers_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        configured(tmp_path, "https://pay.example/", ", headers_file: missing")
