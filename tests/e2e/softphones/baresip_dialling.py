"""Dialling with baresip-python, which tells nobody of an answer that comes before its call object exists.

`UserAgent.dial` makes the object, and with it the only listener, when its command is done. The stack has a
thread of its own: a PBX on the same machine answers within milliseconds, and if asyncio has had no turn
meanwhile, it is handed CALL_ESTABLISHED together with the end of the command, before the object is there.
"""

import time
from typing import Any

from baresip._native import lib
from baresip.call import Call
from baresip.events import StackEvent
from baresip.runtime import Runtime
from baresip.ua import UserAgent

LATE_S = 0.3  # longer than a PBX takes to answer


async def dialled(runtime: Runtime, agent: UserAgent, uri: str) -> Call:
    """Dial; the new call also hears what the stack told of it before."""
    told: list[StackEvent] = []
    runtime.subscribe(told.append)
    try:
        call = await agent.dial(uri)
    finally:
        runtime.unsubscribe(told.append)
    for event in told:
        call._on_stack_event(event)
    return call


def dial_late(runtime: Runtime) -> None:
    """Give asyncio no turn for a while after the command to dial, as a busy machine does now and then."""
    push = runtime._push_cmd

    def pushed(command: int, *arguments: Any) -> int:
        done: int = push(command, *arguments)
        if command == lib.BP_CMD_UA_CONNECT:
            time.sleep(LATE_S)
        return done

    runtime._push_cmd = pushed
