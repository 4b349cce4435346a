"""`pbx marketing why` and `rules`: whether a marketing call would leave now, and by which rule."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from cyclopts import Parameter

from pbx.cli.output import Refusal, details, listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Site, TenantName, edited
from pbx.config.models import Tenant
from pbx.core.io.clock import utc_now
from pbx.core.phone import mask, to_e164
from pbx.marketing.decision import TEXTS, Blocked, Question, decide
from pbx.marketing.io.shipped import shipped_rules
from pbx.marketing.rules import CallingRule
from pbx.store.database import Database
from pbx.store.suppressions import SuppressionStore

_RULE_COLUMNS = (
    "region",
    "lists",
    "consent_from",
    "at_most",
    "rests",
    "confidence",
    "checked_on",
    "stale",
    "law",
)
When = Annotated[str, Parameter(name="--at", help="At another time than now, as 2026-11-29T10:00.")]
IsStale = Annotated[bool, Parameter(name="--stale", negative=(), help="Only rows that have to be looked at.")]


async def why(
    number: str,
    /,
    *,
    at: When = "",
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> int:
    """Say whether a marketing call to this number would leave, and why not; then the exit code is 1."""
    place = edited(config)
    chosen = place.tenant(tenant)
    e164 = to_e164(number, chosen.country)
    if e164 is None:
        raise Refusal(f"{number} is not a telephone number in {chosen.country}")
    rules = shipped_rules()
    where, policy = rules.place(e164), chosen.marketing
    found = rules.of(e164, where) if where is not None else ()
    asked_at = moment(at, chosen) if at else utc_now()
    async with place.database() as database:
        store = await opened(database, place)
        standing = await store.standing(store.tag(policy.controller, e164))
    question = Question(place=where, rules=found, shown=_shown(chosen), at=asked_at)
    verdict = decide(question, standing, policy)
    blocked = verdict if isinstance(verdict, Blocked) else None
    said: dict[str, object] = {
        "number": mask(e164),
        "controller": policy.controller,
        "passes": blocked is None,
        "reason": blocked.reason if blocked else "",
        "because": TEXTS[blocked.reason] if blocked else "",
        "detail": blocked.detail if blocked else "",
        "region": where.region if where is not None else "",
        "there": _there(asked_at, where.zones if where is not None else ()),
        "rules": [rule.region for rule in found],
        "law": [law for rule in found for law in rule.cite],
        "has_agreed": standing.has_agreed(asked_at),
        "screened": {one.name: one.screened_at.isoformat() for one in standing.screenings},
        "rules_version": rules.version,
    }
    details(said, as_json=as_json)
    return 1 if blocked else 0


def list_rules(*, stale: IsStale = False, as_json: AsJson = False) -> int:
    """List the calling rules by region; exit code 1 when one of them has not been checked for a year."""
    rules = shipped_rules()
    old = rules.stale(utc_now().date())
    rows = [_row(rule, rule.region in old) for rule in rules.rows if rule.region in old or not stale]
    listing(rows, _RULE_COLUMNS, as_json=as_json)
    return 1 if old else 0


async def opened(database: Database, place: Site) -> SuppressionStore:
    """The store; Refusal when it was kept under another key: nobody would be found in it."""
    store = SuppressionStore(database, place.store_keys())
    if not await store.is_ours():
        folder = place.places.store_keys
        raise Refusal(
            f"{folder / 'phone.key'} is not the key that opt-outs were kept under: put that one back"
        )
    return store


def moment(written: str, tenant: Tenant) -> datetime:
    """Return a time that is written without a zone as one of the tenant's."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise Refusal(f"{written}: expected a time such as 2026-11-29T10:00") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(tenant.timezone))


def _shown(tenant: Tenant) -> tuple[str, ...]:
    """What the trunks of a call out would show."""
    rule = tenant.rules.outbound
    if rule is None:
        return ()
    group = tenant.trunk_groups.get(rule.trunk)
    names = [one.trunk for one in group.members] if group is not None else [rule.trunk]
    return tuple(rule.caller_id or tenant.trunks[name].caller_id for name in names if name in tenant.trunks)


def _there(at: datetime, zones: tuple[ZoneInfo, ...]) -> list[str]:
    return [f"{at.astimezone(zone):%a %Y-%m-%d %H:%M} {zone.key}" for zone in zones]


def _row(rule: CallingRule, is_stale: bool) -> dict[str, object]:
    return {
        "region": rule.region,
        "lists": {name: f"{age.days} d" for name, age in rule.lists.items()},
        "consent_from": rule.consent_from.isoformat() if rule.consent_from else "",
        "at_most": [f"{one.calls} in {one.within.days} d" for one in rule.at_most],
        "rests": {what: f"{rest.days} d" for what, rest in rule.rests.items()},
        "confidence": rule.confidence,
        "checked_on": rule.checked_on.isoformat(),
        "stale": is_stale,
        "law": "; ".join(rule.cite),
    }
