"""When a worker refuses a leg, and with which reason."""

import pytest

from pbx.core.ids import CallId, LegId, SeededIds
from pbx.media.effects import CloseLeg, OpenLeg
from pbx.media.events import LegClosed, LegFailed, LegOpened, MediaEvent
from pbx.media.io.clips import ClipLoader
from pbx.media.io.host import MediaHost
from pbx.media.io.tap import JournalSink
from pbx.media.refusals import Refusal

CALL = CallId("call")


def no_sink(*_: object) -> JournalSink:
    raise ValueError


class Worker:
    """A host on the ports of one range, and what it says."""

    def __init__(self, ports: range) -> None:
        self.said: list[MediaEvent] = []
        self.host = MediaHost(
            ("127.0.0.1", ports),
            ids=SeededIds(),
            clips=ClipLoader({}),
            open_sink=no_sink,
            emit=self.said.append,
        )

    def open(self, leg: str, call: CallId = CALL) -> MediaEvent:
        self.host.perform(OpenLeg(leg=LegId(leg), call=call))
        return self.said[-1]


@pytest.mark.requirement("MED-16")
async def test_no_port_is_left(unused_udp_pair: int) -> None:
    worker = Worker(range(unused_udp_pair, unused_udp_pair + 2))
    assert isinstance(worker.open("a"), LegOpened)
    assert worker.open("b") == LegFailed(leg=LegId("b"), reason=Refusal.NO_PORT)
    worker.host.perform(CloseLeg(leg=LegId("a")))
    assert isinstance(worker.said[-1], LegClosed)
    assert worker.open("b") == LegFailed(leg=LegId("b"), reason=Refusal.NO_PORT)  # the port rests
    worker.host.close()


@pytest.mark.requirement("MED-16")
async def test_a_draining_worker_takes_no_new_call_but_legs_of_those_it_has() -> None:
    worker = Worker(range(20400, 20500))
    assert isinstance(worker.open("a"), LegOpened)
    worker.host.draining = True
    assert isinstance(worker.open("b"), LegOpened)
    assert worker.open("c", CallId("other")) == LegFailed(leg=LegId("c"), reason=Refusal.DRAINING)
    worker.host.perform(CloseLeg(leg=LegId("a")))
    worker.host.perform(CloseLeg(leg=LegId("b")))
    assert worker.open("d") == LegFailed(leg=LegId("d"), reason=Refusal.DRAINING)
    worker.host.close()


@pytest.fixture
def unused_udp_pair() -> int:
    """An even port and its neighbour that nobody else of the tests takes."""
    return 20396
