"""Floods from one source while calls are made and talked in: nobody else notices (S-14, S-15, SIP-37)."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pbx.core.address import Address
from pbx.runner.counts import read
from pbx.testphone.phone import Phone
from tests.e2e.running import RunningPbx

ECHO = "01632960102"
FLOODER = "127.0.0.66"
FLOOD_S = 4.0
PER_S = 5000
N_SETUPS = 50  # some 30 ms each, so that all of them fall into the flood
ANSWER_S = 10.0
COUNTED_S = 15.0  # the counts are written every 5 s
SLOWEST_S = 0.25  # of a set-up on two busy cores; without a flood it is some 30 ms
OCTETS_PER_S = 16_000  # of 8 kHz linear audio
WHOLE = 0.9
BURST, RATE = 100, 50  # the defaults of `defence.messages`

# Runs in a process of its own, so that it does not slow down the calls that are measured.
FLOOD = """
import json, socket, sys, time
port, per_s, seconds, source = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind((source, 0))
udp.setblocking(False)
sent = heard = 0
begin = time.monotonic()
while time.monotonic() - begin < seconds:
    for method in ("INVITE", "REGISTER", "OPTIONS", "SUBSCRIBE", "FOO") * 10:
        sent += 1
        lines = [f"{method} sip:{sent}@acme.example SIP/2.0",
                 f"Via: SIP/2.0/UDP {source};branch=z9hG4bKf{sent};rport",
                 f"From: <sip:{sent}@acme.example>;tag=f", f"To: <sip:{sent}@acme.example>",
                 f"Call-ID: f{sent}", f"CSeq: 1 {method}", "Max-Forwards: 70",
                 "Contact: <sip:f@127.0.0.66>", "User-Agent: " + "x" * 300, "Content-Length: 0", "", ""]
        try:
            udp.sendto("\\r\\n".join(lines).encode(), ("127.0.0.1", port))
        except BlockingIOError:
            pass
    try:
        while True:
            udp.recv(65536)
            heard += 1
    except BlockingIOError:
        pass
    time.sleep(max(0.0, begin + sent / per_s - time.monotonic()))
print(json.dumps([sent, heard]))
"""


@asynccontextmanager
async def caller(pbx: RunningPbx) -> AsyncIterator[Phone]:
    phone = Phone(Address("127.0.0.2", 0), user="+447700900123", domain="carrier.example", server=pbx.server)
    try:
        await phone.start()
        yield phone
    finally:
        await phone.close()


async def set_up(phone: Phone) -> float:
    """Make and end a call; return the seconds until it was answered."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    call = await phone.call(ECHO)
    assert await call.wait_answered(ANSWER_S) == 200
    spent = loop.time() - began
    call.hang_up()
    await call.wait_ended(ANSWER_S)
    return spent


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.requirement("S-14")
@pytest.mark.requirement("S-15")
@pytest.mark.requirement("SIP-37")
async def test_a_flood_of_one_source_is_felt_by_nobody_else(pbx: RunningPbx) -> None:
    loop = asyncio.get_running_loop()
    async with caller(pbx) as talker, caller(pbx) as maker:
        call = await talker.call(ECHO)
        assert await call.wait_answered(ANSWER_S) == 200
        call.talk(440.0)
        quiet = sorted([await set_up(maker) for _ in range(N_SETUPS)])
        arguments = (str(pbx.port), str(PER_S), str(FLOOD_S), FLOODER)
        flood = await asyncio.create_subprocess_exec(
            sys.executable, "-c", FLOOD, *arguments, stdout=asyncio.subprocess.PIPE
        )
        began, heard_before = loop.time(), len(call.heard)
        busy = sorted([await set_up(maker) for _ in range(N_SETUPS)])
        output, _ = await asyncio.wait_for(flood.communicate(), FLOOD_S + ANSWER_S)
        heard_s = (len(call.heard) - heard_before) / OCTETS_PER_S
        assert heard_s > WHOLE * (loop.time() - began)
        assert busy[-1] <= max(2 * quiet[-1], SLOWEST_S)
        sent, heard = json.loads(output)
        assert sent > 0.5 * PER_S * FLOOD_S
        assert heard <= BURST + RATE * (FLOOD_S + 1.0)
        assert pbx.process.returncode is None
        async with asyncio.timeout(COUNTED_S):
            while read(pbx.places.stopped).get("flood", 0) < 0.5 * sent:
                await asyncio.sleep(0.1)
