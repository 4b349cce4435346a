"""Key presses by the thousand (S-34)."""

import asyncio
import random
import socket
import struct

import pytest

from tests.attack.raw_call import SUPPORT, dialled
from tests.attack.town import Town
from tests.attack.wire import wire

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARRIER = "127.0.0.2"
PER_S, SECONDS = 1000, 2.0
LONGEST = 0xFFFF  # of the duration field, in samples


@pytest.mark.requirement("S-34")
async def test_a_flood_of_key_presses_hurts_nobody(town: Town) -> None:
    """Known and unknown events, of no and of the longest duration; the IVR still takes the BYE at once."""
    chance = random.Random(34)
    async with town.under("S-34 1,000 events a second", "capped; the BYE is answered"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtp:
            rtp.bind((CARRIER, 0))
            async with wire(town.pbx.port, CARRIER) as caller:
                async with dialled(caller, SUPPORT, rtp.getsockname()[1]) as call:
                    loop = asyncio.get_running_loop()
                    began = loop.time()
                    for number in range(int(PER_S * SECONDS)):
                        event = chance.choice((0, 5, 11, 16, 255))
                        duration = chance.choice((0, 160, LONGEST))
                        head = struct.pack("!BBHII", 0x80, 0x80 | 101, number & 0xFFFF, number * 160, 0x5EED)
                        rtp.sendto(head + struct.pack("!BBH", event, 0x8A, duration), call.media)
                        if number % 20 == 0:
                            await asyncio.sleep(max(0.0, began + number / PER_S - loop.time()))
