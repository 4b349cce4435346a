"""Limits of a session with a remote worker, and ends that do not keep to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pbx.core.address import Address
from pbx.core.errors import TransportError
from pbx.core.ids import LegId
from pbx.core.io.channel import Channel
from pbx.core.io.entropy import SystemIds
from pbx.core.io.flow import WINDOW
from pbx.core.io.tls_channel import TlsFiles, client_context, connect_tls, serve_tls, server_context
from pbx.core.wire import Codec
from pbx.media.effects import CloseLeg
from pbx.media.events import LegFailed, MediaEvent
from pbx.media.io import remote_door
from pbx.media.io.clips import ClipLoader
from pbx.media.io.deliveries import Deliveries
from pbx.media.io.host import MediaHost
from pbx.media.io.remote_door import MAX_STRANGERS, RemoteDoor
from pbx.media.io.remote_link import MAX_ORDERS, RemoteLink, RemoteWorker
from pbx.media.io.tap import JournalSink
from pbx.media.session import VERSION, FromWorker, Heard, Hello, ToWorker, Welcome
from tests.authority import Authority
from tests.integration.media_parties import PATIENCE_S
from tests.integration.remote_machine import NAME, OURS, files, free_port

TO, FROM = Codec[ToWorker](ToWorker), Codec[FromWorker](FromWorker)
Client = Channel[FromWorker, ToWorker]
Server = Channel[ToWorker, FromWorker]
HELLO = Hello(version=VERSION, session="s", received=0)
ORDER = CloseLeg(leg=LegId("a"))


class Ends:
    """Certificates for both, and an address."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder)
        self.theirs, self.ours = files(authority, NAME), files(authority, OURS)
        self.address = Address("127.0.0.1", free_port())

    @asynccontextmanager
    async def serving(self, accept: Callable[[Server], Awaitable[None]]) -> AsyncIterator[None]:
        server = await serve_tls(self.address, server_context(self.theirs), (TO, FROM), accept)
        yield
        server.close()

    async def client(self) -> Client:
        return await connect_tls(self.address, client_context(self.ours), NAME, (FROM, TO))

    def link(self, lost: Callable[[], None] = lambda: None, files: TlsFiles | None = None) -> RemoteLink:
        tls = client_context(files or self.ours)
        worker = RemoteWorker(address=self.address, name=NAME, tls=tls, relink_s=5.0)
        return RemoteLink(worker, SystemIds(), lambda _: None, lost=lost, eased=lambda: None)


@pytest.fixture
def ends(tmp_path: Path) -> Ends:
    return Ends(tmp_path)


def no_sink(*_: object) -> JournalSink:
    raise ValueError


def door() -> RemoteDoor:
    deliveries = Deliveries()
    host = MediaHost(
        ("127.0.0.1", range(14000, 14010)),
        ids=SystemIds(),
        clips=ClipLoader({}),
        open_sink=no_sink,
        emit=deliveries.put,
    )
    return RemoteDoor(host, deliveries, SystemIds(), frozenset())


async def said(channel: Client) -> FromWorker | None:
    async with asyncio.timeout(PATIENCE_S):
        return await channel.receive()


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        ([Heard(received=0)], 0),
        ([ORDER], 0),
        ([Hello(version=VERSION + 1, session="s", received=0)], 1),
        ([HELLO, HELLO], 1),
        ([HELLO, Heard(received=1)], 1),  # nothing was told yet
    ],
)
async def test_signalling_that_says_what_it_may_not_is_hung_up_on(
    ends: Ends, words: list[ToWorker], answers: int
) -> None:
    async with ends.serving(door().serve):
        channel = await ends.client()
        for word in words:
            channel.send(word)
        for _ in range(answers):
            assert isinstance(await said(channel), Welcome)
        assert await said(channel) is None
        channel.close()


async def test_who_says_nothing_gets_no_answer_and_there_are_few_of_them(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_door, "HELLO_S", 1.0)
    async with ends.serving(door().serve):
        silent = [await ends.client() for _ in range(MAX_STRANGERS)]
        one_more = await ends.client()
        assert await said(one_more) is None  # at once
        silent[0].send(HELLO)
        assert isinstance(await said(silent[0]), Welcome)
        late = await ends.client()  # there is a place again
        late.send(HELLO)
        assert isinstance(await said(late), Welcome)
        for channel in silent[1:]:
            assert await said(channel) is None  # after HELLO_S
        for channel in (one_more, late, *silent):
            channel.close()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Welcome(version=VERSION + 1, instance="i", resumed=False, received=0), "another version"),
        (Heard(received=0), "another version"),
        (LegFailed(leg=LegId("a"), reason="?"), "another version"),
    ],
)
async def test_a_worker_that_does_not_greet_as_one(
    ends: Ends, answer: Welcome | Heard | MediaEvent, message: str
) -> None:
    async def accept(channel: Server) -> None:
        channel.send(answer)
        await channel.receive()

    async with ends.serving(accept):
        with pytest.raises(TransportError, match=message):
            await ends.link().connect()


async def test_a_worker_that_confirms_nothing_is_given_up_at_the_limit(ends: Ends) -> None:
    lost = asyncio.Event()

    async def accept(channel: Server) -> None:
        channel.send(Welcome(version=VERSION, instance="i", resumed=False, received=0))
        while await channel.receive() is not None:
            pass

    async with ends.serving(accept):
        link = ends.link(lost.set)
        await link.connect()
        for _ in range(WINDOW + 1000):
            link.send(ORDER)
        assert not link.is_slow
        link.send(ORDER)
        assert link.is_slow
        for _ in range(MAX_ORDERS - 1001):
            link.send(ORDER)
        with pytest.raises(TransportError, match="takes no orders"):
            link.send(ORDER)
        await asyncio.wait_for(lost.wait(), PATIENCE_S)
        with pytest.raises(TransportError, match="not connected"):
            link.send(ORDER)


async def test_a_worker_that_confirms_what_it_never_got_is_lost(ends: Ends) -> None:
    lost = asyncio.Event()

    async def accept(channel: Server) -> None:
        channel.send(Welcome(version=VERSION, instance="i", resumed=False, received=0))
        channel.send(Heard(received=1))
        await channel.receive()
        await channel.receive()

    async with ends.serving(accept):
        await ends.link(lost.set).connect()
        await asyncio.wait_for(lost.wait(), PATIENCE_S)
