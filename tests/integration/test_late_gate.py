"""A worker that has stood still keeps nothing of what was said before the yes (C-07)."""

import asyncio
import socket

import pytest

from pbx.core.ids import CallId, LegId, RecordingId, SeededIds
from pbx.media.effects import ConnectLeg, OpenLeg, SetGate, StartRecording
from pbx.media.events import LegOpened, MediaEvent
from pbx.media.io.clips import ClipLoader
from pbx.media.io.host import MediaHost
from pbx.media.io.tap import HEARD, Hearer, JournalSink, Octets
from pbx.media.rtp import RtpPacket, build
from tests.integration.media_parties import MU

LEG, CALL = LegId("a"), CallId("c")
BEFORE, AFTER = 100, 5  # packets; two seconds of a voice


class Sink:
    """A journal in memory."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.came = asyncio.Event()

    def packet(self, stream: int, arrival_ns: int, rtp: Octets) -> None:
        if stream == HEARD:
            self.numbers.append(int.from_bytes(bytes(rtp[2:4]), "big"))
            if len(self.numbers) == AFTER:
                self.came.set()

    def note(self, kind: str, details: dict[str, str], at_ns: int) -> None:
        """Notes are not compared."""

    def close(self, ended_ns: int = 0) -> None:
        """Nothing to release."""


@pytest.mark.requirement("C-07")
async def test_what_waited_while_the_worker_stood_still_is_not_kept() -> None:
    sink, events = Sink(), list[MediaEvent]()

    def opened(order: StartRecording, hearer: Hearer) -> JournalSink:
        return sink

    host = MediaHost(
        ("127.0.0.1", range(20200, 20210)),
        ids=SeededIds(),
        clips=ClipLoader({}),
        open_sink=opened,
        emit=events.append,
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as party:
        party.bind(("127.0.0.1", 0))
        host.perform(OpenLeg(leg=LEG, call=CALL))
        (leg,) = [event for event in events if isinstance(event, LegOpened)]
        here, port = party.getsockname()
        host.perform(ConnectLeg(leg=LEG, host=here, port=port, format=MU, direction="sendrecv"))
        host.perform(
            StartRecording(
                recording=RecordingId("r"),
                leg=LEG,
                tenant="t",
                call=CALL,
                kind="call",
                recipients=(),
                started_at="",
            )
        )

        def says(numbers: range) -> None:
            for n in numbers:
                header = RtpPacket(0, False, n, 160 * n, 7, 0, 0)
                party.sendto(build(header, bytes(160)), (leg.host, leg.port))

        says(range(BEFORE))  # the loop has no turn: as far as the worker knows nothing has come yet
        host.perform(SetGate(leg=LEG, open=True))
        says(range(BEFORE, BEFORE + AFTER))
        async with asyncio.timeout(5):
            await sink.came.wait()
    assert sink.numbers == list(range(BEFORE, BEFORE + AFTER))
    host.close()
