"""baresip-python as driven telephones, each on an account of its own in one runtime."""

import asyncio
import sys
from pathlib import Path

from baresip import Account, AudioNotActive, AudioRestarted, Config, Event
from baresip.call import Call
from baresip.errors import TransferFailed
from baresip.events import StackEvent
from baresip.runtime import Runtime
from baresip.ua import UserAgent

from pbx.testphone import signal
from tests.e2e.softphones.baresip_dialling import dialled
from tests.e2e.softphones.driven import (
    DOMAIN,
    WAV_HEADER,
    Desk,
    DeskOrders,
    Fact,
    Order,
    What,
    desk_orders,
    first_line,
    heard_file,
    order,
    tell,
)
from tests.e2e.softphones.script import tone_pcm

FRAME_S = 0.02
AHEAD = 2 * signal.RATE * 60 // 1000  # octets that are written before they are due
READ_OCTETS = 1 << 16
CODECS = ("pcma/8000/1", "pcmu/8000/1")
REFUSED = 603  # of a transfer that was refused without a status


class Telephone:
    """One account, its calls by name."""

    def __init__(self, runtime: Runtime, desk: Desk, orders: DeskOrders, group: asyncio.TaskGroup) -> None:
        """In the group everything goes on at once, and a telephone that cannot do what it is told ends it."""
        self._runtime, self._desk, self._orders, self._group = runtime, desk, orders, group
        self._calls: dict[str, Call] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def register(self) -> None:
        """Register and wait to be called."""
        account = Account(
            user=self._desk.user,
            domain=DOMAIN,
            password=self._desk.password,
            registrar=f"127.0.0.1:{self._orders.port}",
            audio_codecs=CODECS,
        )
        self._agent = await UserAgent.create(self._runtime, account)
        self._agent.on_incoming(self._called)
        await self._agent.register()
        self._tell("registered")

    def do(self, one: Order) -> None:
        """Begin to carry out one order."""
        self._tasks.append(self._group.create_task(self._do(one)))

    def close(self) -> None:
        """Do and wait for nothing any more."""
        for task in self._tasks:
            task.cancel()

    async def _do(self, one: Order) -> None:
        if one.act == "call":
            self._follow(one.call, await dialled(self._runtime, self._agent, one.target))
            return
        call = self._calls[one.call]
        match one.act:
            case "answer":
                await call.answer()
            case "reject":
                assert one.status == 486, "it refuses with nothing else"
                await call.reject()
            case "hang_up":
                await call.hangup()
            case "hold":
                await call.hold()
            case "resume":
                await call.resume()
            case "transfer":
                await self._transfer(one, call)
            case "press":
                await call.send_dtmf(one.target)
            case _:
                raise ValueError(f"it cannot {one.act}")

    async def _transfer(self, one: Order, call: Call) -> None:
        try:
            if one.other:
                await call.attended_transfer(self._calls[one.other])
            else:
                await call.transfer(one.target)
        except TransferFailed as error:
            self._tell("transferred", one.call, error.status or REFUSED)
        else:
            self._tell("transferred", one.call, 200)

    def _called(self, call: Call) -> None:
        name = f"in{len(self._calls)}"
        self._follow(name, call)
        self._tell("incoming", name)

    def _follow(self, name: str, call: Call) -> None:
        """Tell what becomes of a call, and give it sound."""
        self._calls[name] = call
        sound = self._group.create_task(_sound(call, self._desk, self._orders, name))
        self._tasks.append(sound)

        def told(event: StackEvent) -> None:
            match event.event:
                case Event.CALL_RINGING | Event.CALL_PROGRESS:
                    self._tell("ringing", name)
                case Event.CALL_ESTABLISHED:
                    self._tell("up", name)
                case Event.CALL_CLOSED:
                    status = (event.text or "")[:3]
                    self._tell("over", name, int(status) if status.isdigit() else 0)
                    sound.cancel()

        call.on(told)

    def _tell(self, what: What, call: str = "", status: int = 0) -> None:
        tell(Fact(user=self._desk.user, what=what, call=call, status=status))


async def _sound(call: Call, desk: Desk, orders: DeskOrders, name: str) -> None:
    """Say the tone and keep what is heard, whenever the call has sound."""
    path = heard_file(orders.folder, desk.user, name)
    path.write_bytes(bytes(WAV_HEADER))
    tone = tone_pcm(desk.tone_hz, 1.0)
    said = 0
    while True:
        try:
            info = call.audio.info()
            if info.tx_ready and (room := AHEAD - info.tx_buffered) > 0:
                said = (said + call.audio.write((tone[said:] + tone)[:room])) % len(tone)
            if info.rx_ready:
                _keep(path, call.audio.read(READ_OCTETS))
        except (AudioNotActive, AudioRestarted):
            pass
        await asyncio.sleep(FRAME_S)  # the pace of a telephone's sound card


def _keep(path: Path, octets: bytes) -> None:
    with path.open("ab") as file:
        file.write(octets)


async def main(orders: DeskOrders) -> None:
    """Carry out orders until stdin is closed, on one runtime; a process can only have one."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    runtime = Runtime()
    await runtime.start(Config(net_interface="127.0.0.1", max_concurrent_calls=None))
    try:
        async with asyncio.TaskGroup() as group:
            telephones = {desk.user: Telephone(runtime, desk, orders, group) for desk in orders.desks}
            for telephone in telephones.values():
                await telephone.register()
            while line := await reader.readline():
                one = order(line.decode())
                telephones[one.user].do(one)
            for telephone in telephones.values():
                telephone.close()
    finally:
        await runtime.close()


if __name__ == "__main__":
    asyncio.run(main(desk_orders(first_line())))
