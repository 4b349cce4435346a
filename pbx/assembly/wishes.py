"""Wishes: what people have said of themselves or do not want done to them, and what keeps that up."""

from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pbx.assembly.calls import plans_of
from pbx.call.help_board import HelpBoard
from pbx.call.outreach import Outreach
from pbx.call.refusals import Refusals
from pbx.call.start import TenantPlan
from pbx.config.carriers import Accounts
from pbx.config.models import Configuration
from pbx.consent.known import KnownNumbers
from pbx.consent.stance import Overrides
from pbx.core.wall import Wall
from pbx.marketing.gate import MarketingGate, Tag
from pbx.marketing.io.shipped import shipped_rules
from pbx.marketing.register import Register
from pbx.media.effects import Music
from pbx.runner import known, refusals, suppressions
from pbx.runner.help_calls import called_for_help
from pbx.runner.overrides import lowering
from pbx.runner.switches import SwitchDesk, following
from pbx.schedules.switches import Switches
from pbx.sip.stir.signer import Signer
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.known import KnownStore
from pbx.store.overrides import OverrideStore
from pbx.store.refusals import RefusalStore
from pbx.store.suppressions import SuppressionStore
from pbx.store.switches import SwitchStore

Work = Coroutine[Any, Any, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Who refuses recordings or marketing or has called for help, what customers have said, lowered rules.

    `work` follows all of it.
    """

    refusals: Refusals
    customers: KnownNumbers
    overrides: Overrides
    switches: Switches
    switch_desk: SwitchDesk
    register: Register
    tag: Tag
    help_board: HelpBoard
    work: tuple[Work, ...]

    def outreach(self, wall: Wall) -> Outreach:
        """The gate before marketing calls."""
        return Outreach(MarketingGate(shipped_rules(), self.register, wall, self.tag))

    def plans(
        self,
        config: Configuration,
        recipients: dict[str, tuple[str, ...]],
        signers: Mapping[str, Signer],
        *,
        accounts: Accounts,
        music: Mapping[str, Music],
    ) -> dict[str, TenantPlan]:
        """Plans whose calls ask what is known of a number, what is lowered and what is switched."""
        plans = plans_of(config, recipients, signers, accounts=accounts, music=music)
        return {name: self._as_it_is_now(plan) for name, plan in plans.items()}

    def _as_it_is_now(self, plan: TenantPlan) -> TenantPlan:
        schedules = replace(plan.context.schedules, switches=self.switches)
        context = replace(
            plan.context, overrides=self.overrides, customers=self.customers, schedules=schedules
        )
        return replace(plan, context=context, schedules=schedules)


async def known_wishes(database: Database, keys: StoreKeys) -> Wishes:
    """Return all of them; StorageError when they cannot be read: then nobody may be called or recorded."""
    suppressed = SuppressionStore(database, keys)
    refused, follow_refusals = await refusals.remembered(RefusalStore(database, keys))
    register, follow_stops = await suppressions.remembered(suppressed)
    customers, follow_customers = await known.known_numbers(KnownStore(database, keys))
    overrides, follow_overrides = lowering(OverrideStore(database))
    kept = SwitchStore(database)
    switches, follow_switches = following(kept)
    work = (follow_switches, follow_refusals, follow_stops, follow_customers, follow_overrides)
    return Wishes(
        refusals=refused,
        customers=customers,
        overrides=overrides,
        switches=switches,
        switch_desk=SwitchDesk(kept, switches),
        register=register,
        tag=suppressed.tag,
        help_board=await called_for_help(AuditStore(database)),
        work=work,
    )
