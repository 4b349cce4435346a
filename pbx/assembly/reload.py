"""Reload: another plan for new calls and registrations while the process runs."""

import asyncio
import logging
import os
from dataclasses import dataclass, field

from pbx.assembly.calls import call_limits
from pbx.assembly.customers import import_customers
from pbx.assembly.endpoint import endpoint_settings
from pbx.assembly.law import LawInForce
from pbx.assembly.music import music_of
from pbx.assembly.plans import Plans, wish_of
from pbx.assembly.policies import keep_policies
from pbx.assembly.recipients import ask_recipients
from pbx.assembly.secrets import device_secrets
from pbx.assembly.service_files import ServiceFiles
from pbx.assembly.stir import signers_of
from pbx.assembly.transports import tls_settings
from pbx.assembly.wishes import Wishes
from pbx.config.carriers import accounts_of, trunks_of
from pbx.config.changes import start_values, waiting_for_start
from pbx.config.load import ConfigProblems, load
from pbx.config.models import Configuration, PbxSettings
from pbx.config.places import Places
from pbx.core.errors import ConfigError, StorageError, TransportError
from pbx.core.io.clock import utc_now, wall_ns
from pbx.core.io.peer import user_name
from pbx.runner.control_messages import MAX_ERRORS, ChangePlan, PlanIs, PlanRefused
from pbx.runner.errands import Services
from pbx.runner.runner import Runner
from pbx.runner.verdict import ReloadVerdict, write_verdict
from pbx.sip.io.certificates import Certificates
from pbx.store.customers import CustomerStore
from pbx.store.policies import PolicyStore
from pbx.versions.version import Wish

_log = logging.getLogger("pbx.app")


def warn(config: Configuration) -> None:
    """Log what works but looks wrong: a certificate about to expire, for one."""
    for warning in config.warnings:
        _log.warning("%s", warning)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reload:
    """Build, check, swap, whenever it is wanted: a configuration with a mistake changes nothing.

    A process that is killed in the middle has either plan when it is started again, see `Plans.commit`.
    """

    plans: Plans
    places: Places
    runner: Runner
    services: Services
    customers: CustomerStore
    certificates: Certificates
    started: PbxSettings
    wishes: Wishes
    law: LawInForce
    policies: PolicyStore
    wanted: asyncio.Event
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> None:
        """Wait for the wish, and for the next one."""
        while True:
            await self.wanted.wait()
            self.wanted.clear()
            began_ns = wall_ns()
            order = ChangePlan(cause="reload", author=user_name(os.getuid()))
            outcome = await self.change(order)
            errors = outcome.errors if isinstance(outcome, PlanRefused) else ()
            try:
                write_verdict(self.places.reloaded, ReloadVerdict(began_ns=began_ns, errors=errors))
            except OSError as error:  # the disk is full: whoever asked will not hear of it
                _log.warning("the verdict on the reload is not written: %s", error)

    async def change(self, order: ChangePlan) -> PlanIs | PlanRefused:
        """Have another plan in force, or say why not."""
        async with self.one_at_a_time:
            outcome = await self._outcome(order)
        for error in outcome.errors if isinstance(outcome, PlanRefused) else ():
            _log.error("configuration kept as it was: %s", error)
        return outcome

    async def _outcome(self, order: ChangePlan) -> PlanIs | PlanRefused:
        """Swap; a refusal has changed nothing."""
        try:
            return await self._swap(order, wish_of(order))
        except ConfigProblems as problems:
            return PlanRefused(errors=tuple(map(str, problems.errors[:MAX_ERRORS])))
        except (ConfigError, StorageError, TransportError, OSError) as error:
            return PlanRefused(errors=(str(error),))
        except Exception as error:  # a bug in a reload must not end the calls
            _log.exception("a reload failed")
            return PlanRefused(errors=(f"a fault of the PBX ({type(error).__name__}), see its log",))

    async def _swap(self, order: ChangePlan, wish: Wish) -> PlanIs:
        source = await asyncio.to_thread(self.plans.source, order)
        config = await asyncio.to_thread(load, source.folder, os.environ, utc_now())
        await asyncio.to_thread(self.plans.confirm, source)
        warn(config)
        self.law.check(config.rules)
        files = await asyncio.to_thread(ServiceFiles.read, config, self.places)
        recipients = await ask_recipients(config, self.places)
        await import_customers(config, self.customers, self.places)
        secrets = await asyncio.to_thread(device_secrets, config, self.places)
        accounts = await asyncio.to_thread(accounts_of, config, self.places)
        settings = endpoint_settings(config, self.started, secrets)
        signers = await asyncio.to_thread(signers_of, config, self.places)
        music = await asyncio.to_thread(music_of, config, self.places)
        plans = self.wishes.plans(config, recipients, signers, accounts=accounts, music=music)
        await keep_policies(config, self.policies)  # behind all that may yet refuse the configuration
        before = self.plans.live
        live = await self.plans.commit(source, wish, held=order.held)
        try:
            await asyncio.to_thread(self.certificates.swap, tls_settings(config, self.places))
            await files.keep(self.services)  # a database that refuses leaves the calls as they are
        except Exception:
            await self.plans.undo(before, live, wish)
            raise
        self.runner.swap(plans, settings, files.libraries, limits=call_limits(config.pbx.limits))
        files.swap(self.services)
        if (changed := self.law.replace(config.rules)) is not None:
            self.runner.note(changed)
        self.runner.trunks = trunks_of(config, accounts, secrets)
        self.runner.serve_trunks()
        waiting = waiting_for_start(start_values(self.started), start_values(config.pbx))
        if waiting:
            _log.warning("%s", waiting)
        _log.info("version %d in force; calls in progress keep the plan they started with", live.version)
        return PlanIs(
            version=live.version,
            is_new=before is None or before.version != live.version,
            waiting=waiting,
            warnings=tuple(map(str, config.warnings[:MAX_ERRORS])),
        )
