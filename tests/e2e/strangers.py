"""The scenes of scenes.py with telephones that others wrote, in processes of their own, see driven.py."""

import asyncio
import json
import math
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal
from typing import cast as typed

import numpy as np

from pbx.testphone import signal
from pbx.testphone.call import PhoneCall
from tests.e2e.running import RunningPbx
from tests.e2e.scenes import CARRIER, ROLES, TONES, WAIT_S, Scene, extension, hears, until
from tests.e2e.softphones.driven import (
    DOMAIN,
    WAV_HEADER,
    Act,
    Desk,
    DeskOrders,
    Fact,
    Order,
    heard_file,
)

ROOT = Path(__file__).parents[2]
Stack = Literal["pjsua", "baresip"]
Cast = Mapping[str, Stack]
Play = Callable[[Scene], Awaitable[None]]
OK, CANCELLED = 200, 487
END_S = 10.0
PIECE = signal.RATE // 8  # samples: tones that are 180 Hz apart are told from each other


class StrangerCall:
    """What a person can do with one call of such a telephone, by the names of `PhoneCall`."""

    def __init__(self, phone: "StrangerPhone", name: str, display: str = "") -> None:
        loop = asyncio.get_running_loop()
        self.name, self.remote_display = name, display
        self.ringing = asyncio.Event()
        self._heard = bytearray()
        self._phone = phone
        self._file = heard_file(phone.folder, phone.desk.user, name)
        self._transfer_told: asyncio.Queue[int] = asyncio.Queue()
        self._settled: asyncio.Future[int] = loop.create_future()
        self._over: asyncio.Future[str] = loop.create_future()
        self.dialog: asyncio.Future[str] = loop.create_future()  # as others name it in Replaces

    @property
    def heard(self) -> bytearray:
        """PCM16 at 8 kHz of everything that its telephone has written of what it hears."""
        with suppress(FileNotFoundError), self._file.open("rb") as file:
            file.seek(WAV_HEADER + len(self._heard))
            octets = file.read()
            self._heard += octets[: len(octets) // 2 * 2]
        return self._heard

    def talk(self, freq_hz: float) -> None:
        """It says the tone of its telephone and no other, all the time."""
        assert freq_hz == self._phone.desk.tone_hz

    def answer(self) -> None:
        self._do("answer")

    def reject(self, status: int) -> None:
        self._do("reject", status=status)

    def hang_up(self) -> None:
        self._do("hang_up")

    def hold(self, on: bool = True) -> None:
        self._do("hold" if on else "resume")

    def press(self, keys: str) -> None:
        self._do("press", target=keys)

    def transfer(self, target: str, replaced: "StrangerCall | None" = None) -> None:
        """Ask the other side to call a URI, attended: in place of another call of this telephone."""
        self._do("transfer", target=target, other=replaced.name if replaced else "")

    def redirect(self, target: str) -> None:
        self._do("redirect", target=target)

    def _do(self, act: Act, *, target: str = "", status: int = 0, other: str = "") -> None:
        self._phone.do(act, self.name, target=target, status=status, other=other)

    async def wait_answered(self, timeout_s: float) -> int:
        """Return 200 once the call is up, else the status of its end."""
        return await asyncio.wait_for(asyncio.shield(self._settled), timeout_s)

    async def wait_ended(self, timeout_s: float) -> str:
        """Return "bye" once a call that was up is over, else "rejected"."""
        return await asyncio.wait_for(asyncio.shield(self._over), timeout_s)

    async def wait_transferred(self, timeout_s: float) -> int:
        """Return the outcome of `transfer`."""
        async with asyncio.timeout(timeout_s):
            while (status := await self._transfer_told.get()) < OK:
                pass
        return status

    def handle(self, fact: Fact) -> None:
        """Take what the telephone says of it."""
        match fact.what:
            case "ringing":
                self.ringing.set()
            case "dialog" if not self.dialog.done():
                self.dialog.set_result(fact.replaces)
            case "up" if not self._settled.done():
                self._settled.set_result(OK)
            case "transferred":
                self._transfer_told.put_nowait(fact.status)
            case "over" if not self._over.done():
                was_up = self._settled.done()
                self._over.set_result("bye" if was_up else "rejected")
                if not was_up:
                    self._settled.set_result(fact.status or CANCELLED)


class StrangerPhone:
    """One telephone of a process, by the names of `Phone`."""

    def __init__(self, desk: Desk, folder: str) -> None:
        self.desk, self.folder = desk, folder
        self.registered = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._calls: dict[str, StrangerCall] = {}
        self._coming: asyncio.Queue[StrangerCall] = asyncio.Queue()

    def runs_in(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def call(self, number: str) -> StrangerCall:
        name = f"out{len(self._calls)}"
        call = self._calls[name] = StrangerCall(self, name)
        self.do("call", name, target=f"sip:{number}@{DOMAIN if self.desk.password else CARRIER}")
        return call

    async def take(self, number: str, other: "StrangerPhone", call: StrangerCall) -> StrangerCall:
        """Call in the place of another telephone's call (RFC 3891)."""
        name = f"out{len(self._calls)}"
        taking = self._calls[name] = StrangerCall(self, name)
        replaces = await asyncio.wait_for(asyncio.shield(call.dialog), WAIT_S)
        self.do("call", name, target=f"sip:{number}@{DOMAIN}", replaces=replaces)
        return taking

    async def incoming(self, timeout_s: float) -> StrangerCall:
        return await asyncio.wait_for(self._coming.get(), timeout_s)

    def redirect(self, call: StrangerCall, target: str) -> None:
        call.redirect(target)

    def do(self, act: Act, call: str, **more: Any) -> None:
        """Order it; `more` are the other fields of `Order`."""
        assert self._process is not None and self._process.stdin is not None
        order = Order(act=act, user=self.desk.user, call=call, **more)
        self._process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")

    def handle(self, fact: Fact) -> None:
        """Take what is said of it or of one of its calls."""
        if fact.what == "registered":
            self.registered.set()
        elif fact.what == "incoming":
            call = self._calls[fact.call] = StrangerCall(self, fact.call, fact.display)
            self._coming.put_nowait(call)
        else:
            self._calls[fact.call].handle(fact)


@asynccontextmanager
async def desks(stack: Stack, port: int, folder: str, phones: list[StrangerPhone]) -> AsyncIterator[None]:
    """Run these telephones in one process while the block lasts; they are registered when it begins."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"tests.e2e.softphones.{stack}_driven"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=ROOT,
    )
    assert process.stdin is not None
    orders = DeskOrders(port=port, folder=folder, desks=tuple(phone.desk for phone in phones))
    process.stdin.write(json.dumps(asdict(orders)).encode() + b"\n")
    for phone in phones:
        phone.runs_in(process)
    said: list[str] = []
    hearing = asyncio.create_task(_hear(process, {phone.desk.user: phone for phone in phones}, said))
    try:
        async with asyncio.timeout(WAIT_S):
            await asyncio.gather(*(phone.registered.wait() for phone in phones))
        yield
        process.stdin.close()
        await asyncio.wait_for(process.wait(), END_S)
        await hearing
        assert process.returncode == 0, said
    finally:
        hearing.cancel()
        if process.returncode is None:
            process.kill()
            await process.wait()
            print(*said, sep="\n")


async def _hear(
    process: asyncio.subprocess.Process, phones: Mapping[str, StrangerPhone], said: list[str]
) -> None:
    assert process.stdout is not None
    while octets := await process.stdout.readline():
        line = octets.decode(errors="replace").rstrip()
        said.append(line)
        if line.startswith('{"user"'):
            fact = Fact(**json.loads(line))
            phones[fact.user].handle(fact)


class StrangerScene(Scene):
    """A scene in which everybody's telephone is of the stack that the cast names; PJSIP without a name."""

    def __init__(self, pbx: RunningPbx, number: int, stack: Any, *, folder: Path, cast: Cast) -> None:
        super().__init__(pbx, number, stack)
        self._folder, self._cast = str(folder), cast

    async def set_up(self) -> None:
        """Start the telephones; what scenes.py asks of a telephone these can do as well."""
        by_stack: dict[Stack, list[StrangerPhone]] = {}
        for role in ("A", *ROLES):
            user = self.caller_number if role == "A" else extension(self.number, role)
            desk = Desk(
                user=user,
                password="" if role == "A" else self.pbx.secret(user).reveal(),
                host=CARRIER if role == "A" else "127.0.0.1",
                tone_hz=TONES[role],
            )
            phone = StrangerPhone(desk, self._folder)
            by_stack.setdefault(self._cast.get(role, "pjsua"), []).append(phone)
            if role == "A":
                self._caller = typed(Any, phone)
            else:
                self.staff[role] = typed(Any, phone)
        for stack, phones in by_stack.items():
            await self._stack.enter_async_context(desks(stack, self.pbx.port, self._folder, phones))

    def level(self, sound: signal.Samples, hz: float) -> float:
        """Return what a tone has of the power, piece by piece: a softphone that was late begins anew."""
        pieces = sound[: len(sound) // PIECE * PIECE].reshape(-1, PIECE)
        power = np.square(pieces).sum(axis=1)
        shares = np.array([10 ** (signal.level(piece, hz) / 10) for piece in pieces])
        share = float(shares @ power / power.sum()) if power.any() else 0.0
        return 10 * math.log10(share) if share else -math.inf

    async def still_hear(self, *ends: tuple[PhoneCall, float]) -> None:
        """Each end hears its tone: a softphone on a starved machine has holes of its own now and then."""
        await until(lambda: all(hears(call, hz, 0) for call, hz in ends))


async def walked(pbx: RunningPbx, number: int, play: Play, cast: Cast, folder: Path) -> StrangerScene:
    """Play one scene with the telephones of a cast; what they hear is written below `folder`."""
    its = folder / str(number)
    its.mkdir()
    async with AsyncExitStack() as stack:
        scene = StrangerScene(pbx, number, stack, folder=its, cast=cast)
        await scene.set_up()
        await play(scene)
    return scene
