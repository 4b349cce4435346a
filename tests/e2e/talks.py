"""Conversations of telephones that others wrote: pairs talk through one PBX, all at the same time."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml

from tests.e2e.running import RunningPbx, prepare
from tests.e2e.softphones.process import is_over, is_ready, started
from tests.e2e.softphones.script import read_wav
from tests.e2e.softphones.talkers import PJSUA_TALKERS, Talker, TalkOrders, heard_file, voice
from tests.integration.voices import RATE, Heard, compare

Stack = Literal["pjsua", "baresip"]
BARESIP_NAMES = {"PCMU": "pcmu/8000/1", "PCMA": "pcma/8000/1", "G722": "g722/16000/1", "opus": "opus/48000/2"}
ROOM = {"pjsua": PJSUA_TALKERS, "baresip": 100}  # telephones of one process
FIRST_EXTENSION = 2000
BEFORE = RATE // 50  # what is looked at before the place where the voice seems to begin


@dataclass(frozen=True, slots=True)
class Side:
    """A telephone with the one codec and the one way to protect audio that the PBX lets it have."""

    stack: Stack
    codec: str
    security: str

    @property
    def media(self) -> dict[str, Any]:
        """Its `media` of extensions.yaml; who is called is offered what it has, and nothing else."""
        keying = "dtls" if self.security == "dtls" else "sdes"
        srtp = "off" if self.security == "plain" else "required"
        return {"codecs": [self.codec], "srtp": srtp, "keying": keying}


@dataclass(frozen=True, slots=True)
class Pair:
    """Who calls whom; `number` makes the extensions, even = the caller, and the voices."""

    number: int
    caller: Side
    called: Side

    def __str__(self) -> str:
        sides = (f"{side.stack} {side.codec} {side.security}" for side in (self.caller, self.called))
        return " calls ".join(sides)

    @property
    def users(self) -> tuple[str, str]:
        """The extensions."""
        first = FIRST_EXTENSION + 2 * self.number
        return str(first), str(first + 1)


def configure(base: Path, pairs: Sequence[Pair]) -> None:
    """Give the copied configuration an extension for each side."""
    file = prepare(base) / "acme" / "extensions.yaml"
    written = yaml.safe_load(file.read_text())
    for pair in pairs:
        for user, side in zip(pair.users, (pair.caller, pair.called), strict=True):
            written["extensions"][int(user)] = {"name": f"Talker {user}", "media": side.media}
    file.write_text(yaml.safe_dump(written, sort_keys=False))


async def talked(pbx: RunningPbx, pairs: Sequence[Pair], folder: Path) -> dict[Pair, tuple[Heard, Heard]]:
    """Let all pairs talk; what became of each caller's voice, and of each called one's."""
    async with AsyncExitStack() as stack:
        processes = []
        for is_caller in (False, True):
            sides = [(pair, is_caller) for pair in pairs]
            for name, talkers in _grouped(pbx, sides):
                orders = TalkOrders(port=pbx.port, folder=str(folder), talkers=talkers)
                process = await stack.enter_async_context(started((f"{name}_talkers",), orders))
                processes.append(process)
            if not is_caller:
                await asyncio.gather(*map(is_ready, processes))
        async with asyncio.TaskGroup() as group:
            for process in processes:
                group.create_task(is_over(process))
    return {pair: (_heard(folder, pair, 0), _heard(folder, pair, 1)) for pair in pairs}


def _grouped(
    pbx: RunningPbx, sides: Sequence[tuple[Pair, bool]]
) -> Iterator[tuple[Stack, tuple[Talker, ...]]]:
    """Yield what each process has to be."""
    by_stack: dict[Stack, list[Talker]] = {}
    for pair, is_caller in sides:
        side = pair.caller if is_caller else pair.called
        by_stack.setdefault(side.stack, []).append(_talker(pbx, pair, is_caller=is_caller))
    for stack, talkers in by_stack.items():
        for at in range(0, len(talkers), ROOM[stack]):
            yield stack, tuple(talkers[at : at + ROOM[stack]])


def _talker(pbx: RunningPbx, pair: Pair, *, is_caller: bool) -> Talker:
    side, user = (pair.caller, pair.users[0]) if is_caller else (pair.called, pair.users[1])
    return Talker(
        user=user,
        password=pbx.secret(user).reveal(),
        seed=int(user),
        security=side.security,
        codecs=(BARESIP_NAMES[side.codec],) if side.stack == "baresip" else (),
        number=pair.users[1] if is_caller else "",
    )


def _heard(folder: Path, pair: Pair, who: int) -> Heard:
    """Return what the other one heard of a voice."""
    said, heard = pair.users[who], pair.users[1 - who]
    return found(voice(int(said)), read_wav(heard_file(folder, heard)))


def found(said: bytes, heard: "np.typing.NDArray[np.float64]") -> Heard:
    """Compare with the one place of a recording that resembles a voice most; it begins anywhere."""
    wanted = np.frombuffer(said, "<i2").astype(np.float64)
    if len(heard) < len(wanted):
        return Heard(0.0, -np.inf, 0.0)
    n = len(heard) + len(wanted)
    products = np.fft.irfft(np.fft.rfft(heard, n) * np.conj(np.fft.rfft(wanted, n)), n)
    at = max(int(np.argmax(products[: len(heard) - len(wanted) + 1])) - BEFORE, 0)
    return compare(said, heard[at:].astype("<i2").tobytes(), max_delay_ms=60)
