"""The media worker process: `python -m pbx.media.io.worker --socket PATH --spool DIR ...`.

It serves one signalling connection at a time, on a Unix socket, or with `--listen HOST:PORT` and certificates
on TCP with TLS for signalling on another machine. Legs, plays and recordings go on while
nobody is connected or reads; their facts wait in the outbox.
"""

import argparse
import asyncio
import logging
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import uvloop

from pbx.core.errors import ParseError, StorageError
from pbx.core.io.channel import Channel, serve
from pbx.core.io.entropy import SystemIds
from pbx.core.io.garbage import settle
from pbx.core.io.log import begin_log
from pbx.core.io.signs import Sign, say
from pbx.core.io.tls_channel import serve_tls, server_context
from pbx.core.wire import Codec
from pbx.media.effects import MediaEffect, StartRecording
from pbx.media.events import LegsMustMove, WorkerDrains, WorkerEvent
from pbx.media.io.clips import ClipLoader, load_tones
from pbx.media.io.deliveries import Deliveries
from pbx.media.io.dtls_identity import new_identity
from pbx.media.io.heartbeat import Heartbeat
from pbx.media.io.host import MediaHost
from pbx.media.io.listen import Listen, add_listen, read_listen
from pbx.media.io.receiver import IN_C
from pbx.media.io.remote_door import RemoteDoor
from pbx.media.io.tap import Hearer, JournalSink, SinkFactory
from pbx.media.ports import pairs
from pbx.media.session import FromWorker, ToWorker
from pbx.media.silence import SilenceRules

FLUSH_S = 2.0
MOVE_S = 3.0  # for a party to hear of its new place: three repetitions of a re-INVITE that was lost
_log = logging.getLogger(__name__)

MediaChannel = Channel[MediaEffect, WorkerEvent]

_tones = cache(load_tones)


@cache
def _codecs() -> tuple[Codec[MediaEffect], Codec[WorkerEvent]]:
    return Codec[MediaEffect](MediaEffect), Codec[WorkerEvent](WorkerEvent)


def prepare() -> None:
    """Make what takes long, 60 ms, and does not depend on the options."""
    _tones()
    _codecs()
    new_identity()  # the library's first key takes 20 ms, the next ones 1 ms; each worker has its own
    import pbx.recording.io.journal_writer  # noqa: F401 - only the real process records

    settle()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """Command line of a worker; the port range is inclusive."""

    socket: Path | None
    spool: Path
    host: str
    first_port: int
    last_port: int
    host6: str = ""
    silence: SilenceRules = SilenceRules()
    drain_s: float = 0.0
    listen: Listen | None = None
    spare_spool: Path | None = None
    recogniser: Path | None = None


class Worker:
    """Carries orders from the channel to the host and events back."""

    def __init__(self, options: WorkerOptions, open_sink: SinkFactory) -> None:
        self._options = options
        self._deliveries = Deliveries()
        self._no_legs = asyncio.Event()
        self._host = MediaHost(
            (options.host, range(options.first_port, options.last_port + 1)),
            ids=SystemIds(),
            clips=ClipLoader(_tones()),
            open_sink=open_sink,
            emit=self._emit,
            silence=options.silence,
            host6=options.host6,
        )
        self._host.transcripts.recogniser = options.recogniser
        self._heartbeat = Heartbeat(self._host.behind_s, self._emit)

    async def run(self, drain: asyncio.Event, stop: asyncio.Event) -> None:
        """Serve until `drain` is set, then let the calls go on or move on, or until `stop` is."""
        server = await self._listen()
        self._heartbeat.start()
        say(Sign.READY)
        _log.info("media worker listens, ports %d-%d", self._options.first_port, self._options.last_port)
        if not IN_C:
            _log.warning("packets pass in Python, at up to twice the CPU: install gcc, then the PBX again")
        await _any(drain, stop)
        server.close()
        if self._options.socket is not None:
            self._options.socket.unlink(missing_ok=True)  # not later: it may be another worker's by then
        if not stop.is_set():
            say(Sign.DRAINS)
            await self._drain(stop)
        await self._end()
        _log.info("media worker ended")

    async def _listen(self) -> asyncio.Server:
        listen, path = self._options.listen, self._options.socket
        if listen is not None:
            door = RemoteDoor(self._host, self._deliveries, SystemIds(), listen.names)
            remote = (Codec[ToWorker](ToWorker), Codec[FromWorker](FromWorker))
            return await serve_tls(listen.address, server_context(listen.files), remote, door.serve)
        assert path is not None, "one of the two is required"
        return await serve(path, _codecs(), self._serve)

    async def _serve(self, channel: MediaChannel) -> None:
        self._deliveries.flow.attach(channel)
        try:
            while self._deliveries.flow.serves(channel) and (effect := await channel.receive()) is not None:
                self._host.perform(effect)
                await self._deliveries.room(channel)
        except ParseError as error:
            _log.error("signalling sent rubbish: %s", error)
        finally:
            self._deliveries.flow.detach(channel)

    def _emit(self, event: WorkerEvent) -> None:
        self._deliveries.put(event)
        if self._host.draining and not self._host.n_legs:
            self._no_legs.set()

    async def _drain(self, stop: asyncio.Event) -> None:
        """Keep the calls until they end; those that last longer move to another worker."""
        self._host.draining = True
        _log.info("media worker drains %d legs for %.1f s", self._host.n_legs, self._options.drain_s)
        self._emit(WorkerDrains())
        await _any(self._no_legs, stop, timeout_s=self._options.drain_s)
        if self._host.n_legs and not stop.is_set():
            _log.info("%d legs must move", self._host.n_legs)
            self._emit(LegsMustMove())
            await _any(self._no_legs, stop, timeout_s=MOVE_S)

    async def _end(self) -> None:
        self._host.draining = True
        self._heartbeat.stop()
        self._host.close()
        try:
            await asyncio.wait_for(self._deliveries.flow.finish(), FLUSH_S)
        except (TimeoutError, ConnectionError):
            _log.warning("signalling did not read the last events")
        self._deliveries.flow.close()


async def _any(*events: asyncio.Event, timeout_s: float | None = None) -> None:
    """Return once one of the events is set, or the time is over."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    for one in waits:
        one.cancel()


async def run_worker(options: WorkerOptions, open_sink: SinkFactory) -> None:
    """Run until SIGTERM, which lets the calls go on, or SIGINT, which ends them."""
    drain, stop = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, drain.set)
    loop.add_signal_handler(signal.SIGINT, stop.set)
    await Worker(options, open_sink).run(drain, stop)


def parse_options(arguments: Sequence[str] | None = None) -> WorkerOptions:
    """Return the options; exits with status 2 and a message when they make no sense."""
    parser = argparse.ArgumentParser(prog="pbx.media.io.worker", description="RTP for one core")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--socket", type=Path, help="Unix socket to listen on")
    add_listen(parser, where)
    parser.add_argument("--spool", type=Path, help="directory of the recording journals, with --socket")
    parser.add_argument("--spare-spool", type=Path, help="directory for when that one refuses")
    parser.add_argument("--recogniser", type=Path, help="socket of the process that hears spoken answers")
    parser.add_argument("--host", default="127.0.0.1", help="address of the RTP sockets")
    parser.add_argument("--host6", default="", help="IPv6 address besides, for peers that have no IPv4")
    parser.add_argument("--ports", default="16384-32767", help="RTP port range FIRST-LAST")
    parser.add_argument("--rtp-timeout", type=float, default=30.0, metavar="S", help="silence to report")
    parser.add_argument("--rest-timeout", type=float, default=1800.0, metavar="S", help="of who may rest")
    parser.add_argument("--nat-rebind", choices=("port", "any", "off"), default="port", help="who has moved")
    parser.add_argument("--drain", type=float, default=0.0, metavar="S", help="on SIGTERM keep calls so long")
    parsed = parser.parse_args(arguments)
    if (parsed.spool is None) == (parsed.listen is None):
        parser.error("--spool: goes with --socket; a worker on another machine does not record")
    first, _, last = parsed.ports.partition("-")
    numeric = parsed.ports.isascii() and first.isdigit() and last.isdigit()
    if not (numeric and 1024 <= int(first) <= int(last) <= 65535):
        parser.error("--ports: FIRST-LAST between 1024 and 65535")
    if not pairs(int(first), int(last)):
        parser.error("--ports: takes an even port and the odd one after it, for RTP and RTCP")
    return WorkerOptions(
        socket=parsed.socket,
        spool=parsed.spool or Path(),
        spare_spool=parsed.spare_spool,
        recogniser=parsed.recogniser,
        host=parsed.host,
        host6=parsed.host6,
        first_port=int(first),
        last_port=int(last),
        silence=SilenceRules(
            timeout_s=parsed.rtp_timeout, rest_s=parsed.rest_timeout, rebind=parsed.nat_rebind
        ),
        drain_s=parsed.drain,
        listen=read_listen(parser, parsed),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the process; `arguments` are those of the command line."""
    from pbx.recording.io.hardening import harden
    from pbx.recording.io.journal_writer import JournalWriter  # only the real process records
    from pbx.recording.io.spools import Spools

    begin_log()
    options = parse_options(arguments)
    harden()  # the keys of open journals and of SRTP, and what is said
    prepare()
    spools = Spools(options.spool, options.spare_spool)

    def open_sink(order: StartRecording, hearer: Hearer) -> JournalSink:
        if options.listen is not None:  # the finaliser and its keys are on another machine
            raise StorageError("a worker on another machine does not record", retryable=False)
        return JournalWriter.create(spools, order, on_open=hearer.opened, on_failure=hearer.failed)

    uvloop.run(run_worker(options, open_sink))


if __name__ == "__main__":
    main()
