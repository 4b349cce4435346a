"""`pbx consents explain` and `pbx consents rules`: why callers are told or asked, rule by rule."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pbx.cli.output import Refusal, fields, listing, print_json, table
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Site, TenantName, edited
from pbx.config.consent import ConsentSettings
from pbx.config.models import Tenant
from pbx.config.rule_file import parsed
from pbx.consent.effects import Overlay, RuleTrace
from pbx.consent.known import KnownNumbers
from pbx.consent.places import Places, stranger
from pbx.consent.regions import Candidate
from pbx.consent.rule_rows import PURPOSES
from pbx.consent.rules import PartyFacts, Rule
from pbx.consent.stance import Lowered, Stance
from pbx.core.address import literal
from pbx.core.io.clock import utc_now
from pbx.core.phone import to_e164
from pbx.store.known import KnownStore
from pbx.store.overrides import OverrideStore

WITHHELD = "withheld"
_EXTENSION = "extension/"
_REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", re.ASCII)
_COLUMNS = ("party", "region", "because", "mode", "rule", "why", "confidence", "checked_on", "law")
_RULE_COLUMNS = ("rule", "mode", "mandatory", "beep", "confidence", "checked_on", "stale", "reviewer", "law")
Parties = Annotated[
    list[str],
    Parameter(
        name="--party",
        help="A number, extension/1001, a region such as US-CA, or withheld; behind @ where else it may be: "
        "a region, or the address of a telephone. Repeat it.",
    ),
]
Did = Annotated[str, Parameter(name="--did", help="The number of ours that was called.")]
Purposes = Annotated[
    list[str] | None,
    Parameter(name="--purpose", help="Of the recording; as in consent.yaml when none is given. Repeat it."),
]
Overlays = Annotated[
    list[Overlay] | None,
    Parameter(name="--overlay", help="What holds for this call besides the tenant's own. Repeat it."),
]
RuleFile = Annotated[
    Path | None, Parameter(name="--file", help="A rule file that is not in use: whether it could be.")
]
IsStale = Annotated[
    bool, Parameter(name="--stale", negative=(), help="Only rows nobody has checked for a year.")
]


async def explain(
    *,
    party: Parties,
    did: Did = "",
    purpose: Purposes = None,
    overlay: Overlays = None,
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Say which rule holds for a call between these parties, and why."""
    place = edited(config).configuration
    chosen = edited(config).tenant(tenant)
    purposes = tuple(purpose or chosen.consent.purposes)
    if unknown := set(purposes) - set(PURPOSES):
        raise Refusal(f"{min(unknown)} is no purpose: {', '.join(PURPOSES)} are")
    places = chosen.consent.places.build(place.pbx.consent.recorder)
    facts = parties_of(party, did, chosen, places, await _known(edited(config)))
    stance = stance_of(chosen.consent, await _lowered(edited(config), chosen.name), tuple(overlay or ()))
    decision = place.rules.resolve(facts, stance, purposes)
    rows = [_reason(reason) for reason in decision.trace]
    if as_json:
        print_json({**fields(decision, "trace"), "purposes": list(purposes), "reasons": rows})
        return
    table(rows, _COLUMNS)
    must = ", and has to be recorded" if decision.mandatory else ""
    print(f"The call: {decision.mode}{must}, by the rules of {decision.rules_version}.")


def list_rules(
    *, stale: IsStale = False, file: RuleFile = None, as_json: AsJson = False, config: ConfigDir = CONFIG
) -> int:
    """List the rules by region; exit code 1 when nobody has checked one of them for a year."""
    rules = edited(config).configuration.rules if file is None else parsed(file.read_bytes(), str(file))
    old = rules.stale(utc_now().date())
    rows = [_row(rule, rule in old) for rule in rules.rules if rule in old or not stale]
    listing(rows, _RULE_COLUMNS, as_json=as_json)
    return 1 if old else 0


def _row(rule: Rule, is_stale: bool) -> dict[str, object]:
    return {
        "rule": rule.name,
        **fields(rule, "cite", "retention"),
        "retention": fields(rule.retention),
        "checked_on": rule.checked_on.isoformat(),
        "law": "; ".join(rule.cite),
        "stale": is_stale,
    }


async def _known(place: Site) -> KnownNumbers:
    """What customers have said of themselves, as calls know it."""
    if not place.database_file.is_file():
        return KnownNumbers()
    async with place.database() as database:
        store = KnownStore(database, place.store_keys())
        numbers = KnownNumbers(store.tag)
        numbers.restore(await store.known())
        return numbers


async def _lowered(place: Site, tenant: str) -> tuple[Lowered, ...]:
    """What two people have lowered for a tenant, and holds now."""
    if not place.database_file.is_file():
        return ()
    async with place.database() as database:
        return (await OverrideStore(database).lowered(utc_now())).get(tenant, ())


def stance_of(
    consent: ConsentSettings, lowered: tuple[Lowered, ...], more: tuple[Overlay, ...] = ()
) -> Stance:
    """What `CallContext.stance` is for the calls of a tenant, and `more` overlays of one of them."""
    return Stance(
        default_unknown=consent.default_for(utc_now()),
        overlays=(*consent.overlays, *more),
        floors=consent.floors,
        lowered=lowered,
    )


def parties_of(
    words: list[str], did: str, tenant: Tenant, places: Places, customers: KnownNumbers
) -> tuple[PartyFacts, ...]:
    """The parties of a call in the words of the command line, and what counts whoever talks."""
    common = places.common([_number(did, tenant)] if did else [])
    return (*(_facts(word, tenant, places, customers) for word in words), *common)


def _facts(word: str, tenant: Tenant, places: Places, customers: KnownNumbers) -> PartyFacts:
    """What is known of a party: as `Agreements` knows it of a leg."""
    name, at, elsewhere = word.partition("@")
    is_address = literal(elsewhere) is not None
    if at and not is_address and not _REGION.fullmatch(elsewhere):
        raise Refusal(f"{word}: what stands behind @ is a region such as DE or US-CA, or an address")
    if name == WITHHELD:
        facts = stranger(word, None)
    elif name.startswith(_EXTENSION):
        number = name.removeprefix(_EXTENSION)
        if number not in tenant.extensions:
            raise Refusal(f"{word}: {tenant.name} has no such extension")
        facts = places.extension(word, number, tenant.country, elsewhere)
    elif _REGION.fullmatch(name):
        facts = PartyFacts(role=word, region=name)
    else:
        e164 = _number(name, tenant)
        facts = stranger(word, e164, known=customers.of(tenant.name, e164))
    known = (Candidate(elsewhere, "customer"),) if at and not is_address else ()
    return replace(facts, places=(*facts.places, *known))


def _number(word: str, tenant: Tenant) -> str:
    number = to_e164(word, tenant.country)
    if number is None:
        raise Refusal(
            f"{word}: neither a telephone number in {tenant.country}, a region, extension/N nor {WITHHELD}"
        )
    return number


def _reason(reason: RuleTrace) -> dict[str, object]:
    return {
        "party": reason.role,
        "because": reason.source,
        **fields(reason, "role", "source", "cite"),
        "rule": f"{reason.rule} of consent.yaml" if not reason.checked_on else reason.rule,
        "law": "; ".join(reason.cite),
    }
