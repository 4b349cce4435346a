"""A media worker on another machine: proved to each other, and a break of the way ends no call."""

import asyncio
import signal
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pbx.core.address import Address
from pbx.core.errors import StorageError, TransportError
from pbx.core.ids import LegId, RecordingId, Token
from pbx.core.io.entropy import SystemIds
from pbx.core.io.tls_channel import TlsFiles, client_context
from pbx.media.effects import (
    CloseLeg,
    ConnectLeg,
    MediaEffect,
    OpenLeg,
    Play,
    SetEcho,
    SilenceSource,
    StartRecording,
)
from pbx.media.events import (
    DigitReceived,
    LegClosed,
    LegOpened,
    MediaEvent,
    PlayEnded,
    RecordingFailed,
    WorkerEvent,
    WorkerPace,
)
from pbx.media.io import remote_link
from pbx.media.io.remote_link import RemoteLink, RemoteWorker
from tests.authority import Authority
from tests.integration.breakable import Way
from tests.integration.media_parties import CALL, MU, PATIENCE_S, Party, frame
from tests.integration.remote_machine import NAME, OURS, RTP_HOST, Machine, files, free_port, until

LEG = LegId("a")
N_MANY = 3000


class Signalling:
    """The signalling process's end."""

    def __init__(
        self,
        machine: Machine,
        port: int,
        *,
        relink_s: float = 20.0,
        tls: TlsFiles | None = None,
        name: str = NAME,
    ) -> None:
        where = Address("127.0.0.1", port)
        context = client_context(tls or machine.ours)
        worker = RemoteWorker(address=where, name=name, tls=context, relink_s=relink_s)
        self.events: list[WorkerEvent] = []
        self.lost, self.eased, self._news = asyncio.Event(), asyncio.Event(), asyncio.Event()
        ids = SystemIds()
        self.link = RemoteLink(worker, ids, self._deliver, lost=self.lost.set, eased=self.eased.set)

    def send(self, *effects: MediaEffect) -> None:
        for effect in effects:
            self.link.send(effect)

    def of(self, kind: type[MediaEvent]) -> list[MediaEvent]:
        return [event for event in self.events if isinstance(event, kind)]

    async def expect(self, kind: type[MediaEvent], n: int = 1) -> MediaEvent:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.of(kind)) < n:
                self._news.clear()
                await self._news.wait()
        return self.of(kind)[n - 1]

    async def talking(self, party: Party) -> None:
        """Open a leg that sends back what its party says."""
        self.send(OpenLeg(leg=LEG, call=CALL))
        opened = await self.expect(LegOpened)
        assert isinstance(opened, LegOpened)
        party.to = (opened.host, opened.port)
        order = ConnectLeg(leg=LEG, host="127.0.0.1", port=party.port, format=MU, direction="sendrecv")
        self.send(order, SetEcho(leg=LEG, on=True), CloseLeg(leg=LegId("probe")))
        await self.expect(LegClosed)

    def _deliver(self, event: WorkerEvent) -> None:
        if isinstance(event, WorkerPace):  # it comes once a second whatever happens
            return
        self.events.append(event)
        self._news.set()


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    machine = Machine(tmp_path)
    await machine.start()
    yield machine
    if machine.process is not None and machine.process.returncode is None:
        assert await machine.stop() == 0


@pytest.fixture
def party() -> Iterator[Party]:
    party = Party(0xAAAA)
    yield party
    party.socket.close()


@asynccontextmanager
async def linked(machine: Machine, relink_s: float = 20.0) -> AsyncIterator[tuple[Signalling, Way]]:
    async with Way(machine.port).serving() as way:
        pbx = Signalling(machine, way.port, relink_s=relink_s)
        await pbx.link.connect()
        yield pbx, way
        await pbx.link.close()


async def echoes(party: Party, n: int) -> None:
    party.send(frame(n))
    assert (await party.receive())[1] == frame(n)


async def test_a_leg_lives_on_another_machine(machine: Machine, party: Party) -> None:
    async with linked(machine) as (pbx, _):
        await pbx.talking(party)
        opened = await pbx.expect(LegOpened)
        assert isinstance(opened, LegOpened)
        assert opened.host == RTP_HOST  # what the SDP will name is the worker's own address
        await echoes(party, 1)
        pbx.send(CloseLeg(leg=LEG))
        await pbx.expect(LegClosed, 2)
        assert not pbx.lost.is_set()


async def test_a_break_of_the_way_ends_no_leg_and_loses_no_key_and_no_order(
    machine: Machine, party: Party
) -> None:
    async with linked(machine) as (pbx, way):
        await pbx.talking(party)
        way.cut()
        await until(lambda: not pbx.link.is_connected)
        assert pbx.link.is_slow  # no new calls meanwhile
        for key in "0123456789":
            party.press(key)
        await echoes(party, 1)
        pbx.send(Play(leg=LEG, token=Token(1), sources=(SilenceSource(duration_ms=20),)))
        way.mend()
        await asyncio.wait_for(pbx.eased.wait(), PATIENCE_S)
        await pbx.expect(DigitReceived, 10)
        assert [e.digit.reveal() for e in pbx.events if isinstance(e, DigitReceived)] == list("0123456789")
        played = await pbx.expect(PlayEnded)
        assert isinstance(played, PlayEnded)
        assert played.completed
        assert (pbx.lost.is_set(), pbx.link.is_slow, way.n_connections) == (False, False, 2)


async def test_whatever_was_under_way_arrives_once_and_in_order(machine: Machine) -> None:
    async with linked(machine) as (pbx, way):
        orders = [CloseLeg(leg=LegId(f"{n}-{'x' * 100}")) for n in range(N_MANY)]
        for n, order in enumerate(orders):
            pbx.send(order)
            if n % 500 == 250:
                await pbx.expect(LegClosed, n - 200)  # something is under way in both directions
                way.cut()
                way.mend()
        await pbx.expect(LegClosed, N_MANY)
        assert [e.leg for e in pbx.events if isinstance(e, LegClosed)] == [order.leg for order in orders]
        assert way.n_connections > 3


async def test_a_way_that_swallows_everything_is_noticed(
    machine: Machine, party: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_link, "BEAT_S", 0.1)
    async with linked(machine) as (pbx, way):
        await pbx.talking(party)
        way.swallow()
        await until(lambda: not pbx.link.is_connected)
        await echoes(party, 1)
        way.flow()
        await asyncio.wait_for(pbx.eased.wait(), 2 * PATIENCE_S)
        party.press("5")
        await pbx.expect(DigitReceived)


async def test_another_process_has_none_of_our_legs(machine: Machine, party: Party) -> None:
    async with linked(machine) as (pbx, way):
        await pbx.talking(party)
        begun = time.monotonic()
        await machine.stop(signal.SIGKILL)
        await machine.start()
        await asyncio.wait_for(pbx.lost.wait(), PATIENCE_S)
        assert time.monotonic() - begun < 15.0  # not after `relink_s`
        with pytest.raises(TransportError):
            pbx.send(CloseLeg(leg=LEG))
        await pbx.link.connect()
        pbx.send(OpenLeg(leg=LegId("b"), call=CALL))
        await pbx.expect(LegOpened, 2)


async def test_legs_that_were_given_up_are_closed_by_the_next_session(machine: Machine, party: Party) -> None:
    async with linked(machine, relink_s=0.3) as (pbx, way):
        await pbx.talking(party)
        way.cut()
        await asyncio.wait_for(pbx.lost.wait(), PATIENCE_S)
        await echoes(party, 1)
        way.mend()
        n_events = len(pbx.events)
        await pbx.link.connect()
        pbx.send(Play(leg=LEG, token=Token(1), sources=(SilenceSource(duration_ms=20),)))
        ended = await pbx.expect(PlayEnded)
        assert ended == PlayEnded(leg=LEG, token=Token(1), played_ms=0, total_ms=20, completed=False)
        assert len(pbx.events) == n_events + 1  # nothing of the former session


async def test_a_remote_worker_does_not_record(machine: Machine, party: Party) -> None:
    async with linked(machine) as (pbx, _):
        await pbx.talking(party)
        pbx.send(
            StartRecording(
                recording=RecordingId("r"),
                leg=LEG,
                tenant="acme",
                call=CALL,
                kind="call",
                recipients=(),
                started_at="2026-01-01T00:00:00Z",
            )
        )
        failed = await pbx.expect(RecordingFailed)
        assert failed == RecordingFailed(
            recording=RecordingId("r"), reason="a worker on another machine does not record"
        )


async def test_strangers_get_nowhere(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", "other")
    forged = files(other, OURS)
    forged = TlsFiles(certificate=forged.certificate, key=forged.key, ca=machine.authority.file)
    cases: list[tuple[TlsFiles, str, str]] = [
        (forged, NAME, "hangs up"),
        (files(machine.authority, "someone.example.com"), NAME, "hangs up"),
        (machine.ours, "elsewhere.example.com", "mismatch"),
        (files(other, OURS), NAME, "self-signed certificate|unable to get local issuer"),
    ]
    for tls, name, message in cases:
        with pytest.raises(TransportError, match=message):
            await Signalling(machine, machine.port, tls=tls, name=name).link.connect()
    pbx = Signalling(machine, machine.port)
    await pbx.link.connect()
    await pbx.link.close()


async def test_neither_an_older_tls_nor_none(machine: Machine) -> None:
    old = client_context(machine.ours)
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2
    with pytest.raises(OSError, match="alert|^$"):  # an alert, or the end before it was read
        await asyncio.open_connection("127.0.0.1", machine.port, ssl=old, server_hostname=NAME)
    reader, writer = await asyncio.open_connection("127.0.0.1", machine.port)
    writer.write(b"\x00\x00\x00\x02{}")
    async with asyncio.timeout(PATIENCE_S):
        answer = await reader.read()
    assert b"{" not in answer
    writer.close()


async def test_nobody_listens(machine: Machine) -> None:
    with pytest.raises(TransportError, match="Connect call failed|refused"):
        await Signalling(machine, free_port()).link.connect()


def test_certificates_that_cannot_be_used(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    good = files(authority, NAME)
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("rubbish")
    for bad, named in (
        (
            TlsFiles(certificate=good.certificate, key=good.key, ca=tmp_path / "none.pem"),
            "none.pem: No such file",
        ),
        (TlsFiles(certificate=good.certificate, key=good.key, ca=rubbish), "rubbish.pem: no"),
        (TlsFiles(certificate=rubbish, key=good.key, ca=good.ca), "rubbish.pem with"),
        (TlsFiles(certificate=good.certificate, key=files(authority, OURS).key, ca=good.ca), "mismatch"),
    ):
        with pytest.raises(StorageError, match=named):
            client_context(bad)
