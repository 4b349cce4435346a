"""Questions to the listening desk of the PBX of this machine; who asks, the kernel tells it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, TypeVar

from cyclopts import Parameter

from pbx.cli.output import Refusal
from pbx.core.errors import MisuseError, TransportError
from pbx.core.io.channel import Channel, connect
from pbx.lifecycle.desk_messages import REPLIES, REQUESTS, DeskReply, DeskRequest, Refused

ANSWER_S = 60.0  # of one piece: a store on a slow line
Socket = Annotated[Path, Parameter(name="--socket", help="Where the PBX of this machine listens.")]
SOCKET = Path("desk/listen.sock")
ReplyT = TypeVar("ReplyT", bound=DeskReply)


async def ask(socket: Path, request: DeskRequest) -> AsyncGenerator[DeskReply, None]:
    """Yield the replies to a question; Refusal is one of them, or there is no desk."""
    try:
        channel: Channel[DeskReply, DeskRequest] = await connect(socket, REPLIES, REQUESTS)
    except TransportError as error:
        raise Refusal(f"{socket}: {error}: nobody may listen here, or the PBX does not run") from None
    try:
        channel.send(request)
        while (reply := await asyncio.wait_for(channel.receive(), ANSWER_S)) is not None:
            if isinstance(reply, Refused):
                raise Refusal(reply.reason)
            yield reply
    except TimeoutError:
        raise Refusal("the PBX does not answer") from None
    finally:
        channel.close()


async def answer(socket: Path, request: DeskRequest, kind: type[ReplyT]) -> ReplyT:
    """Return the one reply to a question."""
    async with aclosing(ask(socket, request)) as replies:
        reply = await anext(replies, None)
    if reply is None:
        raise Refusal("the connection broke: ask again")
    if not isinstance(reply, kind):
        raise MisuseError("the desk answered another question")
    return reply
