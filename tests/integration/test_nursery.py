"""The nursery: whoever dies is replaced by a fork of it, however many do."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import pbx.nursery
from pbx.child_process import ChildProcess
from pbx.children import NURSERY, Child
from pbx.config.places import Places
from pbx.core.ids import CallId, LegId
from pbx.core.io.adopted_process import AdoptedProcess, reader_of
from pbx.core.io.parentage import adopting
from pbx.core.io.signs import Sign
from pbx.media.effects import OpenLeg
from pbx.media.events import LegOpened
from pbx.nursery import Nursery
from tests.integration.media_parties import Signalling

LOADS_S = 60.0  # two seconds of a core, behind everybody else
OF_WORKERS = replace(NURSERY, argv=(*NURSERY.argv, "pbx.media.io.worker"))  # others load more
SERVES_S = 1.0  # 30 ms were measured


def worker(places: Places, number: int = 0) -> Child:
    """One that has just died."""
    path, first = places.media_socket(number), 12800 + 100 * number
    arguments = ("--socket", str(path), "--spool", str(places.spool), "--ports", f"{first}-{first + 99}")
    return Child(
        name=f"media-{number}",
        argv=("pbx.media.io.worker", *arguments),
        socket=path,
        speaks=True,
        ends_at=signal.SIGINT,
    )


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(tmp_path)
    made.make()
    return made


async def forked(nursery: Nursery, child: Child) -> ChildProcess:
    """Return the child, once there is a nursery that is loaded."""
    async with asyncio.timeout(LOADS_S):
        while (process := await nursery.fork(child)) is None:  # noqa: ASYNC110 - as when a worker dies
            await asyncio.sleep(0.05)
    return process


async def started(places: Places) -> int:
    """Return the pid of the nursery that is being loaded, or is."""
    file = places.pid("nursery")
    async with asyncio.timeout(LOADS_S):
        while not (file.exists() and file.read_text()):  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.01)
    return int(file.read_text())


def scheduled(pid: int) -> set[tuple[int, int]]:
    """Class and niceness of each thread of a process."""
    tasks = [int(task) for task in os.listdir(f"/proc/{pid}/task")]
    return {(os.sched_getscheduler(one), os.getpriority(os.PRIO_PROCESS, one)) for one in tasks}


async def opened(places: Places, number: int) -> LegOpened:
    """Have a worker open a leg."""
    signalling = Signalling(places.media_socket(number))
    await signalling.link.connect()
    signalling.send(OpenLeg(leg=LegId("a"), call=CallId("c")))
    try:
        return await signalling.expect(LegOpened)
    finally:
        await signalling.link.close()


@asynccontextmanager
async def kept(places: Places, said: list[str]) -> AsyncIterator[Nursery]:
    nursery = Nursery(places, said.append, None, OF_WORKERS)
    async with asyncio.TaskGroup() as group:
        group.create_task(nursery.keep())
        try:
            yield nursery
        finally:
            await nursery.end()


@pytest.mark.requirement("MED-16")
async def test_many_that_die_at_once_are_replaced_at_once(places: Places) -> None:
    said: list[str] = []
    wanted = [worker(places, number) for number in range(5)]
    async with kept(places, said) as nursery:
        assert await nursery.fork(wanted[0]) is None  # it is not loaded yet
        processes = [await forked(nursery, wanted[0])]
        processes += [process for one in wanted[1:] if (process := await nursery.fork(one)) is not None]
        ready = [asyncio.Event() for _ in wanted]
        lives = [asyncio.create_task(one.attend(up)) for one, up in zip(processes, ready, strict=True)]
        async with asyncio.timeout(SERVES_S):
            await asyncio.gather(*(event.wait() for event in ready))
        for process in processes:  # whatever loaded the nursery was nicer
            assert scheduled(process.pid) == {(os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0))}
        assert len(os.listdir(f"/proc/{await started(places)}/task")) == 1  # what a fork is safe in
        legs = [await opened(places, number) for number in range(5)]
        assert [leg.port // 100 for leg in legs] == [128, 129, 130, 131, 132]
        assert len({leg.fingerprint for leg in legs} - {""}) == 5  # each has a key of its own
        for process in processes:
            await process.end()
        assert [await life for life in lives] == [0] * 5
    log = (places.logs / "media-0.log").read_text()
    assert log.count("media worker listens, ports 12800-12899") == log.count("media worker ended") == 1
    assert "listens" not in (places.logs / "nursery.log").read_text()
    assert said == []


async def test_a_child_without_a_nursery_is_nobodys_fork(places: Places) -> None:
    async with kept(places, []) as nursery:
        await (await forked(nursery, worker(places))).kill()
        assert (
            await nursery.fork(Child(name="vault", argv=("pbx.recording.io.vault",), has_nursery=False))
            is None
        )


async def test_a_fork_that_was_given_up_ends(places: Places) -> None:
    """The supervisor died, or did not get the answer: nobody may serve whom nobody looks after."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = await ChildProcess.start(OF_WORKERS, places, its.fileno())
    its.close()
    assert await asyncio.wait_for(process.hears(), LOADS_S) is Sign.LOADED
    (its_input, place), (heard, its_output) = os.pipe(), os.pipe()
    with adopting():
        socket.send_fds(ours, [b"fork"], [its_input, its_output, its_output])
        fork = AdoptedProcess(int(ours.recv(16)), await reader_of(heard))
    for end in (its_input, its_output, place):
        os.close(end)
    assert await asyncio.wait_for(fork.wait(), SERVES_S) == 0
    assert fork.stdout is not None and await fork.stdout.read() == b""
    ours.close()  # as when the supervisor ends
    assert await asyncio.wait_for(process.wait(), SERVES_S) == 0


async def test_a_nursery_that_dies_is_replaced(places: Places) -> None:
    said: list[str] = []
    child = worker(places)
    async with kept(places, said) as nursery:
        first = await forked(nursery, child)
        os.kill(await started(places), signal.SIGKILL)
        async with asyncio.timeout(LOADS_S):
            while not said:  # noqa: ASYNC110 - the death of a process
                await asyncio.sleep(0.01)
        second = await forked(nursery, child)
        assert first.is_alive  # it is our child, and none of the nursery's
        await first.kill()
        await second.kill()
    assert said == [f"nursery ended, see {places.logs}/nursery.log"]


async def test_a_nursery_that_stands_still_is_not_waited_for(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    child = worker(places)
    async with kept(places, said) as nursery:
        await (await forked(nursery, child)).kill()
        monkeypatch.setattr(pbx.nursery, "ANSWER_S", 0.1)
        os.kill(await started(places), signal.SIGSTOP)
        assert await nursery.fork(child) is None
        monkeypatch.undo()
        await (await forked(nursery, child)).kill()  # by the next one
    assert said == [
        "nursery gave no media-0, starting one: no answer",
        f"nursery ended, see {places.logs}/nursery.log",
    ]


async def test_the_end_waits_for_nothing(places: Places) -> None:
    said: list[str] = []
    async with kept(places, said):
        await started(places)
        begin = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - begin < SERVES_S
    assert said == []
