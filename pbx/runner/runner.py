"""The signalling runner: one endpoint, one switchboard, and the effects they order."""

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence

from pbx.call.call import Call
from pbx.call.conferences import SeatView
from pbx.call.effects import (
    AnswerCheck,
    Audit,
    CallEffect,
    CallFinished,
    CountMessages,
    Kept,
    SaveCall,
    SaveConsent,
    SaveMessage,
)
from pbx.call.events import (
    CallEvent,
    CallFailed,
    LegLost,
)
from pbx.call.quotas import CallLimits
from pbx.call.recorded_room import RecordedRoom
from pbx.call.start import TenantPlan
from pbx.call.switchboard import Switchboard
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId
from pbx.core.io.clock import monotonic
from pbx.fraud.effects import Charge, Hold
from pbx.media.io.prompts import PromptLibrary
from pbx.runner.alarm import Alarm
from pbx.runner.errands import Errand, Errands, Services
from pbx.runner.media import MediaWorkers
from pbx.runner.observing import Observing
from pbx.runner.outages import Outages
from pbx.runner.person_checks import PersonChecks
from pbx.runner.queue_desk import QueueDesk
from pbx.runner.scopes import CallScopes
from pbx.runner.told import Told
from pbx.services.queues import Queues
from pbx.sip.defence.buckets import Rate
from pbx.sip.effects import SipEffect
from pbx.sip.endpoint import Endpoint
from pbx.sip.events import BindingsKept, EndpointInput, EndpointOutput, SendPacket
from pbx.sip.io.resolver import Resolver
from pbx.sip.io.transports import SipTransports
from pbx.sip.locate.effects import AskDns
from pbx.sip.settings import EndpointSettings
from pbx.sip.trunk.effects import ServeTrunks
from pbx.siprec.health import RecorderState

LEAVE_S = 2.0  # a carrier answers in well under one; the next start registers anew in any case
_log = logging.getLogger("pbx.runner")


class Runner:
    """Feeds events to the machines one at a time; every slow effect is a task of its call."""

    def __init__(self, endpoint: Endpoint, switchboard: Switchboard, services: Services) -> None:
        self._endpoint, self._switchboard, self._services = endpoint, switchboard, services
        self.admission, self.tolls, self.intake = endpoint.admission, switchboard.tolls, switchboard.intake
        self._scopes = CallScopes(self._call_failed)
        self._told = Told()
        self._errands = Errands(
            services,
            self._told,
            self.call_event,
            lambda: self._switchboard.calls,
            self.note,
            self._scopes.spawn,
        )
        self._alarm = Alarm(self._tick, self._deadline)
        self.transports: SipTransports | None = None
        self.resolver: Resolver | None = None
        self.trunks = ServeTrunks(carriers=())
        self.plans: Mapping[str, TenantPlan] = {}  # in force
        self._left: asyncio.Event | None = None
        self.media: MediaWorkers | None = None
        self.observing: Observing | None = None
        self.outages = Outages()

    def stopped(self) -> Mapping[str, int]:
        """How many packets and answers the defence stopped, by reason."""
        tolls = {f"toll_{reason}": number for reason, number in self._switchboard.tolls.refused.items()}
        return {**self._endpoint.stopped, **tolls}

    def registrations(self) -> Mapping[str, int]:
        """How many telephones are registered, by tenant."""
        return self._endpoint.n_bindings

    def rooms(self, max_seats: int) -> Mapping[str, tuple[SeatView, ...]]:
        """Who sits and who talks in which conference, in so many seats at most."""
        return self._switchboard.conferences.view(max_seats)

    @property
    def queues(self) -> Queues:
        """Who waits in which queue, and for whom."""
        return self._switchboard.queueing.queues

    @property
    def queue_desk(self) -> QueueDesk:
        """Who answers an operator about queues."""
        return QueueDesk(self.queues, self.call_event)

    def recorders(self) -> Mapping[str, RecorderState]:
        """How the recorders of others are, by tenant and name."""
        return self._switchboard.recorders

    def is_neighbour(self, host: str) -> bool:
        """Whether an address is this machine's, a carrier's or an edge's."""
        return self._endpoint.is_neighbour(host)

    def pace_of(self, host: str) -> Rate:
        """How many messages are taken from a stream of `host`."""
        return self._endpoint.pace_of(host)

    def sip_input(self, event: EndpointInput) -> None:
        """A packet or a transport failure."""
        self.outages.take(event)
        self._run(sip=event)

    def call_event(self, event: CallEvent) -> None:
        """A fact for the call layer."""
        self._run(call=event)

    def note(self, fact: AuditFact) -> None:
        """Put on the record what is no call's."""
        self._perform(Audit(fact=fact), monotonic())

    def may_record(self, call: CallId) -> bool:
        """Whether audio of a call may have to be kept."""
        return self._switchboard.may_record(call)

    def is_urgent(self, call: CallId) -> bool:
        """Whether a call is one for help."""
        found = self._switchboard.calls.get(call)
        return found is not None and found.is_urgent

    @property
    def calls(self) -> Mapping[CallId, Call]:
        """The calls in progress."""
        return self._switchboard.calls

    @property
    def checks(self) -> PersonChecks:
        """Who waits outside of a call for what it says of its caller."""
        return self._services.checks

    @property
    def recorded_rooms(self) -> Mapping[CallId, RecordedRoom]:
        """The conferences that are recorded."""
        return self._switchboard.rooms

    def leg_lost(self, leg: LegId) -> None:
        """The media worker of this leg died."""
        self.call_event(LegLost(leg=leg))

    def swap(
        self,
        tenants: Mapping[str, TenantPlan],
        settings: EndpointSettings,
        prompts: Mapping[str, PromptLibrary],
        *,
        limits: CallLimits,
    ) -> None:
        """Use another configuration for new calls and registrations; ConfigError changes nothing."""
        now = monotonic()
        outputs = self._endpoint.swap(settings, now)
        self._switchboard.swap(tenants, limits)
        self.plans = tenants
        self._services.prompts.update(prompts)  # those of a tenant that left serve its last calls
        self._route(outputs, now)
        self._alarm.set()

    def restore(self, kept: Sequence[BindingsKept]) -> None:
        """Know the telephones that had registered before a restart."""
        now = monotonic()
        self._route(self._endpoint.restore(kept, now), now)
        self._alarm.set()

    def restore_tolls(self, holds: Sequence[Hold], charges: Sequence[Charge]) -> None:
        """Know who may not call the network, and what was spent, before a restart."""
        self._switchboard.tolls.restore(holds, charges, monotonic())

    async def drain(self) -> None:
        """Hang up what is left and wait until every record is written."""
        for call in list(self._switchboard.calls):
            self.call_event(CallFailed(call=call, cause="shutdown"))
        await self._leave_trunks()
        await self._services.ledger.flush()
        await self._services.bindings.flush()

    def serve_trunks(self) -> None:
        """Register with and watch the carriers of `trunks`, and no others."""
        self.sip_input(self.trunks)

    async def _leave_trunks(self) -> None:
        """Remove our bindings at carriers; one that does not answer keeps nobody from stopping."""
        self._left = asyncio.Event()
        self.trunks = ServeTrunks(carriers=())
        self.serve_trunks()
        try:
            async with asyncio.timeout(LEAVE_S):
                await self._left.wait()
        except TimeoutError:
            _log.warning("%d registrations at carriers were left behind", self._endpoint.n_leaving)

    def _call_failed(self, call: CallId, cause: str) -> None:
        self.call_event(CallFailed(call=call, cause=cause))

    def _run(self, *, sip: EndpointInput | None = None, call: CallEvent | None = None) -> None:
        now = monotonic()
        try:
            if sip is not None:
                self._route(self._endpoint.handle(sip, now), now)
            if call is not None:
                self._observe(call, now)
                self._perform_all(self._switchboard.handle(call, now), now)
        except Exception as error:  # a bug in one call must not end the others
            self._blame(call, error)
        self._alarm.set()

    def _blame(self, event: CallEvent | None, error: Exception) -> None:
        _log.error("event %s failed: %s", type(event).__name__, type(error).__name__, exc_info=error)
        owner = self._switchboard.owner(event) if event is not None else None
        if owner is not None and not isinstance(event, CallFailed):
            asyncio.get_running_loop().call_soon(self._call_failed, owner, "internal_error")

    def _route(self, outputs: list[EndpointOutput], now: float) -> None:
        for output in outputs:
            if isinstance(output, SendPacket):
                if self.transports is not None:
                    self.transports.send(output)
                continue
            if isinstance(output, BindingsKept):
                self._services.bindings.put(output)
                continue
            if isinstance(output, AskDns):
                if self.resolver is not None:
                    self.resolver.ask(output)
                continue
            self._observe(output, now)
            try:
                self._perform_all(self._switchboard.handle(output, now), now)
            except Exception as error:  # as above: contain it in its call
                self._blame(output, error)

        if self._left is not None and not self._endpoint.n_leaving:
            self._left.set()

    def _perform_all(self, effects: list[CallEffect], now: float) -> None:
        for effect in effects:
            self._perform(effect, now)

    def _observe(self, item: CallEvent | CallEffect, now: float) -> None:
        self.outages.take(item)
        if self.observing is not None:
            self.observing.take(item, now)

    def _perform(self, effect: CallEffect, now: float) -> None:
        self._observe(effect, now)
        match effect:
            case SaveCall() | Audit():
                self._services.ledger.put(effect)
                self._told.tell(effect)
            case _ if isinstance(effect, SaveConsent | SaveMessage | Kept):
                self._services.ledger.put(effect)
            case CountMessages():
                self._services.mailboxes.count(effect)
            case AnswerCheck():
                self._services.checks.give(effect)
            case _ if isinstance(effect, Errand):
                whose, work = self._errands.begin(effect)
                self._scopes.spawn(whose, work)
            case CallFinished():
                self._told.forget(effect.call)
                self._errands.forget(effect.call)
                self._scopes.close(effect.call)
            case _ if isinstance(effect, SipEffect):
                self._route(self._endpoint.handle(effect, now), now)
            case _:
                if self.media is not None:
                    self.media.send(effect)

    def _deadline(self) -> float:
        return min(_never(self._endpoint.deadline), _never(self._switchboard.deadline))

    def _tick(self) -> None:
        now = monotonic()
        try:
            self._route(self._endpoint.tick(now), now)
            self._perform_all(self._switchboard.tick(now), now)
        except Exception as error:  # a machine's bug; its call ends by its own next deadline
            self._blame(None, error)
        self._alarm.set()


def _never(deadline: float | None) -> float:
    return math.inf if deadline is None else deadline
