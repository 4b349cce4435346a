"""The signalling process: `python -m pbx.app --config DIR`. Prints READY once calls are taken."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from pbx.assembly.calls import call_limits
from pbx.assembly.customers import import_customers
from pbx.assembly.endpoint import endpoint_settings
from pbx.assembly.law import LawInForce
from pbx.assembly.ledger import ledger_of, outage_watch
from pbx.assembly.media import worker_places
from pbx.assembly.metrics import metrics_work, observing
from pbx.assembly.music import music_of
from pbx.assembly.plans import plans_of
from pbx.assembly.policies import keep_policies
from pbx.assembly.recipients import ask_recipients
from pbx.assembly.reload import Reload, warn
from pbx.assembly.secrets import device_secrets
from pbx.assembly.service_files import ServiceFiles
from pbx.assembly.services import services_of
from pbx.assembly.stir import signers_of
from pbx.assembly.transports import dns_servers, tls_settings, transport_options
from pbx.assembly.wishes import Wishes, known_wishes
from pbx.call.context import Wall
from pbx.call.start import TenantPlan
from pbx.call.switchboard import Switchboard
from pbx.config.carriers import accounts_of, trunks_of
from pbx.config.load import SIP_PORT_VARIABLE, ConfigProblems, load
from pbx.config.models import Configuration
from pbx.config.places import Places
from pbx.core.address import Address
from pbx.core.errors import CANNOT_START, ConfigError, StorageError, TransportError
from pbx.core.io.clock import monotonic, utc_now
from pbx.core.io.entropy import SystemIds
from pbx.core.io.garbage import settle
from pbx.core.io.log import begin_log
from pbx.core.io.ready import serving_pid
from pbx.core.io.signs import Sign, say
from pbx.core.secret import Secret
from pbx.recording.io import spool_pair
from pbx.recording.io.hardening import harden
from pbx.recording.io.journal_parts import journals
from pbx.recording.io.spool_space import measure
from pbx.recording.watermarks import Watermarks
from pbx.runner import (
    control,
    counts,
    holds,
    recorder_states,
    rooms,
    spare_watch,
    spool_watch,
    worker_states,
)
from pbx.runner.ban_desk import BanDesk
from pbx.runner.errands import Services
from pbx.runner.grant_desk import GrantDesk
from pbx.runner.media import MediaWorkers, Owner
from pbx.runner.runner import Runner
from pbx.runner.spare_watch import Look, SpareWatch
from pbx.sip.endpoint import Endpoint
from pbx.sip.io.certificates import Certificates
from pbx.sip.io.resolver import Resolver
from pbx.sip.io.transports import SipTransports
from pbx.store.agents import AgentStore
from pbx.store.audit import AuditStore
from pbx.store.bindings import BindingStore
from pbx.store.calls import CallStore
from pbx.store.customers import CustomerStore
from pbx.store.database import Database
from pbx.store.facts import FactStore
from pbx.store.grants import GrantStore
from pbx.store.keys import StoreKeys
from pbx.store.plans import PlanStore
from pbx.store.policies import PolicyStore
from pbx.store.tolls import TollStore
from pbx.verify.grant import GrantKey
from pbx.versions.io.folders import start_folder

REFUSALS = (ConfigProblems, ConfigError, StorageError, TransportError, OSError)
_log = logging.getLogger("pbx.app")


async def serve(folders: tuple[Path, Path], config: Configuration, places: Places) -> None:
    """Take calls until SIGTERM or SIGINT; `folders` = the one that admins edit, and the one that was read."""
    database = Database(places.database_url(config.pbx))
    keys = StoreKeys.load_or_create(places.store_keys)
    calls, audit, tolls = CallStore(database, keys), AuditStore(database), TollStore(database)
    facts = (audit, await audit.newest_id())
    ledger = await ledger_of(config.pbx, places, FactStore(database, keys), keys)
    await close_earlier(calls, GrantStore(database, keys), places.spools(config.pbx))
    await import_customers(config, customers := CustomerStore(database, keys), places)
    services = await services_of(ServiceFiles.read(config, places), database, keys, ledger)
    mailboxes, bindings = services.mailboxes, services.bindings
    recipients = await ask_recipients(config, places)
    secrets = device_secrets(config, places)
    certificates = Certificates(tls_settings(config, places))
    accounts = accounts_of(config, places)
    music = await asyncio.to_thread(music_of, config, places)
    wishes, signers = await known_wishes(database, keys), signers_of(config, places)
    plans = wishes.plans(config, recipients, signers, accounts=accounts, music=music)
    runner = build(config, plans, secrets, services, wishes, gruu_key=keys.gruu.reveal())
    await restore(runner, database)
    runner.restore_tolls(await tolls.holds(), await tolls.charges(utc_now()))
    runner.trunks, runner.plans = trunks_of(config, accounts, secrets), plans
    await keep_policies(config, policies := PolicyStore(database))
    changes = Reload(
        plans=await plans_of(folders, places, PlanStore(database, keys)),
        places=places,
        runner=runner,
        services=services,
        customers=customers,
        certificates=certificates,
        started=config.pbx,
        wishes=wishes,
        law=LawInForce(config.rules),
        policies=policies,
        wanted=asyncio.Event(),
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, changes.wanted.set)
    transports = transports_of(config, certificates, runner)
    spools = spool, spare = Watermarks(), spare_spool(config, places, runner)
    runner.media = media_workers(config, places, runner, partial(spare_watch.refusal, spool, spare))
    runner.resolver = resolver = Resolver(runner.sip_input, dns_servers(config.pbx))
    watched = (holds.watch(tolls, runner.call_event), mailboxes.run(runner.sip_input))
    shown = shown_to_operator(runner, runner.media, spools, changes, GrantKey(keys.grant))
    counted = metrics_work(config, places, runner, facts=facts, ledger=ledger, spools=spools)
    services.lookups.answered = runner.outages.customers
    outages = outage_watch(config, places, runner, ledger)
    beside = (
        ledger.run(),
        outages.run(),
        bindings.run(),
        changes.run(),
        *wishes.work,
        *watched,
        *shown,
        *counted,
    )
    await run(runner, transports, runner.media, beside)
    await resolver.close()
    await database.close()


async def restore(runner: Runner, database: Database) -> None:
    """Which telephones were registered, and which agents of queues are there."""
    runner.restore(await BindingStore(database).list())
    runner.queues.restore(await AgentStore(database).all())


def transports_of(config: Configuration, certificates: Certificates, runner: Runner) -> SipTransports:
    """Where SIP comes in and goes out."""
    bind = Address(config.pbx.sip.host, config.pbx.sip.port)
    options = transport_options(config, certificates, runner)
    return SipTransports(bind, runner.sip_input, config.pbx.sip.transports, options)


def spare_spool(config: Configuration, places: Places, runner: Runner) -> SpareWatch | None:
    """Who watches the spare spool, if there is one; what was left of an earlier one is removed."""
    places.spare_state.unlink(missing_ok=True)
    spare = places.spare_spool(config.pbx)
    if spare is None:
        return None
    return SpareWatch(partial(spare_look, places.spool, spare), runner.note, places.spare_state)


def spare_look(spool: Path, spare: Path) -> Look:
    """What is to be seen of a spare spool; OSError when it cannot be read."""
    is_pair = not spool_pair.marks(spool).isdisjoint(spool_pair.marks(spare))
    return Look(space=measure(spare), n_journals=len(journals(spare)), is_there=is_pair)


def media_workers(
    config: Configuration, places: Places, runner: Runner, no_room: Callable[[], str]
) -> MediaWorkers:
    """Join the media workers to the runner; where the spools are full they get no new recordings."""
    owner = Owner(
        deliver=runner.call_event,
        lost=runner.leg_lost,
        may_record=runner.may_record,
        is_urgent=runner.is_urgent,
        note=runner.note,
        no_room=no_room,
    )
    settings = config.pbx.media
    max_late_ms = settings.max_late_s * 1000
    return MediaWorkers(worker_places(settings, places), owner, SystemIds(), max_late_ms=max_late_ms)


def shown_to_operator(
    runner: Runner,
    media: MediaWorkers,
    spools: tuple[Watermarks, SpareWatch | None],
    changes: Reload,
    key: GrantKey,
) -> tuple[Coroutine[Any, Any, None], ...]:
    """What the command line is told of this process, and the orders it takes."""
    spool, spare = spools
    places = changes.places
    return (
        *((spare.run(),) if spare is not None else ()),
        counts.keep(places.stopped, runner.stopped),
        worker_states.keep(places.workers, media.states),
        recorder_states.keep(places.recorders, runner.recorders),
        rooms.keep(places.rooms, runner.rooms),
        spool_watch.watch(spool, partial(measure, places.spool), runner.note, places.spool_state),
        control.serve(
            places.control_socket,
            control.Control(
                lambda: runner.calls,
                runner.call_event,
                lambda: runner.recorded_rooms,
                bans=BanDesk(runner.admission, runner.note),
                grants=GrantDesk(lambda: runner.calls, runner.call_event, runner.note, key, runner.checks),
                plans=changes.change,
                queues=runner.queue_desk,
            ),
        ),
    )


async def close_earlier(calls: CallStore, grants: GrantStore, spools: tuple[Path, ...]) -> None:
    """Bring the calls of an earlier run to their end: none stays open, none waits for a lost recording.

    What was proved about their callers is proved of nobody who calls now.
    """
    await grants.end_earlier(utc_now())
    crashed = await calls.close_crashed(utc_now())
    if crashed:
        _log.warning("%d calls of an earlier run were closed with cause crash", crashed)
    lost = await calls.fail_lost(journals(*spools), utc_now())
    if lost:
        _log.error("%d calls of an earlier run have lost their recording, see recording.failed", lost)


async def run(
    runner: Runner,
    transports: SipTransports,
    media: MediaWorkers,
    beside: tuple[Coroutine[Any, Any, None], ...],
) -> None:
    """Open sockets, say READY, wait for the signal, drain."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runner.transports = transports
    async with asyncio.TaskGroup() as group:
        background = [group.create_task(work) for work in (*beside, media.run())]
        await media.wait_up()
        await listen(transports)
        runner.serve_trunks()
        settle()
        say(Sign.READY)
        await stop.wait()
        await runner.drain()
        await transports.close()
        await media.close()
        for task in background:
            task.cancel()


async def listen(transports: SipTransports) -> None:
    """Bind the SIP sockets; TransportError says what the admin can do about it."""
    try:
        await transports.start()
    except TransportError as error:
        remedy = f"change sip.host or sip.port of pbx.yaml, or set {SIP_PORT_VARIABLE}"
        raise TransportError(f"{error} ({remedy})") from error


def build(
    config: Configuration,
    plans: dict[str, TenantPlan],
    secrets: dict[str, Secret[str]],
    services: Services,
    wishes: Wishes,
    *,
    gruu_key: bytes,
) -> Runner:
    """Join endpoint, switchboard and services."""
    ids = SystemIds()
    settings = endpoint_settings(config, config.pbx, secrets)
    endpoint = Endpoint(settings=settings, ids=ids, nonce_key=ids.octets(32), gruu_key=gruu_key)
    wall, limits = Wall(utc_now(), monotonic()), call_limits(config.pbx.limits)
    outreach = wishes.outreach(wall)
    switchboard = Switchboard(
        plans,
        ids,
        wall,
        limits=limits,
        refusals=wishes.refusals,
        outreach=outreach,
        help_board=wishes.help_board,
    )
    served = replace(services, desks=(*services.desks, wishes.switch_desk))
    runner = Runner(endpoint, switchboard, served)
    runner.observing = observing(config)
    return runner


def parse_places(argv: list[str]) -> Path:
    """The configuration directory of the command line."""
    parser = argparse.ArgumentParser(prog="python -m pbx.app")
    parser.add_argument("--config", type=Path, required=True)
    return Path(parser.parse_args(argv).config).resolve()


def main(argv: list[str]) -> int:
    """Run the process; every refusal is one line on stderr, the last one is for the supervisor."""
    directory = parse_places(argv)
    begin_log()
    harden()  # the keys of customers' data and the secrets of telephones
    refused: list[Exception] = []
    try:
        places = Places(directory.parent)
        read = start_folder(places, directory, again=serving_pid(places.ready) is not None)
        if read != directory:
            _log.warning("the files of %s are not used: the plan that was in force is", directory)
        config = load(read, os.environ, utc_now())
        warn(config)
        uvloop.run(serve((directory, read), config, places))
    except* REFUSALS as group:  # alone, or from a task group
        refused += leaves(group)
    for error in refused:
        _log.error("cannot start: %s", error)
    return CANNOT_START if refused else 0


def leaves(group: ExceptionGroup[Exception]) -> list[Exception]:
    """The exceptions of a group and of the groups in it."""
    found: list[Exception] = []
    for error in group.exceptions:
        found += leaves(error) if isinstance(error, ExceptionGroup) else [error]
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
