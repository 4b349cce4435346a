"""A call made octet by octet, so that everything in it can be wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from tests.attack.wire import SDP, Ask, Wire, header, status, tag_of

SUPPORT, ECHO = "01632960100", "01632960102"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawCall:
    """An answered call; `ask` is a template of further requests in its dialog."""

    ask: Ask
    answer: str

    @property
    def media(self) -> tuple[str, int]:
        """Where the PBX wants to hear RTP."""
        port = next(line.split()[1] for line in self.answer.splitlines() if line.startswith("m=audio"))
        return "127.0.0.1", int(port)

    def request(self, method: str, number: int, *lines: str) -> Ask:
        """Return a request in the dialog."""
        return replace(self.ask, method=method, cseq=number, lines=lines, body="")


async def dial(wire: Wire, user: str = ECHO, rtp_port: int = 4000, *lines: str) -> RawCall:
    """Call and acknowledge the answer."""
    host, _ = wire.bound
    ask = Ask(
        method="INVITE",
        user=user,
        caller="+447700900199",
        lines=("Contact: <sip:raw@{host}:{port}>", *lines),
        body=SDP.format(host=host, port=rtp_port),
    )
    ask = replace(ask, call_id=f"raw-{host}-{wire.bound[1]}-{wire.serial}")
    answer = await wire.final(ask)
    assert status(answer) == 200, answer
    ask = replace(ask, to_tag=tag_of(answer))
    wire.send(wire.text(replace(ask, method="ACK", body="")))
    return RawCall(ask=ask, answer=answer)


@asynccontextmanager
async def dialled(wire: Wire, user: str = ECHO, rtp_port: int = 4000) -> AsyncIterator[RawCall]:
    """A call that is ended after the block; the BYE must be answered."""
    call = await dial(wire, user, rtp_port)
    yield call
    wire.send(wire.text(call.request("BYE", 9999)))
    await wire.next(lambda text: status(text) == 200 and "BYE" in header(text, "CSeq"))
