"""A signalling process that a test can stop: bridges two parties, plays to a third, then says READY."""

import asyncio
import sys
from pathlib import Path

from pbx.core.audio import AudioFormat
from pbx.core.ids import CallId, LegId, Token
from pbx.media.effects import BridgeLegs, ConnectLeg, OpenLeg, Play, ToneSource
from pbx.media.events import LegOpened, WorkerEvent
from pbx.media.io.link import MediaLink

MU = AudioFormat(encoding="PCMU", payload_type=0, dtmf_payload_type=101)
TONE = ToneSource(country="gb", tone="dial", duration_ms=10_000)


async def main(socket: Path, ports: list[int]) -> None:
    """Open a leg for the party at each port, and go on until killed."""
    events: asyncio.Queue[LegOpened] = asyncio.Queue()

    def heard(event: WorkerEvent) -> None:
        if isinstance(event, LegOpened):
            events.put_nowait(event)

    link = MediaLink(socket, heard, lambda: None)
    await link.connect()
    legs = [LegId(str(port)) for port in ports]
    opened: list[int] = []
    for leg, port in zip(legs, ports, strict=True):
        link.send(OpenLeg(leg=leg, call=CallId("call")))
        opened.append((await events.get()).port)
        link.send(ConnectLeg(leg=leg, host="127.0.0.1", port=port, format=MU, direction="sendrecv"))
    link.send(BridgeLegs(a=legs[0], b=legs[1]))
    link.send(Play(leg=legs[2], token=Token(1), sources=(TONE,)))
    # Orders leave in the next turn of the loop, and are carried out in turn: this answer comes last.
    link.send(OpenLeg(leg=LegId("last"), call=CallId("call")))
    await events.get()
    print("READY", *opened, flush=True)  # noqa: T201 - the test reads it
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), [int(port) for port in sys.argv[2:]]))
