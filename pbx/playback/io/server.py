"""The playback process: a web server that plays recordings to who holds a link (REC-11).

It has no private key: for each piece of sound it asks the vault, which writes down who hears it and why. Run
as `python -m pbx.playback.io.server --config FILE --settings FILE`: the finaliser's file, and what `playback`
in `pbx.yaml` says. It prints READY when it serves.
"""

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from ssl import Purpose as TlsPurpose
from ssl import SSLContext, TLSVersion, create_default_context

import structlog

from pbx.config.playback import PlaybackSettings
from pbx.core.errors import CANNOT_START, ConfigError, StorageError
from pbx.core.io.settings_file import read_settings
from pbx.core.io.signs import Sign, say
from pbx.lifecycle.io.archive import Archive
from pbx.lifecycle.io.rule_book import RuleBook
from pbx.playback import pages
from pbx.playback.io.patience import MAX_OF_ONE, PatientProtocol, configured
from pbx.playback.io.room import Room
from pbx.playback.io.site import PlaybackSite
from pbx.recording.io.finaliser_config import FinaliserConfig, load, open_store
from pbx.recording.io.hardening import harden
from pbx.recording.io.vault_client import VaultClient
from pbx.store.database import Database

HANDSHAKE_S = 10.0
BACKLOG = 64
SEND_BUFFER = 128 << 10  # octets that the kernel holds for a browser that does not read, instead of 4 MB
_log = structlog.get_logger()


async def listen(settings: PlaybackSettings, room: Room, base: Path) -> asyncio.Server:
    """Open the socket; OSError when it is taken, or a certificate cannot be read."""
    site = PlaybackSite(
        room, is_secure=settings.base.startswith("https:"), behind_proxy=settings.behind_proxy
    )
    headers = dict(pages.HEADERS)
    if settings.base.startswith("https:"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    config, state = configured(site.app(), list(headers.items()))
    of_one: Counter[str] = Counter()
    limit = 0 if settings.behind_proxy else MAX_OF_ONE
    tls = _tls(settings, base)
    server = await asyncio.get_running_loop().create_server(
        lambda: PatientProtocol(config, state, of_one, limit),
        settings.host,
        settings.port,
        backlog=BACKLOG,
        ssl=tls,
        ssl_handshake_timeout=HANDSHAKE_S if tls is not None else None,
        start_serving=False,
    )
    for one in server.sockets:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)  # connections inherit it
    await server.start_serving()
    return server


def _tls(settings: PlaybackSettings, base: Path) -> SSLContext | None:
    if settings.certificate is None:
        return None
    pair = settings.certificate.below(base)
    context = create_default_context(TlsPurpose.CLIENT_AUTH)
    context.minimum_version = TLSVersion.TLSv1_2
    context.load_cert_chain(pair.chain, pair.key)
    return context


async def _run(config: FinaliserConfig, settings: PlaybackSettings) -> None:
    directory = config.config
    if directory is None:
        raise ConfigError("", 0, 0, "config", "playback needs the folder of the configuration")
    database, vault = Database(config.database), VaultClient(config.vault)
    room = Room(Archive(database, open_store(config.store), vault), RuleBook(directory).now)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await listen(settings, room, directory.parent)
    _log.info("playback serves", url=settings.base)
    say(Sign.READY)
    await stop.wait()
    server.close()
    vault.close()
    await database.close()


def main(argv: Sequence[str] | None = None) -> None:
    """Run until SIGTERM; `argv` are the words behind the module."""
    parser = argparse.ArgumentParser(description="Plays recordings to who holds a link")
    for name in ("--config", "--settings"):
        parser.add_argument(name, type=Path, required=True)
    arguments = parser.parse_args(argv)
    os.umask(0o077)
    harden()
    # Standard output is for READY. Requests that make no sense have no line: anybody could fill the disk.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    try:
        asyncio.run(_run(load(arguments.config), read_settings(PlaybackSettings, arguments.settings)))
    except ConfigError as error:
        _log.error(str(error))
        sys.exit(CANNOT_START)
    except (OSError, StorageError) as error:
        _log.error(f"playback cannot serve: {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
