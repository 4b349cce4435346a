"""The control socket as its clients see it: one connection, one question, one answer."""

import asyncio
from pathlib import Path

from pbx.core.errors import ParseError, TransportError
from pbx.core.wire import MAX_MESSAGE
from pbx.runner.control_messages import REPLIES, REQUESTS, ControlReply, ControlRequest

ANSWER_S = 10.0  # signalling that is this busy is in trouble


async def ask(path: Path, request: ControlRequest, answer_s: float = ANSWER_S) -> ControlReply:
    """Return the reply of the PBX behind `path`; TransportError when none runs there or it is silent."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(path), limit=MAX_MESSAGE)
    except OSError:
        raise TransportError("the PBX does not run here: start it with `pbx run`") from None
    try:
        writer.write(REQUESTS.encode(request) + b"\n")
        line = await asyncio.wait_for(reader.readline(), answer_s)
        return REPLIES.decode(line)
    except (TimeoutError, OSError, ValueError, ParseError):
        raise TransportError("the PBX does not answer at its control socket: see its log") from None
    finally:
        writer.close()
