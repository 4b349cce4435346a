"""Conversations of telephones that others wrote: pairs talk through one PBX, all at the same time."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal

import yaml

from pbx.core.srtp import SUITES
from tests.e2e.heard_voice import Found, found
from tests.e2e.running import RunningPbx, prepare
from tests.e2e.softphones.process import is_over, is_ready, started
from tests.e2e.softphones.script import read_wav
from tests.e2e.softphones.talkers import PJSUA_TALKERS, Talker, TalkOrders, heard_file, voice

Stack = Literal["pjsua", "baresip", "browser"]
BARESIP_NAMES = {"PCMU": "pcmu/8000/1", "PCMA": "pcma/8000/1", "G722": "g722/16000/1", "opus": "opus/48000/2"}
ROOM = {"pjsua": PJSUA_TALKERS, "baresip": 100}  # telephones of one process
FIRST_EXTENSION = 2000
LIKENESS = 0.9  # what a voice that was heard has at least, by any codec; another voice has less than 0.6
LEVEL_DB = 1.0
# PJSIP takes the samples of G.722 for twice as loud as others do, both ways (pjproject issue 4419), until one
# of them would be clipped: then it gives that up for the rest of the call.
G722_DB = (6.02, 0.0)


@dataclass(frozen=True, slots=True)
class Side:
    """A telephone with the one codec and the one way to protect audio that the PBX lets it have.

    `security` is plain, sdes, dtls, a suite of SDES, or "dtls" and a suite: then the PBX has no other.
    """

    stack: Stack
    codec: str
    security: str

    @property
    def media(self) -> dict[str, Any]:
        """Its `media` of extensions.yaml; who is called is offered what it has, and nothing else."""
        keying, suite = self.keying, self.security.split()[-1]
        srtp = "off" if keying == "plain" else "required"
        written = {"codecs": [self.codec], "srtp": srtp, "keying": "dtls" if keying == "dtls" else "sdes"}
        return written | ({"srtp_suites": [suite]} if suite in SUITES else {})

    @property
    def keying(self) -> str:
        """How its keys are agreed: plain, sdes or dtls."""
        first = self.security.split()[0]
        return first if first in ("plain", "dtls") else "sdes"


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


def loudness(side: Side) -> tuple[float, ...]:
    """How much louder a telephone may take what is said than others do, in both directions of a call."""
    return G722_DB if side.stack == "pjsua" and side.codec == "G722" else (0.0,)


def is_as_loud(pair: Pair, at_called: Found, at_caller: Found) -> bool:
    """Whether the loudness of the telephones explains the level at both."""
    gains = set(product(loudness(pair.caller), loudness(pair.called)))
    return all(
        any(abs(heard.gain_db - sign * (called - caller)) < LEVEL_DB for caller, called in gains)
        for heard, sign in ((at_called, 1), (at_caller, -1))
    )


def configure(base: Path, pairs: Sequence[Pair]) -> None:
    """Give the copied configuration an extension for each side."""
    file = prepare(base) / "acme" / "extensions.yaml"
    written = yaml.safe_load(file.read_text())
    for pair in pairs:
        for user, side in zip(pair.users, (pair.caller, pair.called), strict=True):
            written["extensions"][int(user)] = {"name": f"Talker {user}", "media": side.media}
    file.write_text(yaml.safe_dump(written, sort_keys=False))


async def talked(pbx: RunningPbx, pairs: Sequence[Pair], folder: Path) -> dict[Pair, tuple[Found, Found]]:
    """Let all pairs talk; what became of each caller's voice, and of each called one's."""
    async with AsyncExitStack() as stack:
        processes = []
        for is_caller in (False, True):
            sides = [(pair, is_caller) for pair in pairs]
            for name, talkers in grouped(pbx, sides):
                orders = TalkOrders(port=pbx.port, folder=str(folder), talkers=talkers)
                process = await stack.enter_async_context(started((f"{name}_talkers",), orders))
                processes.append(process)
            if not is_caller:
                await asyncio.gather(*map(is_ready, processes))
        async with asyncio.TaskGroup() as group:
            for process in processes:
                group.create_task(is_over(process))
    return {pair: (_heard(folder, pair, 0), _heard(folder, pair, 1)) for pair in pairs}


def grouped(
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
        security=side.keying if side.stack == "baresip" else side.security,
        codecs=(BARESIP_NAMES[side.codec],) if side.stack == "baresip" else (),
        number=pair.users[1] if is_caller else "",
    )


def _heard(folder: Path, pair: Pair, who: int) -> Found:
    """Return what the other one heard of a voice."""
    said, heard = pair.users[who], pair.users[1 - who]
    return found(voice(int(said)), read_wav(heard_file(folder, heard)))
