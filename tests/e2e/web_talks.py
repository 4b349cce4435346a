"""Conversations of web phones in one browser with telephones that others wrote, all at the same time."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pbx.testphone.signal import RATE, Samples
from tests.e2e.chromium import BrowserPhone
from tests.e2e.heard_voice import Found, found
from tests.e2e.running import RunningPbx
from tests.e2e.softphones.process import is_over, is_ready, started
from tests.e2e.softphones.script import read_wav
from tests.e2e.softphones.talkers import HEARD_S, LIMIT_S, TalkOrders, enough_file, heard_file, voice
from tests.e2e.talks import LIKENESS, Pair, Side, grouped

DOMAIN = "acme.example"
LOOK_S = 0.1
VOICE = 1  # of the browser; every telephone has another


@dataclass(frozen=True, slots=True)
class WebTalk:
    """A pair of which one side is a page of the browser."""

    pair: Pair

    @property
    def browser_calls(self) -> bool:
        """Whether the browser is the caller."""
        return self.pair.caller.stack == "browser"

    @property
    def browser(self) -> Side:
        """The side that is a page."""
        return self.pair.caller if self.browser_calls else self.pair.called

    @property
    def telephone(self) -> Side:
        """The other side."""
        return self.pair.called if self.browser_calls else self.pair.caller

    @property
    def users(self) -> tuple[str, str]:
        """The extensions of the browser and of the telephone."""
        caller, called = self.pair.users
        return (caller, called) if self.browser_calls else (called, caller)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of the voices, and what the browser says of its call, see browser.mjs."""

    both: tuple[Found, Found]  # what the called one heard, and what the caller heard
    facts: dict[str, Any]


async def register(pbx: RunningPbx, phone: BrowserPhone, user: str) -> None:
    """Make a page the telephone of an extension."""
    (port,) = (one.port for one in pbx.config.pbx.sip.listeners if one.transport == "ws")
    password = pbx.secret(user).reveal()
    order = {"server": f"ws://127.0.0.1:{port}", "domain": DOMAIN, "user": user, "password": password}
    await phone.do("register", order)


async def web_talked(
    pbx: RunningPbx, talks: Sequence[WebTalk], browser: BrowserPhone, folder: Path
) -> dict[WebTalk, Told]:
    """Let all of them talk at once."""
    async with AsyncExitStack() as stack:
        stack.enter_context(browser.saying(voice(VOICE)))
        phones = [await stack.enter_async_context(_registered(pbx, browser, talk.users[0])) for talk in talks]
        processes = []
        for name, talkers in grouped(pbx, [(talk.pair, not talk.browser_calls) for talk in talks]):
            orders = TalkOrders(port=pbx.port, folder=str(folder), talkers=talkers)
            processes.append(await stack.enter_async_context(started((f"{name}_talkers",), orders)))
        await asyncio.gather(*map(is_ready, processes))
        heard = await asyncio.gather(*(_talked(*one, folder) for one in zip(talks, phones, strict=True)))
        await asyncio.gather(*map(is_over, processes))
    return {talk: _judged(folder, talk, *one) for talk, one in zip(talks, heard, strict=True)}


@asynccontextmanager
async def _registered(pbx: RunningPbx, browser: BrowserPhone, user: str) -> AsyncIterator[BrowserPhone]:
    phone = await browser.another()
    await register(pbx, phone, user)
    yield phone
    await phone.do("leave")


async def _talked(talk: WebTalk, phone: BrowserPhone, folder: Path) -> tuple[Samples, dict[str, Any]]:
    """Return what the page hears, and its facts."""
    if talk.browser_calls:
        await phone.do("call", talk.users[1])
        await phone.do("established")
    else:
        await phone.do("rung")
        await phone.do("answer")
    await phone.do("firstHeard")
    facts = await phone.do("facts")  # now: who called hangs up when both have heard enough
    heard = await _heard(phone, voice(int(talk.users[1])))
    enough_file(folder, talk.users[0]).touch()
    if talk.browser_calls:
        await _has_heard_enough(folder, talk.users[1])
        await phone.do("hangUp")
    await phone.do("ended")
    return heard, facts


async def _heard(phone: BrowserPhone, said: bytes) -> Samples:
    """Return what the page hears; longer when the machine had it stretch and cut what it played."""
    until = time.monotonic() + LIMIT_S / 2
    heard = part = await phone.records(HEARD_S)
    while (
        found(said, heard).likeness <= LIKENESS and time.monotonic() < until and len(part) >= HEARD_S * RATE
    ):
        part = await phone.records(HEARD_S)
        heard = np.concatenate((heard, part))
    return heard


async def _has_heard_enough(folder: Path, user: str) -> None:
    """Wait for a telephone, though not for ever: then the judge says what it has heard."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LIMIT_S):
            while not enough_file(folder, user).exists():
                await asyncio.sleep(LOOK_S)


def _judged(folder: Path, talk: WebTalk, heard: Samples, facts: dict[str, Any]) -> Told:
    telephone = talk.users[1]
    by_browser = found(voice(int(telephone)), heard)
    by_telephone = found(voice(VOICE), read_wav(heard_file(folder, telephone)))
    return Told(
        both=(by_telephone, by_browser) if talk.browser_calls else (by_browser, by_telephone), facts=facts
    )
