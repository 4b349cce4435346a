"""Errands: what a call waits for without standing still: prompts, verdicts on numbers, the customer store.

Each is a task of its call; what it finds comes back as an event.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from pbx.call.call import Call
from pbx.call.effects import (
    AskReputation,
    Audit,
    CheckCaller,
    CheckCode,
    ConsultProgram,
    DeliverEntry,
    FetchCustomers,
    PlanCallBack,
    PreparePrompts,
    SendCode,
    SetSchedule,
    VerifyPassport,
)
from pbx.call.events import (
    CallerChecked,
    CallEvent,
    CodeHandled,
    PassportVerified,
    PromptsMissing,
    PromptsReady,
)
from pbx.core.audit import AuditFact
from pbx.core.errors import ConfigError, StorageError, TransportError
from pbx.core.ids import CallId
from pbx.core.io.clock import utc_now
from pbx.media.io.prompts import Missed, PromptLibrary, PromptMissing
from pbx.runner.bindings import BindingLedger
from pbx.runner.code_desk import CodeDesk
from pbx.runner.desk import Desk, Work
from pbx.runner.ledger import Ledger
from pbx.runner.lookups import Lookups
from pbx.runner.mailboxes import Mailboxes
from pbx.runner.person_checks import PersonChecks
from pbx.runner.program_desk import ProgramDesk
from pbx.runner.told import Told
from pbx.sip.stir.io.verifier import Verifier
from pbx.store.identity import IdentityStore

Proving = CheckCaller | SendCode | CheckCode | PlanCallBack
Elsewhere = FetchCustomers | DeliverEntry | ConsultProgram | SetSchedule  # done by desks
Errand = PreparePrompts | VerifyPassport | AskReputation | Proving | Elsewhere
MAX_MISSED = 20  # of one call; a flow that loops has said enough by then


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the runner performs effects with; `prompts` by tenant, `desks` for errands of other kinds."""

    prompts: dict[str, PromptLibrary]
    identities: IdentityStore
    ledger: Ledger
    mailboxes: Mailboxes
    verifier: Verifier
    bindings: BindingLedger
    lookups: Lookups = field(default_factory=Lookups)
    checks: PersonChecks = field(default_factory=PersonChecks)
    codes: CodeDesk = field(default_factory=CodeDesk)
    programs: ProgramDesk = field(default_factory=ProgramDesk)
    desks: tuple[Desk, ...] = ()

    @property
    def all_desks(self) -> tuple[Desk, ...]:
        """Those that are always there, and the others."""
        return (self.lookups, self.programs, *self.desks)


class Errands:
    """Does them; `answer` takes what comes of one, `calls` are those in progress, `note` keeps a fact.

    `spawn` runs what outlives its call.
    """

    def __init__(
        self,
        services: Services,
        told: Told,
        answer: Callable[[CallEvent], None],
        calls: Callable[[], Mapping[CallId, Call]],
        note: Callable[[AuditFact], None],
        spawn: Callable[[CallId, Work], None],
    ) -> None:
        self._services, self._told, self._answer, self._calls = services, told, answer, calls
        self._note, self._spawn = note, spawn
        self._missed: dict[CallId, set[Missed]] = {}  # that are on record
        self._libraries: dict[CallId, PromptLibrary] = {}  # a call speaks with those it began with
        self._begun: dict[type, Callable[[Any], tuple[CallId, Work]]] = {
            PreparePrompts: lambda effect: (effect.call, self._prepare(effect)),
            VerifyPassport: lambda effect: (CallId(f"verdict/{effect.token}"), self._verify(effect)),
            AskReputation: self._ask_reputation,
            CheckCaller: lambda effect: (effect.call, self._check(effect)),
            SendCode: lambda effect: (effect.call, self._send_code(effect)),
            CheckCode: lambda effect: (effect.call, self._check_code(effect)),
            PlanCallBack: self._begin_call_back,
        }
        for desk in services.all_desks:
            self._begun |= dict.fromkeys(desk.takes, partial(self._hand_over, desk))

    def begin(self, effect: Errand) -> tuple[CallId, Work]:
        """Return whose task it is, and the work."""
        return self._begun[type(effect)](effect)

    def _hand_over(self, desk: Desk, effect: Errand) -> tuple[CallId, Work]:
        return desk.begun(effect, self._answer)

    def _ask_reputation(self, effect: AskReputation) -> tuple[CallId, Work]:
        reputations = self._services.lookups.reputations
        return CallId(f"reputation/{effect.token}"), reputations.ask(effect, self._answer)

    def _begin_call_back(self, effect: PlanCallBack) -> tuple[CallId, Work]:
        """It outlives the call: he may hang up at once."""
        return CallId(f"call-back/{effect.call}"), self._plan_call_back(effect)

    def forget(self, call: CallId) -> None:
        """The call is over."""
        self._libraries.pop(call, None)
        self._missed.pop(call, None)
        for desk in self._services.all_desks:
            desk.forget(call)

    async def _prepare(self, effect: PreparePrompts) -> None:
        call = self._calls().get(effect.call)
        if call is None:
            return
        library = self._libraries.setdefault(effect.call, self._services.prompts[call.tenant])
        try:
            ready = await library.prepare(effect.prompts)
        except (PromptMissing, ConfigError, StorageError, TransportError) as error:
            self._answer(PromptsMissing(call=effect.call, token=effect.token, reason=str(error)))
            return
        if ready.missed:
            self._report(effect.call, call.tenant, ready.missed)
        self._answer(
            PromptsReady(call=effect.call, token=effect.token, sources=ready.sources, sha256=ready.sha256)
        )

    def _report(self, call: CallId, tenant: str, missed: tuple[Missed, ...]) -> None:
        """What was said otherwise than it was wanted is a fact, once in a call."""
        if call not in self._calls():
            return  # it has ended meanwhile: nobody has heard anything
        told = self._missed.setdefault(call, set())
        for one in missed:
            if one not in told and len(told) < MAX_MISSED:
                told.add(one)
                fact = AuditFact(
                    kind="prompt.fell_back",
                    call=call,
                    tenant=tenant,
                    details={"sentence": one.sentence, "language": one.language, "what": one.what},
                )
                self._note(fact)

    async def _verify(self, effect: VerifyPassport) -> None:
        verdict = await self._services.verifier.verify(effect.call)
        self._answer(PassportVerified(token=effect.token, verdict=verdict))

    async def _check(self, effect: CheckCaller) -> None:
        unchecked = CallerChecked(call=effect.call, token=effect.token, matched=False, failed=True)
        outage = await self._services.lookups.settled(effect.call)
        if outage:
            self._answer(replace(unchecked, away=outage == "agent"))
            return
        self._spawn(CallId(f"check/{effect.call}"), self._compare(effect, unchecked))

    async def _compare(self, effect: CheckCaller, unchecked: CallerChecked) -> None:
        """Whoever hangs up with his last digit is counted, and the owner hears of it all the same."""
        try:
            result = await self._services.identities.check(effect, utc_now())
        except StorageError:
            self._answer(unchecked)
            return
        for fact in result.told:
            self._told.tell(Audit(fact=fact))
        self._answer(
            CallerChecked(
                call=effect.call,
                token=effect.token,
                matched=result.matched,
                customer=result.customer,
                reason=result.reason,
                by_pin=result.by_pin,
            )
        )
        await self._services.codes.warn(effect, result.told)

    async def _send_code(self, effect: SendCode) -> None:
        outage = await self._services.lookups.settled(effect.call)
        unsent = await self._services.codes.send(effect, is_away=bool(outage))
        self._answer(CodeHandled(call=effect.call, reason=unsent))

    async def _plan_call_back(self, effect: PlanCallBack) -> None:
        outage = await self._services.lookups.settled(effect.call)
        self._answer(await self._services.codes.plan(effect, is_away=bool(outage)))

    async def _check_code(self, effect: CheckCode) -> None:
        self._answer(await self._services.codes.check(effect))
