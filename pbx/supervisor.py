"""`pbx run`: starts vault, media workers, finaliser and signalling, and replaces whatever dies."""

import asyncio
import fcntl
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from pbx.child_process import ChildProcess, last_line, log_of
from pbx.children import OPTIONAL, Child, children, finaliser_settings, started_with
from pbx.config.load import ConfigProblems, load
from pbx.config.models import Configuration
from pbx.config.places import Places
from pbx.core.address import Address
from pbx.core.errors import CANNOT_START, ConfigError, StorageError
from pbx.core.io.alarms import AlarmFolder
from pbx.nursery import Nursery
from pbx.nursery_process import Planted, plant
from pbx.store.database import Database
from pbx.versions.io.folders import start_folder

START_S = 30.0
OPTIONAL_S = 5.0  # so long a start waits for those that it can do without, when all others serve
LATER_S = 30.0  # until one of them that cannot start is tried again
RESTART_S = (0.0, 0.0, 0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # who dies again and again waits for its restart
MAX_FAILED_STARTS = 3  # a child that never served and ends that often in a row will not serve at the fourth
Report = Callable[[str], None]
Demo = Callable[[Places, Configuration, Report], Coroutine[Any, Any, bool]]


class Supervisor:
    """Keeps the children alive until told to stop."""

    def __init__(
        self, wanted: list[Child], places: Places, report: Report, planted: Planted | None = None
    ) -> None:
        self._wanted, self._places, self._report = wanted, places, report
        self._running: dict[str, ChildProcess] = {}
        self._draining: list[ChildProcess] = []
        self._nursery = Nursery(places, report, planted)
        self._alarms = AlarmFolder(places.alarms)
        self._missed: set[str] = set()  # who does not serve, and has been told of
        self._stopping = False
        self._stopped = asyncio.Event()

    async def start(self, group: asyncio.TaskGroup) -> None:
        """Start the nursery, and all children from it at once; each waits for whom it needs.

        StorageError names the one that does not serve in time; one that ends for good ends `group` with it.
        That is for those that are needed: of the others each that fails is an alarm, and started again.
        """
        for name in set(OPTIONAL) - {child.name for child in self._wanted}:
            self._alarms.settle(_away(name), "")  # what is not wanted any more is not missing
        for child in self._wanted:
            if child.socket is not None:
                child.socket.unlink(missing_ok=True)
        group.create_task(self._nursery.keep())
        ready = {child.name: asyncio.Event() for child in self._wanted}
        for child in self._wanted:
            group.create_task(self._keep(child, ready[child.name], group))
        due = asyncio.get_running_loop().time() + START_S
        for child in self._wanted:
            if child.is_needed and not await _comes(ready[child.name], due):
                raise StorageError(
                    f"{child.name} does not start, see {log_of(child, self._places)}", retryable=False
                )
        due = min(due, asyncio.get_running_loop().time() + OPTIONAL_S)
        for child in self._wanted:
            await _comes(ready[child.name], due)

    def reload(self) -> None:
        """Pass the wish for a new configuration on to signalling."""
        if "signalling" in self._running:
            self._running["signalling"].tell(signal.SIGHUP)

    async def stop(self) -> None:
        """Stop in reverse order: signalling says goodbye while media still play."""
        self._stopping = True
        self._stopped.set()
        await self._nursery.end()
        for child in reversed(self._wanted):
            process = self._running.get(child.name)
            if process is not None and process.is_alive:
                await process.end()
        for process in list(self._draining):
            await process.end()

    async def _keep(self, child: Child, ready: asyncio.Event, group: asyncio.TaskGroup) -> None:
        failures = 0
        if child.has_nursery:
            await self._nursery.tried()
        while not self._stopping:
            started = asyncio.get_running_loop().time()
            process = await self._begin(child)
            code = await self._attended(child, process, ready)
            if code is None:
                self._draining.append(process)
                group.create_task(self._see_off(process))
                continue
            if self._stopping:
                return
            lived = asyncio.get_running_loop().time() - started
            failures = 0 if lived > RESTART_S[-1] else min(failures + 1, len(RESTART_S) - 1)
            if not ready.is_set() and (code == CANNOT_START or failures >= MAX_FAILED_STARTS):
                said = f"{child.name}: {last_line(child, self._places)}"
                if child.is_needed:
                    raise StorageError(said, retryable=False)
                self._do_without(child, said)
                await self._pause(LATER_S)
                continue
            self._report(f"{child.name} ended with {code}, restarting")
            await self._pause(RESTART_S[failures])

    async def _attended(self, child: Child, process: ChildProcess, ready: asyncio.Event) -> int | None:
        """As `ChildProcess.attend`; one that is not needed serves in time in each of its lives, or ends."""
        if child.is_needed:
            return await process.attend(ready)
        serves = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(self._watch(child, process, serves, ready))
            code = await process.attend(serves)
            watch.cancel()
        return code

    async def _watch(
        self, child: Child, process: ChildProcess, serves: asyncio.Event, ready: asyncio.Event
    ) -> None:
        if await _comes(serves, asyncio.get_running_loop().time() + START_S):
            ready.set()
            self._alarms.settle(_away(child.name), "")
            if child.name in self._missed:
                self._missed.remove(child.name)
                self._report(f"{child.name} serves")
            return
        log = log_of(child, self._places)
        self._do_without(child, f"{child.name} does not serve after {START_S:.0f} s, see {log}")
        await process.end()

    def _do_without(self, child: Child, why: str) -> None:
        self._missed.add(child.name)
        self._report(f"{why}; the PBX goes on without it")
        self._alarms.settle(_away(child.name), why)

    async def _pause(self, seconds: float) -> None:
        """Wait, but not longer than until we stop."""
        await _comes(self._stopped, asyncio.get_running_loop().time() + seconds)

    async def _see_off(self, process: ChildProcess) -> None:
        """Another one has its place: wait for its end, which `stop` may bring."""
        self._report(f"{process.child.name} drains, replacing")
        code = await process.wait()
        self._draining.remove(process)
        self._report(f"{process.child.name} has drained, ended with {code}")

    async def _begin(self, child: Child) -> ChildProcess:
        if child.socket is not None and not child.is_needed:
            child.socket.unlink(missing_ok=True)  # of its last life: it would seem to serve
        process = await self._nursery.fork(child) or await ChildProcess.start(child, self._places)
        self._running[child.name] = process
        self._places.pid(child.name).write_text(str(process.pid))
        if self._stopping:  # meanwhile, and whoever stops has not seen it
            await process.end()
        return process


async def _comes(event: asyncio.Event, due: float) -> bool:
    """Whether it comes before `due`."""
    try:
        async with asyncio.timeout_at(due):
            await event.wait()
    except TimeoutError:
        return False
    return True


def _away(name: str) -> str:
    return f"{name}_away"


def lock_or_refuse(places: Places) -> int:
    """One PBX per var directory; StorageError when another one runs."""
    handle = os.open(places.var / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise StorageError(f"another PBX already runs in {places.var}", retryable=False) from None
    return handle


async def supervise(
    directory: Path,
    config: Configuration,
    places: Places,
    planted: Planted,
    demo: Demo | None,
    once: bool,
    report: Report,
) -> int:
    """Run until a signal, or until the demonstration is over."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database = Database(places.database_url(config.pbx))
    await database.migrate()
    await database.close()
    supervisor = Supervisor(children(config, directory, places), places, report, planted)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, supervisor.reload)
    ok = True
    async with asyncio.TaskGroup() as group:
        try:
            await supervisor.start(group)
            places.started.write_text(json.dumps(started_with(config)))
            places.ready.write_text(str(os.getpid()))
            sip = config.pbx.sip
            report(f"The PBX takes calls on {sip.host}:{sip.port} ({', '.join(sip.transports).upper()}).")
            for one in sip.listeners:
                report(f"... and on {Address(one.host, one.port)} ({one.transport.upper()}).")
            report(f"Device secrets are in {places.secrets}, logs in {places.logs}.")
            if demo is not None:
                ok = await demo(places, config, report)
            if not once:
                report("Serving until Ctrl-C.")
                await stop.wait()
        finally:
            places.ready.unlink(missing_ok=True)
            await supervisor.stop()
    return 0 if ok else 1


async def _demonstrate(places: Places, config: Configuration, report: Report) -> bool:
    from pbx.testphone.demo import run_demo

    result = await run_demo(places, config, report)
    for problem in result.problems:
        report(f"PROBLEM: {problem}")
    if result.recording:
        report(f"The recording: pbx recordings show {result.recording}")
        report(f"  verify it:   pbx recordings verify {result.recording}")
        heard = f"pbx recordings export {result.recording} --wav --purpose quality --out call.wav"
        report(f"  listen:      {heard}")
    report("Every check passed." if result.ok else "The demonstration failed.")
    return result.ok


def run_supervisor(directory: Path, demo: bool, once: bool) -> int:
    """The `pbx run` and `pbx demo` commands."""
    os.umask(0o077)  # for the children as well: database, prompts and settings are nobody else's business
    planted = plant()  # before there is a secret, a thread or an open file that forks would inherit
    directory = directory.resolve()
    places = Places(directory.parent)
    try:
        read = start_folder(places, directory, again=False)
        config = load(read, os.environ)
        if read != directory:
            _print("The plan that was rolled back to is held; `pbx apply` uses the files again.")
        places.make()
        if reason := places.make_spare_spool(config.pbx):
            _print(f"Recordings have no spare spool: {reason}")
        lock_or_refuse(places)
        places.ready.unlink(missing_ok=True)  # of a PBX that was killed: ours does not serve yet
        places.finaliser_config.write_text(
            json.dumps(finaliser_settings(config, places) | {"config": str(directory)})
        )
        places.vault_wrapping.write_text(json.dumps(config.pbx.recording.vault.at(places.base)))
        if config.pbx.playback is not None:
            places.playback_settings.write_text(config.pbx.playback.model_dump_json())
        work = supervise(directory, config, places, planted, _demonstrate if demo else None, once, _print)
        return asyncio.run(work)
    except (ConfigProblems, ConfigError, StorageError, OSError) as error:
        _complain(error)
    except BaseExceptionGroup as group:
        _complain(group.exceptions[0])
    return 1


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _complain(error: BaseException) -> None:
    errors = error.errors if isinstance(error, ConfigProblems) else (error,)
    sys.stderr.write("".join(f"pbx: {one}\n" for one in errors))
