"""A recording, its rules, the desk that makes links and the web server that plays them, in one process."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pbx.config.playback import PlaybackSettings
from pbx.core.ids import SeededIds
from pbx.core.io.channel import connect
from pbx.core.io.peer import user_name
from pbx.lifecycle.approval import FourEyes
from pbx.lifecycle.desk_messages import REPLIES, REQUESTS, DeskReply, DeskRequest, Refused
from pbx.lifecycle.io.archive import Archive, Rules
from pbx.lifecycle.io.desk import Desk, open_desk
from pbx.lifecycle.link_messages import AskLink, LinkMade
from pbx.lifecycle.listening import Listener
from pbx.lifecycle.retention import RetentionPolicy, Term
from pbx.playback.io.room import Room
from pbx.playback.io.server import listen
from pbx.recording import wav
from pbx.recording.age import build_header
from pbx.recording.age_keys import parse_recipient
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.vault_messages import Refused as VaultRefused
from pbx.store.accesses import AccessStore
from tests.integration.another_user import NOBODY, another_user
from tests.integration.finaliser_site import Site, journal, open_site
from tests.integration.remote_machine import free_port
from tests.integration.web_client import Browser
from tests.recording.stored_sound import KEY, SoundOf, store_sound

BOB, ADA, EVE = NOBODY, 1, 2
RECORDING = "rec1"


def roles() -> tuple[Listener, ...]:
    """Bob hears extension 1001, Ada all, Eve sees the list."""
    return (
        Listener(
            user=user_name(BOB),
            tenant="acme",
            role="listener",
            parties=frozenset({"extension/1001"}),
            purposes=frozenset({"quality"}),
        ),
        Listener(user=user_name(ADA), tenant="acme", role="compliance"),
        Listener(user=user_name(EVE), tenant="acme", role="admin"),
    )


@dataclass(slots=True)
class House:
    """`rules` may be changed; `made` holds everything that must not be written anywhere."""

    site: Site
    desk: Path
    address: tuple[str, int]
    rules: Rules
    archive: Archive
    made: list[str] = field(default_factory=list)

    def read(self) -> Rules:
        return self.rules

    def browser(self) -> Browser:
        return Browser(self.address)

    async def ask(self, uid: int, request: DeskRequest) -> DeskReply:
        with another_user(uid):
            channel = await connect(self.desk, REPLIES, REQUESTS)
        channel.send(request)
        reply = await asyncio.wait_for(channel.receive(), 5)
        channel.close()
        assert reply is not None
        return reply

    async def refusal(self, uid: int, request: DeskRequest) -> str:
        reply = await self.ask(uid, request)
        assert isinstance(reply, Refused), reply
        return reply.reason

    async def link(self, uid: int = ADA, **more: Any) -> LinkMade:
        reply = await self.ask(uid, replace(AskLink(recording=RECORDING, purpose="case 12"), **more))
        assert isinstance(reply, LinkMade), reply
        self.made.append(reply.url.reveal())
        return reply

    async def player(self, **more: Any) -> tuple[Browser, str]:
        """Return a browser that has opened a new link, and the path of the player."""
        browser = self.browser()
        return browser, await browser.opens((await self.link(**more)).url.reveal())

    async def accesses(self) -> list[dict[str, str | int | None]]:
        """Oldest first."""
        listed = await AccessStore(self.site.database).list(1000)
        return [{"kind": fact.kind, **fact.details} for _, fact in reversed(listed)]

    def keys_given(self) -> int:
        lines = [json.loads(line) for line in (self.site.root / "audit").read_text().splitlines()]
        given = [line for line in lines if line["kind"] == "recording.unwrapped"]
        return sum(line["actor"] != "finaliser" for line in given)


@asynccontextmanager
async def house(folder: Path, four_eyes: FourEyes | None = None) -> AsyncIterator[House]:
    """Open everything over one recording of two seconds."""
    folder.chmod(0o755)
    async with open_site(folder) as site:
        await journal(site, RECORDING)
        assert await site.finaliser().scan(0.0) == 1
        async with serving(site, folder / "desk" / "s", four_eyes) as opened:
            yield opened


@asynccontextmanager
async def house_of(folder: Path, n_seconds: int, of: SoundOf) -> AsyncIterator[House]:
    """Open everything over one recording of any length, which no call has made."""
    folder.chmod(0o755)
    async with open_site(folder) as site:
        row = await store_sound(site.store, n_seconds * wav.RATE, folder, of=of)
        texts = await site.vault.recipients("acme")
        assert not isinstance(texts, VaultRefused)
        recipients = [parse_recipient(text) for text in texts]
        header = build_header(KEY, recipients, SeededIds("h"), recording=RECORDING)
        await site.ledger.commit(replace(row, recording=RECORDING, header=header))
        async with serving(site, folder / "desk" / "s") as opened:
            yield opened


@asynccontextmanager
async def serving(
    site: Site, desk_path: Path, four_eyes: FourEyes | None = None, vault: VaultClient | None = None
) -> AsyncIterator[House]:
    """Open desk and web server; the limits of requests are those of `site` when it is called."""
    port = free_port()
    settings = PlaybackSettings(port=port)
    rules = Rules(
        listeners=roles(),
        retention={"acme": RetentionPolicy(otherwise=Term(days=36_500), purposes=("quality",))},
        four_eyes={"acme": four_eyes} if four_eyes is not None else {},
        links_at=settings.base,
    )
    archive = Archive(site.database, site.store, vault or site.vault)
    one = House(site, desk_path, ("127.0.0.1", port), rules, archive)
    desk = await open_desk(desk_path, Desk(archive, one.read))
    web = await listen(settings, Room(archive, one.read), site.root)
    yield one
    web.close()
    desk.close()
