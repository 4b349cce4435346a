"""The processes of one node: what each is started with, in the order of need."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pbx.config.changes import start_values
from pbx.config.load import SIP_PORT_VARIABLE
from pbx.config.models import Configuration
from pbx.config.places import Places
from pbx.config.stores import LocalStore, S3Store
from pbx.media.ports import shares
from pbx.sip.media_peers import is_lab


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One process: its name, its module and arguments, and how we see that it serves."""

    name: str
    argv: tuple[str, ...]
    socket: Path | None = None  # it serves once this exists
    speaks: bool = False  # or once it says so: its standard output is for us, not for its log
    has_nursery: bool = True  # it may be a fork of the process that has everything loaded
    ends_at: signal.Signals = signal.SIGTERM  # what makes it end
    nice: int = 0
    is_needed: bool = True  # without it there is no start


NURSERY = Child(
    name="nursery", argv=("pbx.nursery_process",), speaks=True, has_nursery=False, ends_at=signal.SIGINT
)
"""Not one of `children`: the PBX does without where it cannot be had."""


def children(config: Configuration, directory: Path, places: Places) -> list[Child]:
    """The processes of one node; they stop in the reverse order."""
    rtp, n_workers = config.pbx.rtp, config.pbx.media.workers
    vault = ("--socket", str(places.vault_socket), "--keys", str(places.vault_keys))
    spare = places.spare_spool(config.pbx)
    spare_spool = ("--spare-spool", str(spare)) if spare is not None else ()
    escrow = ("--escrow", config.pbx.recording.escrow) if config.pbx.recording.escrow else ()
    record = ("--audit", str(places.vault_audit), "--wrapping", str(places.vault_wrapping))
    recogniser = ("--recogniser", str(places.recogniser_socket)) if config.pbx.speech.hears else ()
    media = (
        *("--spool", str(places.spool), *spare_spool, "--host", rtp.host, "--host6", rtp.host6 or ""),
        *("--rtp-timeout", str(rtp.timeout_s), "--rest-timeout", str(rtp.rest_timeout_s)),
        *("--nat-rebind", rtp.nat_rebind, "--drain", str(config.pbx.media.drain_s), *recogniser),
    )
    workers = [
        Child(
            name=f"media-{index}",
            argv=(
                *("pbx.media.io.worker", "--socket", str(places.media_socket(index))),
                *("--ports", f"{first}-{last}", *media),
            ),
            socket=places.media_socket(index),
            speaks=True,
            ends_at=signal.SIGINT,
        )
        for index, (first, last) in enumerate(shares(rtp.first_port, rtp.last_port, n_workers))
    ]
    return [
        Child(
            name="vault",
            argv=("pbx.recording.io.vault", *vault, *record, *escrow),
            socket=places.vault_socket,
            has_nursery=False,  # an address space that nobody knows who may be broken into
        ),
        *workers,
        Child(
            name="finaliser",
            argv=("pbx.recording.io.finaliser", "--config", str(places.finaliser_config)),
            nice=10,
        ),
        *_recogniser(config, places),
        *_desk(config, places),
        Child(name="signalling", argv=("pbx.app", "--config", str(directory)), speaks=True),
    ]


OPTIONAL = ("recogniser", "desk", "playback")
"""The children without which calls are taken and recorded all the same, whether there are any or not."""


def _recogniser(config: Configuration, places: Places) -> list[Child]:
    """Who hears spoken answers: far behind calls, which can do without."""
    if not config.pbx.speech.hears:
        return []
    where = ("--socket", str(places.recogniser_socket))
    argv = ("pbx.verify.io.recogniser", *where, "--engine", config.pbx.speech.recogniser)
    return [Child(name="recogniser", argv=argv, socket=places.recogniser_socket, nice=10, is_needed=False)]


def _desk(config: Configuration, places: Places) -> list[Child]:
    """Who gives recordings to users of the machine, and plays their links, where somebody has a role."""
    if not any(tenant.listeners for tenant in config.tenants.values()):
        return []
    settings = ("--config", str(places.finaliser_config))
    where = ("--socket", str(places.desk_socket))
    desk = ("pbx.lifecycle.io.desk", *settings, *where)
    wanted = [Child(name="desk", argv=desk, socket=places.desk_socket, nice=10, is_needed=False)]
    if config.pbx.playback is not None:
        argv = ("pbx.playback.io.server", *settings, "--settings", str(places.playback_settings))
        wanted.append(Child(name="playback", argv=argv, speaks=True, nice=10, is_needed=False))
    return wanted


def finaliser_settings(config: Configuration, places: Places) -> dict[str, Any]:
    """What the finaliser is told; secrets stay in their files."""
    store, audit, webhook = config.pbx.recording.store, config.pbx.audit, config.pbx.recording.webhook
    told = None if webhook is None else webhook.at(places.base, lab=is_lab(config.pbx.rtp.host))
    return {
        "webhook": told,
        "alarms": str(places.alarms),
        "spool": str(places.spool),
        "spare_spool": str(spare) if (spare := places.spare_spool(config.pbx)) else None,
        "vault": str(places.vault_socket),
        "records": str(places.records),
        "database": places.database_url(config.pbx),
        "playback_copy": config.pbx.recording.playback_copy,
        "store": _told(store, places),
        "checkpoints": _told(audit.place(store), places),
        "lock": {"mode": audit.lock, "days": audit.lock_days},
        "retention_locks": any(tenant.retention.locks for tenant in config.tenants.values()),
    }


def _told(store: LocalStore | S3Store, places: Places) -> dict[str, Any]:
    if isinstance(store, LocalStore):
        return {"kind": "local", "directory": str(places.resolve(store.path))}
    return {
        "kind": "s3",
        "endpoint": store.endpoint,
        "bucket": store.bucket,
        "region": store.region,
        "access_key": places.resolve(store.access_key_file).read_text().strip(),
        "secret_key_file": str(places.resolve(store.secret_key_file)),
    }


def started_with(config: Configuration) -> dict[str, str]:
    """What `pbx reload` compares with; a port from the environment is not that of the file."""
    values = start_values(config.pbx)
    if os.environ.get(SIP_PORT_VARIABLE):
        del values["sip.port"]
    return values
