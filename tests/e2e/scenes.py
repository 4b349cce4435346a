"""A recorded call whose parties change: everybody says his own tone, and who talked when is written down."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import yaml

from pbx.core.address import Address
from pbx.core.io.clock import utc_now
from pbx.sip.effects import PlaceCall, Reject, SipEffect
from pbx.sip.transfer.replaces import Replaces
from pbx.testphone import signal
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from tests.e2e.running import RunningPbx, prepare

CARRIER = "127.0.0.2"
ROOM = "3000"
ROLES = "BCD"  # of a scene's telephones
TONES = {"A": 440.0, "B": 1000.0, "C": 1700.0, "D": 620.0}
WAIT_S = 40.0
HEARD = 2 * signal.RATE // 2  # octets of the half second that is looked at
TALK = 2 * signal.RATE  # octets of the second that is measured
IS_HEARD_DB = -1.0  # of the power of what is heard
PhoneT = TypeVar("PhoneT", bound=Phone)


@dataclass(frozen=True, slots=True)
class Talk:
    """Two heard each other from `began` to `ended`; who has to be in channel 1 and in channel 2."""

    began: datetime
    ended: datetime
    first: str
    second: str


def extension(number: int, role: str) -> str:
    return f"2{number:02}{ROLES.index(role) + 1}"


def line(number: int) -> str:
    """The number that a scene's caller dials."""
    return f"016329602{number:02}"


def direct(number: int) -> str:
    """The number of C's telephone in the network."""
    return f"016329603{number:02}"


def queue(number: int) -> str:
    """The number of a scene's queue, in which C rings before D."""
    return f"86{number:02}"


def slot(number: int) -> str:
    """The parking slot of a scene."""
    return str(701 + number)


def configure(base: Path, n_scenes: int, first: int = 0) -> None:
    """Give each scene a line, three telephones of staff that knows the notice, and a group of them."""
    folder = prepare(base) / "acme"
    numbers = range(first, first + n_scenes)
    staff = {n: [int(extension(n, role)) for role in ROLES] for n in numbers}
    for n in numbers:
        (folder / "flows" / f"scene{n}.yaml").write_text(yaml.safe_dump(_flow(n), sort_keys=False))
    with _edited(folder / "extensions.yaml") as written:
        written["extensions"] |= {one: {"name": str(one)} for ones in staff.values() for one in ones}
    with _edited(folder / "groups.yaml") as written:
        written["groups"] |= {f"scene{n}": {"name": f"Scene {n}", "members": staff[n]} for n in numbers}
    with _edited(folder / "consent.yaml") as written:
        written["staff_notice"]["acknowledged"] += [one for ones in staff.values() for one in ones]
    with _edited(folder / "dialplan.yaml") as written:
        written["parking"] = {"slots": f"{slot(first)}-{slot(first + n_scenes)}", "timeout": "10s"}
        written["inbound"] |= {line(n): {"flow": f"scene{n}"} for n in numbers}
        written["inbound"] |= {direct(n): {"extension": int(extension(n, "C"))} for n in numbers}
    with _edited(folder / "trunks.yaml") as written:
        written["trunks"]["carrier"]["may_transfer"] = True
    queues = {f"scene{n}": _queue(n, staff[n][1:]) for n in numbers}
    (folder / "queues.yaml").write_text(yaml.safe_dump({"queues": queues}))
    rooms = {"team": {"number": int(ROOM), "announce": "none"}}
    (folder / "conferences.yaml").write_text(yaml.safe_dump({"conferences": rooms}))


def _queue(number: int, members: list[int]) -> dict[str, Any]:
    return {
        "name": f"Scene {number}",
        "number": int(queue(number)),
        "members": members,
        "strategy": "in_order",
        "login": "presumed",
        "ring": "4s",
    }


class _edited:
    """A YAML file that is written back."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> Any:
        self._written = yaml.safe_load(self._file.read_text())
        return self._written

    def __exit__(self, *_: object) -> None:
        self._file.write_text(yaml.safe_dump(self._written, sort_keys=False))


def _flow(number: int) -> dict[str, Any]:
    first, second = (f"extension/{extension(number, role)}" for role in "BC")
    return {
        "flow": f"scene{number}",
        "start": "consent",
        "steps": {
            "consent": {
                "recording_consent": {"purposes": ["compliance"]},
                "granted": "agent",
                "declined": "end",
            },
            "agent": {"ring": first, "for": "20s", "no_answer": "other", "busy": "other"},
            "other": {"ring": second, "for": "20s", "no_answer": "end", "busy": "all"},
            "all": {"ring": f"group/scene{number}", "for": "20s", "no_answer": "again", "busy": "again"},
            "again": {"say": "We try again.", "next": "agent"},
            "end": {"hang_up": None},
        },
    }


class Staff(Phone):
    """A telephone that also takes other telephones' calls, and sends its own elsewhere."""

    def redirect(self, call: PhoneCall, to: str) -> None:
        """Answer 302."""
        self._order(Reject(leg=call.leg, status=302, contacts=(to,)))

    async def take(self, number: str, other: Phone, call: PhoneCall) -> PhoneCall:
        """Call with the Replaces (RFC 3891) that another telephone's display shows of its call."""
        assert other._endpoint is not None
        (dialog,) = other._endpoint._stack.legs[call.leg].dialogs
        replaces = Replaces(call_id=dialog.call_id, to_tag=dialog.remote_tag, from_tag=dialog.local_tag)
        self._replaces = str(replaces)
        try:
            return await self.call(number)
        finally:
            del self._replaces

    def _order(self, order: SipEffect) -> None:
        replaces = getattr(self, "_replaces", "")
        if isinstance(order, PlaceCall) and replaces:
            order = replace(order, fields=(*order.fields, ("Replaces", replaces)))
        super()._order(order)


class Scene:
    """One caller A from the network, and B, C and D of the staff; `talks` is what has to be in the master."""

    def __init__(self, pbx: RunningPbx, number: int, stack: AsyncExitStack) -> None:
        self.pbx, self.number, self._stack = pbx, number, stack
        self.talks: list[Talk] = []
        self.staff: dict[str, Staff] = {}
        self.caller_number = f"077009001{number:02}"

    async def set_up(self) -> None:
        """Register the staff."""
        for role in ROLES:
            self.staff[role] = await self._phone(Staff, extension(self.number, role))
            await self.staff[role].register()
        self._caller = await self._phone(Phone, self.caller_number)

    async def _phone(self, kind: type[PhoneT], user: str) -> PhoneT:
        is_caller = user == self.caller_number
        phone = kind(
            Address(CARRIER if is_caller else "127.0.0.1", 0),
            user=user,
            domain=CARRIER if is_caller else "acme.example",
            server=self.pbx.server,
            password=None if is_caller else self.pbx.secret(user),
        )
        await phone.start()
        self._stack.push_async_callback(phone.close)
        return phone

    def uri(self, role: str) -> str:
        return f"sip:{extension(self.number, role)}@acme.example"

    async def dial(self) -> PhoneCall:
        """A calls, and the recording begins; the telephones ring after the announcement."""
        call = await self._caller.call(line(self.number))
        assert await call.wait_answered(WAIT_S) == 200
        call.talk(TONES["A"])
        return call

    async def rung(self, role: str) -> PhoneCall:
        """The next call that rings at somebody's, unanswered."""
        return await self.staff[role].incoming(WAIT_S)

    async def answer(self, role: str) -> PhoneCall:
        """Somebody answers the next call."""
        call = await self.rung(role)
        call.answer()
        assert await call.wait_answered(WAIT_S) == 200
        return call

    async def begin(self) -> tuple[PhoneCall, PhoneCall]:
        """A and B talk."""
        out = await self.dial()
        taken = await self.answer("B")
        await self.talk(("A", out), ("B", taken))
        return out, taken

    async def talk(self, one: tuple[str, PhoneCall], other: tuple[str, PhoneCall]) -> None:
        """Return when these two have talked for a second; the first one is in channel 1."""
        (first, its), (second, theirs) = one, other
        its.talk(TONES[first])
        theirs.talk(TONES[second])
        after = len(its.heard), len(theirs.heard)
        await until(lambda: hears(its, TONES[second], after[0]) and hears(theirs, TONES[first], after[1]))
        began, after = utc_now(), (len(its.heard), len(theirs.heard))
        await until(lambda: min(len(its.heard) - after[0], len(theirs.heard) - after[1]) >= TALK)
        await self.still_hear((its, TONES[second]), (theirs, TONES[first]))
        self.talks.append(Talk(began, utc_now(), first, second))

    def level(self, sound: signal.Samples, hz: float) -> float:
        """Return what a tone has of the power of a recorded sound, in dB."""
        return signal.level(sound, hz)

    async def still_hear(self, *ends: tuple[PhoneCall, float]) -> None:
        """Each end hears its tone now."""
        assert all(hears(call, hz, 0) for call, hz in ends)


def hears(call: PhoneCall, hz: float, after: int) -> bool:
    """Whether a party heard that tone and nothing else in the last half second, all of it `after`."""
    if len(call.heard) < after + HEARD:
        return False
    return signal.level(signal.samples(call.heard[-HEARD:]), hz) > IS_HEARD_DB


async def until(is_so: Callable[[], bool]) -> None:
    """Look until it is so: what a test phone has heard is no event."""
    async with asyncio.timeout(WAIT_S):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
