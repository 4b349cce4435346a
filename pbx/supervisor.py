"""`pbx run`: starts vault, media workers, finaliser and signalling, and replaces whatever dies."""

import asyncio
import ctypes
import fcntl
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pbx.config.changes import start_values
from pbx.config.load import SIP_PORT_VARIABLE, ConfigProblems, load
from pbx.config.models import Configuration, LocalStore
from pbx.config.places import Places
from pbx.core.address import Address
from pbx.core.errors import CANNOT_START, ConfigError, StorageError
from pbx.media.ports import shares
from pbx.store.database import Database

START_S = 30.0
STOP_S = 8.0
RESTART_S = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)  # a child that dies at once is not restarted in a tight loop
MAX_FAILED_STARTS = 3  # a child that never served and ends that often in a row will not serve at the fourth
MAX_LAST_LINE = 8192  # octets of a log that are searched for its last line
PR_SET_PDEATHSIG = 1
Report = Callable[[str], None]
Demo = Callable[[Places, Configuration, Report], Coroutine[Any, Any, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One process: its name, its module and arguments, and how we see that it serves."""

    name: str
    argv: tuple[str, ...]
    socket: Path | None = None  # it serves once this exists
    says_ready: bool = False  # or once it prints READY
    nice: int = 0


def children(config: Configuration, directory: Path, places: Places) -> list[Child]:
    """The processes of one node; they stop in the reverse order."""
    rtp, n_workers = config.pbx.rtp, config.pbx.media.workers
    vault = ("--socket", str(places.vault_socket), "--keys", str(places.vault_keys))
    media = (
        *("--spool", str(places.spool), "--host", rtp.host, "--host6", rtp.host6 or ""),
        *("--rtp-timeout", str(rtp.timeout_s)),
    )
    workers = [
        Child(
            name=f"media-{index}",
            argv=(
                *("pbx.media.io.worker", "--socket", str(places.media_socket(index))),
                *("--ports", f"{first}-{last}", *media),
            ),
            socket=places.media_socket(index),
        )
        for index, (first, last) in enumerate(shares(rtp.first_port, rtp.last_port, n_workers))
    ]
    return [
        Child(
            name="vault",
            argv=("pbx.recording.io.vault", *vault, "--audit", str(places.vault_audit)),
            socket=places.vault_socket,
        ),
        *workers,
        Child(
            name="finaliser",
            argv=("pbx.recording.io.finaliser", "--config", str(places.finaliser_config)),
            nice=10,
        ),
        Child(name="signalling", argv=("pbx.app", "--config", str(directory)), says_ready=True),
    ]


def finaliser_settings(config: Configuration, places: Places) -> dict[str, Any]:
    """What the finaliser is told; secrets stay in their files."""
    store = config.pbx.recording.store
    where: dict[str, Any]
    if isinstance(store, LocalStore):
        where = {"kind": "local", "directory": str(places.resolve(store.path))}
    else:
        where = {
            "kind": "s3",
            "endpoint": store.endpoint,
            "bucket": store.bucket,
            "region": store.region,
            "access_key": places.resolve(store.access_key_file).read_text().strip(),
            "secret_key_file": str(places.resolve(store.secret_key_file)),
        }
    return {
        "spool": str(places.spool),
        "vault": str(places.vault_socket),
        "database": places.database_url(config.pbx),
        "store": where,
    }


def started_with(config: Configuration) -> dict[str, str]:
    """What `pbx reload` compares with; a port from the environment is not that of the file."""
    values = start_values(config.pbx)
    if os.environ.get(SIP_PORT_VARIABLE):
        del values["sip.port"]
    return values


class Supervisor:
    """Keeps the children alive until told to stop."""

    def __init__(self, wanted: list[Child], places: Places, report: Report) -> None:
        self._wanted, self._places, self._report = wanted, places, report
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = False

    async def start(self, group: asyncio.TaskGroup) -> None:
        """Start all children at once, each waits for whom it needs.

        StorageError names the one that does not serve in time; one that ends for good ends `group` with it.
        """
        for child in self._wanted:
            if child.socket is not None:
                child.socket.unlink(missing_ok=True)
        ready = {child.name: asyncio.Event() for child in self._wanted}
        for child in self._wanted:
            group.create_task(self._keep(child, ready[child.name]))
        due = asyncio.get_running_loop().time() + START_S
        for name, event in ready.items():
            try:
                async with asyncio.timeout_at(due):
                    await event.wait()
            except TimeoutError:
                log = self._places.logs / f"{name}.log"
                raise StorageError(f"{name} does not start, see {log}", retryable=False) from None

    def reload(self) -> None:
        """Pass the wish for a new configuration on to signalling."""
        process = self._running.get("signalling")
        if process is not None and process.returncode is None:
            process.send_signal(signal.SIGHUP)

    async def stop(self) -> None:
        """Stop in reverse order: signalling says goodbye while media still play."""
        self._stopping = True
        for child in reversed(self._wanted):
            process = self._running.get(child.name)
            if process is None or process.returncode is not None:
                continue
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_S)
            except TimeoutError:
                process.kill()
                await process.wait()

    async def _keep(self, child: Child, ready: asyncio.Event) -> None:
        failures = 0
        while not self._stopping:
            process = await self._spawn(child)
            self._running[child.name] = process
            started = asyncio.get_running_loop().time()
            async with asyncio.TaskGroup() as group:
                watch = group.create_task(self._watch(child, process, ready))
                code = await process.wait()
                watch.cancel()
            if self._stopping:
                return
            lived = asyncio.get_running_loop().time() - started
            failures = 0 if lived > RESTART_S[-1] else min(failures + 1, len(RESTART_S) - 1)
            if not ready.is_set() and (code == CANNOT_START or failures >= MAX_FAILED_STARTS):
                raise StorageError(f"{child.name}: {self._last_line(child)}", retryable=False)
            self._report(f"{child.name} ended with {code}, restarting")
            await asyncio.sleep(RESTART_S[failures])

    def _last_line(self, child: Child) -> str:
        """The message of the last line in the child's log, without time, level and logger."""
        with (self._places.logs / f"{child.name}.log").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - MAX_LAST_LINE))
            lines = log.read().decode(errors="replace").splitlines()
        last = lines[-1] if lines else "it said nothing"
        return last.partition(" ERROR ")[2].partition(" ")[2] if " ERROR " in last else last

    async def _spawn(self, child: Child) -> asyncio.subprocess.Process:
        log = os.open(self._places.logs / f"{child.name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", *child.argv),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if child.says_ready else log,
                stderr=log,
                preexec_fn=lambda: _die_with_parent(child.nice),
            )
        finally:
            os.close(log)

    async def _watch(self, child: Child, process: asyncio.subprocess.Process, ready: asyncio.Event) -> None:
        if process.stdout is not None:
            while line := await process.stdout.readline():
                if line.strip() == b"READY":
                    ready.set()
            return
        while child.socket is not None and not child.socket.exists():  # noqa: ASYNC110 - no event of ours
            await asyncio.sleep(0.02)
        ready.set()


def _die_with_parent(nice: int) -> None:
    """In the child: end when the supervisor is killed, so that a restart finds no leftovers."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    os.nice(nice)


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
    directory: Path, config: Configuration, places: Places, demo: Demo | None, once: bool, report: Report
) -> int:
    """Run until a signal, or until the demonstration is over."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database = Database(places.database_url(config.pbx))
    await database.migrate()
    await database.close()
    supervisor = Supervisor(children(config, directory, places), places, report)
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
        report(f"  listen:      pbx recordings export {result.recording} --wav --purpose demo --out call.wav")
    report("Every check passed." if result.ok else "The demonstration failed.")
    return result.ok


def run_supervisor(directory: Path, demo: bool, once: bool) -> int:
    """The `pbx run` and `pbx demo` commands."""
    os.umask(0o077)  # for the children as well: database, prompts and settings are nobody else's business
    directory = directory.resolve()
    places = Places(directory.parent)
    try:
        config = load(directory, os.environ)
        places.make()
        lock_or_refuse(places)
        places.finaliser_config.write_text(json.dumps(finaliser_settings(config, places)))
        work = supervise(directory, config, places, _demonstrate if demo else None, once, _print)
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
