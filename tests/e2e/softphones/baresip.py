"""baresip-python as a softphone: registers, calls, presses keys, talks and hangs up.

RFC 3261, RFC 3550 and RFC 4733 as an independent implementation (libre, re/rem) understands them. With the
argument "late" the process has no turn while the answer to its call comes.
"""

import asyncio
import sys
import time

from baresip import Account, Config, Event
from baresip.call import Call
from baresip.runtime import Runtime
from baresip.ua import UserAgent

from tests.e2e.softphones.baresip_dialling import dial_late, dialled
from tests.e2e.softphones.script import (
    ANSWER_S,
    CALL_S,
    FRAME,
    RATE,
    Ear,
    Orders,
    Report,
    orders,
    ready,
    remaining,
    report,
    tone_pcm,
)

FRAME_S = FRAME / RATE


async def main(order: Orders, *how: str) -> None:
    """Carry out the orders on one runtime; a process can only have one."""
    done, ear = Report(), Ear(order.tone_hz)
    runtime = Runtime()
    await runtime.start(Config(net_interface="127.0.0.1"))
    if "late" in how:
        dial_late(runtime)
    try:
        account = Account(
            user=order.user,
            domain="acme.example",
            password=order.password,
            registrar=f"127.0.0.1:{order.port}",
        )
        agent = await UserAgent.create(runtime, account)
        await agent.register()
        done.registered = True
        call = await (dialled(runtime, agent, _uri(order)) if order.number else _called(agent))
        over = asyncio.Event()
        call.on(lambda told: over.set() if told.event is Event.CALL_CLOSED else None)
        await call.wait_established(ANSWER_S)
        done.answered = True
        await _talk(call, order, ear)
        done.content = True
        if order.digits:
            await call.send_dtmf(order.digits)
            await asyncio.wait_for(over.wait(), ANSWER_S)
            done.told_of_end = True
        else:
            await call.hangup()
        await agent.unregister()
    finally:
        await runtime.close()
        report(done, bytes(ear.pcm), order.heard)


def _uri(order: Orders) -> str:
    return f"sip:{order.number}@acme.example"


async def _called(agent: UserAgent) -> Call:
    """Answer the next call."""
    coming: asyncio.Queue[Call] = asyncio.Queue()
    agent.on_incoming(coming.put_nowait)
    ready()
    call = await asyncio.wait_for(coming.get(), CALL_S)
    await call.answer()
    return call


async def _talk(call: Call, order: Orders, ear: Ear) -> None:
    """Say the tone until it was heard for long enough."""
    tone, said = tone_pcm(order.tone_hz, 1.0), 0
    until = time.monotonic() + CALL_S
    while not ear.content:
        await asyncio.sleep(min(FRAME_S, remaining(until)))  # the pace of a telephone's sound card
        said = (said + call.audio.write((tone[said:] + tone[:said])[: 4 * FRAME])) % len(tone)
        ear.hear(call.audio.read(8 * FRAME))


if __name__ == "__main__":
    asyncio.run(main(orders(), *sys.argv[1:]))
