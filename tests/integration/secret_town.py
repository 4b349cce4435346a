"""Callers at one real worker who type secrets, with everybody who could overhear them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from pbx.call.assisted_entry import KEY_MS, KEY_TONE
from pbx.core.audio import AudioFormat
from pbx.core.ids import LegId, RecordingId
from pbx.core.secret import Secret
from pbx.media.effects import (
    BridgeLegs,
    JoinRoom,
    OpenStream,
    Play,
    SetGate,
    SetSecure,
    StartRecording,
    TakeDigit,
    ToneSource,
)
from pbx.media.events import RecordingStarted, StreamStarted
from tests.integration.eavesdroppers import Ear
from tests.integration.finaliser_site import Site, order
from tests.integration.keypad import (
    DIGITS,
    FRAME,
    QUIET,
    Caller,
    Floats,
    Frame,
    Manner,
    Press,
    encoded,
    typed,
    voice,
)
from tests.integration.media_parties import ALAW, MU, Party, Signalling, attach, connected, started_worker
from tests.integration.studio import REAL_WORKER
from tests.integration.test_transcoding import FORMATS
from tests.integration.voice_bot import Bot, Bots, bots

KINDS = ("alone", "relayed", "translated", "transcoded", "supervised", "bot")
MANNERS: tuple[Manner, ...] = ("tones", "tones", "tones", "events", "info")
N_ENTRIES, N_KEYS = 2, 17  # of each caller: 6 x 5 x 2 x 17 = 1020 digits
TALKED_FRAMES, TAIL_FRAMES = 12, 40
PEERS = {"relayed": MU, "translated": ALAW, "transcoded": FORMATS["G722"], "supervised": MU}
KEY_SOUND = ToneSource(country="gb", tone="record", duration_ms=KEY_MS)
RECORDED = ("alone", "relayed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One secret, or what would be one: a voice before it, the keys, and when it was over."""

    marker: Floats = field(repr=False)
    marker_at: int
    presses: list[Press]
    left_at: list[float]  # monotonic second at which signalling said that it is over


@dataclass(slots=True)
class Line:
    """A caller, who hears him, and what he has entered."""

    caller: Caller
    is_secret: bool
    ears: dict[str, Ear] = field(default_factory=dict)
    bot: Bot | None = None
    entries: list[Entry] = field(default_factory=list)

    @property
    def leg(self) -> LegId:
        return self.caller.leg

    @property
    def recording(self) -> RecordingId:
        return RecordingId(f"rec-{self.leg}")

    @property
    def is_recorded(self) -> bool:
        return self.caller.kind in RECORDED

    @property
    def recorded(self) -> tuple[LegId, int]:
        """The leg that is recorded, and the direction that has the caller's voice."""
        return (LegId(f"{self.leg}-peer"), 1) if self.caller.kind == "relayed" else (self.leg, 0)


class Town:
    """All the callers at one worker."""

    def __init__(self, pbx: Signalling, server: Bots, stack: AsyncExitStack) -> None:
        self.pbx, self._server, self._stack = pbx, server, stack
        self.lines: list[Line] = []
        self.tells_keys = False  # whom a secret is typed for hears a tone for each key, as while two talk

    async def settle(self, kind: str, manner: Manner, *, is_secret: bool) -> None:
        """A caller with everybody who listens to his kind."""
        pbx, leg = self.pbx, LegId(f"{kind}-{len(self.lines)}")
        one = Line(Caller(leg, self._party(), kind, manner), is_secret)
        self.lines.append(one)
        await attach(pbx, leg, one.caller.party)
        peer, watcher = LegId(f"{leg}-peer"), LegId(f"{leg}-watcher")
        if kind in PEERS:
            one.ears["peer"] = await self._ear(peer, PEERS[kind])
            pbx.send(BridgeLegs(a=leg, b=peer))
        if kind == "supervised":
            one.ears["supervisor"] = await self._ear(watcher, MU)
            pbx.send(*(JoinRoom(leg=who, room=leg) for who in (leg, peer)))
            pbx.send(JoinRoom(leg=watcher, room=leg, role="listen"))
        if kind == "bot":
            pbx.send(OpenStream(leg=leg, stream=leg, account="acme", url=Secret(self._server.url)))
            one.bot = await self._server.call()
            await pbx.expect(StreamStarted, sum(line.bot is not None for line in self.lines))

    async def record(self, site: Site) -> None:
        """Record the callers, or the peers that they are relayed to: of either direction some."""
        recipients = await site.vault.recipients("acme")
        assert isinstance(recipients, tuple)
        recorded = [one for one in self.lines if one.is_recorded]
        for one in recorded:
            wanted = order(one.recording, *recipients)
            began = StartRecording(
                recording=wanted.recording,
                leg=one.recorded[0],
                tenant=wanted.tenant,
                call=wanted.call,
                kind=wanted.kind,
                recipients=recipients,
                started_at=wanted.started_at,
            )
            self.pbx.send(began, SetGate(leg=one.leg, open=True))
        await self.pbx.expect(RecordingStarted, len(recorded))

    async def enter(self, number: int, keys: dict[LegId, str], rng: np.random.Generator) -> None:
        """Everybody talks, enters `keys`, and talks on as soon as the last one is typed."""
        marker = voice(number, TALKED_FRAMES)
        markers = await self._all_say({one.leg: encoded(marker) + [QUIET] * 3 for one in self.lines})
        secret = [one for one in self.lines if one.is_secret]
        self.pbx.send(*(SetSecure(leg=one.leg, on=True) for one in secret))
        await self.pbx.settle()
        scripts: dict[LegId, list[Frame]] = {}
        for one in self.lines:
            frames, presses = typed(keys[one.leg], one.caller.manner, rng)
            scripts[one.leg] = frames + encoded(voice(100 + number, TAIL_FRAMES))
            one.entries.append(Entry(marker=marker, marker_at=markers[one.leg], presses=presses, left_at=[]))
        await self._all_say(scripts, self._follow)

    async def _all_say(
        self, scripts: dict[LegId, list[Frame]], follow: Callable[[Line, int], None] = lambda _line, _at: None
    ) -> dict[LegId, int]:
        """Return where each begins, once all are through; `follow` is told when he begins."""
        begins: dict[LegId, int] = {}
        ends = []
        for one in self.lines:
            frames = scripts[one.leg]
            begins[one.leg] = at = one.caller.say(frames)
            follow(one, at)
            ended = asyncio.Event()
            self._when(one, at + len(frames) * FRAME - 1, ended.set)
            ends.append(ended.wait())
        await asyncio.gather(*ends)
        return begins

    def _follow(self, one: Line, begins: int) -> None:
        """Signalling hears of keys by INFO, and leaves the secret state while the last key still sounds."""
        entry, manner = one.entries[-1], one.caller.manner
        entry.presses[:] = [press.later(begins) for press in entry.presses]
        if manner == "info":
            for press in entry.presses:
                told = TakeDigit(leg=one.leg, digit=Secret(press.key), duration_ms=press.n_samples // 8)
                self._when(one, press.at + press.n_samples, partial(self.pbx.send, told))
        if self.tells_keys and one.is_secret and one.caller.kind in PEERS:
            heard = Play(leg=LegId(f"{one.leg}-peer"), token=KEY_TONE, sources=(KEY_SOUND,))
            for press in entry.presses:
                self._when(one, press.at + press.n_samples, partial(self.pbx.send, heard))
        if one.is_secret:
            last = entry.presses[-1]
            # Of an event the first packet is out by then, the others follow.
            over = last.at + last.n_samples if manner == "events" else last.middle
            self._when(one, over, partial(self._leave, one))

    def _leave(self, one: Line) -> None:
        one.entries[-1].left_at.append(time.monotonic())
        self.pbx.send(SetSecure(leg=one.leg, on=False))

    def _when(self, one: Line, sample: int, then: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()

        def in_loop() -> None:
            loop.call_soon_threadsafe(then)

        one.caller.when(sample, in_loop)

    def _party(self) -> Party:
        party = Party(0x1000 + len(self.lines))
        self._stack.callback(party.socket.close)
        return party

    async def _ear(self, leg: LegId, fmt: AudioFormat) -> Ear:
        party = self._party()
        await attach(self.pbx, leg, party, fmt)
        ear = Ear(party, fmt)
        self._stack.callback(ear.close)
        return ear


def dealt(lines: list[Line], rng: np.random.Generator) -> list[dict[LegId, str]]:
    """Random keys for each entry; of each digit each kind has as many."""
    hands: list[dict[LegId, str]] = [{} for _ in range(N_ENTRIES)]
    for kind in KINDS:
        for is_secret in (True, False):
            legs = [one.leg for one in lines if (one.caller.kind, one.is_secret) == (kind, is_secret)]
            n_keys = len(legs) * N_ENTRIES * N_KEYS
            keys = "".join(rng.permutation(list(DIGITS * -(-n_keys // len(DIGITS)))))
            for at, leg in enumerate(legs):
                for number, hand in enumerate(hands):
                    first = (at * N_ENTRIES + number) * N_KEYS
                    hand[leg] = keys[first : first + N_KEYS]
    return hands


@asynccontextmanager
async def town(site: Site, kinds: Iterable[str] = KINDS) -> AsyncIterator[Town]:
    """Of each of these kinds one caller for each manner who types a secret, and one who is not muted."""
    async with AsyncExitStack() as stack:
        worker = started_worker(site.root, "--spool", str(site.spool), program=REAL_WORKER)
        await stack.enter_async_context(worker)
        pbx = await connected(site.root)
        stack.push_async_callback(pbx.link.close)
        one = Town(pbx, await stack.enter_async_context(bots()), stack)
        for kind in kinds:
            for manner in MANNERS:
                await one.settle(kind, manner, is_secret=True)
            await one.settle(kind, "tones", is_secret=False)
        await one.record(site)
        yield one
