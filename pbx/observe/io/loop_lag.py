"""How late the event loop of this process is: whoever waits for it, a call too, waits as long."""

import asyncio
from collections.abc import Callable

EVERY_S = 0.25


async def watch(tell: Callable[[float], None]) -> None:
    """Tell for ever by how many seconds a timer came late, EVERY_S after the last one."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + EVERY_S
        await asyncio.sleep(EVERY_S)
        tell(max(0.0, loop.time() - due))
