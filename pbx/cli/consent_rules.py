"""`pbx consents explain` and `pbx consents rules`: why callers are told or asked, rule by rule."""

from typing import Annotated

from cyclopts import Parameter

from pbx.cli.output import Refusal, fields, listing, print_json, table
from pbx.cli.site import CONFIG, AsJson, ConfigDir, TenantName, site
from pbx.config.models import Tenant
from pbx.consent.effects import Overlay, RuleTrace
from pbx.consent.io.shipped import shipped_rules
from pbx.consent.rule_rows import PURPOSES
from pbx.consent.rules import PartyFacts, Rule
from pbx.consent.stance import Stance
from pbx.core.io.clock import utc_now
from pbx.core.phone import to_e164

WITHHELD = "withheld"
_EXTENSION = "extension/"
_COLUMNS = ("party", "region", "because", "mode", "rule", "why", "confidence", "checked_on", "law")
_RULE_COLUMNS = ("rule", "mode", "mandatory", "beep", "confidence", "checked_on", "stale", "reviewer", "law")
Parties = Annotated[
    list[str],
    Parameter(
        name="--party", help="A number, a region such as US-CA, extension/1001, or withheld; repeat it."
    ),
]
Purposes = Annotated[
    list[str] | None,
    Parameter(name="--purpose", help="Of the recording; as in consent.yaml when none is given. Repeat it."),
]
Overlays = Annotated[
    list[Overlay] | None,
    Parameter(name="--overlay", help="What holds for this call besides the tenant's own. Repeat it."),
]
IsStale = Annotated[
    bool, Parameter(name="--stale", negative=(), help="Only rows nobody has checked for a year.")
]


def explain(
    *,
    party: Parties,
    purpose: Purposes = None,
    overlay: Overlays = None,
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Say which rule holds for a call between these parties, and why."""
    chosen = site(config).tenant(tenant)
    purposes = tuple(purpose or chosen.consent.purposes)
    if unknown := set(purposes) - set(PURPOSES):
        raise Refusal(f"{min(unknown)} is no purpose: {', '.join(PURPOSES)} are")
    consent = chosen.consent
    stance = Stance(
        default_unknown=consent.default_for(utc_now()), overlays=(*consent.overlays, *(overlay or ()))
    )
    decision = shipped_rules().resolve(tuple(_facts(word, chosen) for word in party), stance, purposes)
    rows = [_reason(reason) for reason in decision.trace]
    if as_json:
        print_json({**fields(decision, "trace"), "purposes": list(purposes), "reasons": rows})
        return
    table(rows, _COLUMNS)
    must = ", and has to be recorded" if decision.mandatory else ""
    print(f"The call: {decision.mode}{must}, by the rules of {decision.rules_version}.")


def list_rules(*, stale: IsStale = False, as_json: AsJson = False) -> int:
    """List the rules by region; exit code 1 when nobody has checked one of them for a year."""
    rules = shipped_rules()
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


def _facts(word: str, tenant: Tenant) -> PartyFacts:
    if word == WITHHELD:
        return PartyFacts(role=word)
    if word.startswith(_EXTENSION):
        if word.removeprefix(_EXTENSION) not in tenant.extensions:
            raise Refusal(f"{word}: {tenant.name} has no such extension")
        return PartyFacts(role=word, region=tenant.country)
    if word[:2].isalpha() and word[:2].isupper():
        return PartyFacts(role=word, region=word)
    number = to_e164(word, tenant.country)
    if number is None:
        raise Refusal(
            f"{word}: neither a telephone number in {tenant.country}, a region, extension/N nor {WITHHELD}"
        )
    return PartyFacts(role=number, number=number)


def _reason(reason: RuleTrace) -> dict[str, object]:
    return {
        "party": reason.role,
        "because": reason.source,
        **fields(reason, "role", "source", "cite"),
        "rule": f"{reason.rule} of consent.yaml" if not reason.checked_on else reason.rule,
        "law": "; ".join(reason.cite),
    }
