"""Calls plug-ins for flows, each in processes of its own: one that is late is killed, and no call with it."""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from pbx.call.effects import ConsultProgram
from pbx.core.errors import TransportError
from pbx.core.secret import Secret
from pbx.ivr.plugin_steps import AskPlugin
from pbx.ivr.program_steps import ProgramAnswer

MAX_PROCESSES = 2  # of one plug-in of one tenant; who comes while all are at work waits within his budget
MAX_LINE = 64 * 1024  # octets of an answer
START_S = 5.0  # Python and the packages of the plug-in, once


@dataclass(slots=True)
class PluginAsker:
    """Of one tenant."""

    _idle: dict[str, list[asyncio.subprocess.Process]] = field(default_factory=dict)
    _room: dict[str, asyncio.Semaphore] = field(default_factory=dict)
    _ending: list[asyncio.subprocess.Process] = field(default_factory=list)
    _is_closed: bool = False

    async def ask(self, asked: ConsultProgram) -> ProgramAnswer:
        """Return what a plug-in says; TransportError or TimeoutError when it says nothing."""
        step = asked.of
        assert isinstance(step, AskPlugin), "the desk goes by the kind of a step"
        values = {name: asked.values[name].reveal() for name in step.needs if name in asked.values}
        line = json.dumps({"settings": dict(step.settings), "values": values}).encode() + b"\n"
        room = self._room.setdefault(step.name, asyncio.Semaphore(MAX_PROCESSES))
        async with asyncio.timeout(START_S + step.budget_s), room:
            process = await self._process(step.name)
            try:
                async with asyncio.timeout(step.budget_s):
                    said = await _exchange(process, line)
            except BaseException:
                self._end(process)  # the next one begins anew; also when the caller has hung up
                raise
        self._give_back(step.name, process)
        return _answer(step, said)

    async def close(self) -> None:
        """End the processes that wait; those at work end with their answers."""
        self._is_closed = True
        for processes in self._idle.values():
            for process in processes:
                self._end(process)
        self._idle.clear()
        for process in self._ending:
            await process.communicate()

    async def _process(self, name: str) -> asyncio.subprocess.Process:
        """Return one that waits for work."""
        idle = self._idle.setdefault(name, [])
        while idle:
            process = idle.pop()
            if process.returncode is None:
                return process
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pbx.plugins.io.process", name),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=MAX_LINE,
        )
        try:
            await _exchange(process, b"")
        except BaseException:
            self._end(process)
            raise
        return process

    def _give_back(self, name: str, process: asyncio.subprocess.Process) -> None:
        if self._is_closed:
            self._end(process)
        else:
            self._idle.setdefault(name, []).append(process)

    def _end(self, process: asyncio.subprocess.Process) -> None:
        self._ending = [one for one in self._ending if one.returncode is None]
        if process.returncode is None:
            process.kill()
            self._ending.append(process)


async def _exchange(process: asyncio.subprocess.Process, line: bytes) -> bytes:
    """Say a line, hear one."""
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(line)
        await process.stdin.drain()
        said = await process.stdout.readline()
    except (OSError, ValueError) as error:
        raise TransportError(type(error).__name__) from None
    if not said.endswith(b"\n"):
        raise TransportError("its process has ended")
    return said


def _answer(step: AskPlugin, said: bytes) -> ProgramAnswer:
    answer = json.loads(said)
    if "fault" in answer:
        return ProgramAnswer(outcome="failed", why=str(answer["fault"]))
    gives: Mapping[str, str] = answer["gives"]
    taken = {name: Secret(gives[given]) for name, given in step.take.items() if given in gives}
    return ProgramAnswer(outcome=str(answer["outcome"]), values=taken)
