"""The listening desk: gives the sound of recordings to users of the machine who have a role (REC-11).

Who asks, the kernel says; what he may hear, `access.yaml` says as it is written now; and before the first
octet the access is in the audit log and in the vault's record. Run as `python -m pbx.lifecycle.io.desk
--config FILE --socket PATH`, FILE being the finaliser's.
"""

import argparse
import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from pbx.core.errors import ConfigError, ParseError, StorageError, TransportError
from pbx.core.io.channel import Channel, serve
from pbx.core.io.peer import Peer
from pbx.lifecycle.desk_messages import (
    REPLIES,
    REQUESTS,
    AskRecordings,
    AskSound,
    DeskReply,
    DeskRequest,
    RecordingsAre,
    Refused,
    Sound,
    SoundIsWhole,
)
from pbx.lifecycle.io.approval_desk import ApprovalDesk
from pbx.lifecycle.io.archive import Archive, NotGivenError, Rules, Visitor, rules_of
from pbx.lifecycle.io.link_desk import LinkDesk
from pbx.lifecycle.io.override_desk import OverrideDesk
from pbx.lifecycle.link_messages import AskLink, AskLinks, RevokeLink
from pbx.lifecycle.listening import roles_of
from pbx.lifecycle.override_messages import AskOverride, AskOverrides, DecideOverride
from pbx.recording.io.finaliser_config import FinaliserConfig, load, open_store
from pbx.recording.io.hardening import harden
from pbx.recording.io.vault_client import VaultClient
from pbx.store.database import Database

REQUEST_S = 5.0  # for a question that its sender has ready when he connects
STALL_S = 120.0  # a player that is paused for longer has to ask again
MAX_CLIENTS = 16  # at once: reading and opening is the work of one core
MAX_OF_ONE = 4  # connections of one user
OTHERS_MAY_CONNECT = 0o666  # the kernel tells us who it is, and the rules decide
_log = structlog.get_logger()


class Desk:
    """Answers one question for each connection; a refusal is an answer."""

    def __init__(self, archive: Archive, rules: Callable[[], Rules]) -> None:
        self._archive, self._rules = archive, rules
        self._links, self._approvals = LinkDesk(archive), ApprovalDesk(archive)
        self._overrides = OverrideDesk(archive)
        self._clients: Counter[int] = Counter()

    async def attend(self, channel: Channel[DeskRequest, DeskReply]) -> None:
        """Serve one client, who is whom the kernel says."""
        peer = channel.peer
        if peer is None:
            return
        self._clients[peer.uid] += 1
        try:
            if self._clients.total() > MAX_CLIENTS or self._clients[peer.uid] > MAX_OF_ONE:
                channel.send(Refused(reason="too many listen at once: try again"))
            else:
                await self._answer(channel, peer)
            await asyncio.wait_for(channel.drain(), STALL_S)
        except (TimeoutError, TransportError, ConnectionError):
            _log.warning("a listener went away", user=peer.name)
        except ParseError:
            _log.warning("a listener sent rubbish", user=peer.name)
        finally:
            self._clients[peer.uid] -= 1
            self._clients += Counter()  # forgets who has none

    async def _answer(self, channel: Channel[DeskRequest, DeskReply], peer: Peer) -> None:
        request = await asyncio.wait_for(channel.receive(), REQUEST_S)
        if request is None:
            return
        try:
            await self._serve(channel, peer, request)
        except NotGivenError as refused:
            channel.send(Refused(reason=str(refused)))
        except ConfigError as error:
            _log.error("nobody hears recordings: the rules cannot be read", reason=str(error))
            channel.send(Refused(reason="the configuration has a mistake: see `pbx check`"))
        except (StorageError, ParseError) as error:
            _log.warning("a recording is not given out", user=peer.name, reason=str(error))
            channel.send(Refused(reason=f"it cannot be given out now: {error}"))

    async def _serve(
        self, channel: Channel[DeskRequest, DeskReply], peer: Peer, request: DeskRequest
    ) -> None:
        rules = await asyncio.to_thread(self._rules)
        roles = roles_of(peer.name, rules.listeners)
        visitor = Visitor(user=peer.name, uid=peer.uid, roles=roles, rules=rules)
        match request:
            case AskRecordings():
                found = await self._archive.list(visitor, request.limit)
                channel.send(RecordingsAre(recordings=found))
            case AskSound():
                await self._pour(channel, request, visitor)
            case AskOverride() | AskOverrides() | DecideOverride():
                channel.send(await self._overrides.answer(request, visitor))
            case AskLink() | AskLinks() | RevokeLink():
                channel.send(await self._links.answer(request, visitor))
            case _:
                channel.send(await self._approvals.answer(request, visitor))

    async def _pour(
        self, channel: Channel[DeskRequest, DeskReply], request: AskSound, visitor: Visitor
    ) -> None:
        n_octets = 0
        async for piece in await self._archive.sound(request, visitor):
            channel.send(Sound(octets=piece))
            await asyncio.wait_for(channel.drain(), STALL_S)
            n_octets += len(piece)
        channel.send(SoundIsWhole(n_octets=n_octets))


async def open_desk(path: Path, desk: Desk) -> asyncio.Server:
    """Listen on `path`, for every user of the machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o755)
    server = await serve(path, (REQUESTS, REPLIES), desk.attend)
    path.chmod(OTHERS_MAY_CONNECT)
    return server


async def _run(config: FinaliserConfig, path: Path) -> None:
    directory = config.config
    if directory is None:
        raise ConfigError("", 0, 0, "config", "the desk needs the folder of the configuration")
    archive = Archive(Database(config.database), open_store(config.store), VaultClient(config.vault))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await open_desk(path, Desk(archive, lambda: rules_of(directory)))
    _log.info("listening desk serves", socket=str(path))
    await stop.wait()
    server.close()
    path.unlink(missing_ok=True)


def main(argv: Sequence[str] | None = None) -> None:
    """Run until SIGTERM; `argv` are the words behind the module."""
    parser = argparse.ArgumentParser(description="Gives recordings to those who may hear them")
    for name in ("--config", "--socket"):
        parser.add_argument(name, type=Path, required=True)
    arguments = parser.parse_args(argv)
    os.umask(0o077)
    harden()
    asyncio.run(_run(load(arguments.config), arguments.socket))


if __name__ == "__main__":
    main()
