"""`pbx consents explain` and `pbx consents rules`: why callers are told or asked, rule by rule."""

from typing import Annotated

from cyclopts import Parameter

from pbx.cli.output import Refusal, fields, listing, print_json, table
from pbx.cli.site import CONFIG, AsJson, ConfigDir, TenantName, site
from pbx.config.models import Tenant
from pbx.consent.io.shipped import shipped_rules
from pbx.consent.rules import PartyFacts, Reason
from pbx.core.io.clock import utc_now
from pbx.core.phone import to_e164

WITHHELD = "withheld"
_EXTENSION = "extension/"
_COLUMNS = ("party", "region", "because", "mode", "rule", "confidence", "checked_on", "law")
_RULE_COLUMNS = ("region", "mode", "beep", "confidence", "checked_on", "stale", "law")
Parties = Annotated[
    list[str],
    Parameter(
        name="--party", help="A number, a region such as US-CA, extension/1001, or withheld; repeat it."
    ),
]
IsStale = Annotated[
    bool, Parameter(name="--stale", negative=(), help="Only rows nobody has checked for a year.")
]


def explain(
    *, party: Parties, tenant: TenantName = "", as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """Say which rule holds for a call between these parties, and why."""
    chosen = site(config).tenant(tenant)
    rules, default = shipped_rules(), chosen.consent.default_for(utc_now())
    facts = tuple(_facts(word, chosen) for word in party)
    decision = rules.resolve(facts, default)
    rows = [_reason(reason) for reason in rules.explain(facts, default)]
    if as_json:
        print_json({**fields(decision), "reasons": rows})
        return
    table(rows, _COLUMNS)
    print(f"The call: {decision.mode}, by the rules of {decision.rules_version}.")


def list_rules(*, stale: IsStale = False, as_json: AsJson = False) -> int:
    """List the rules by region; exit code 1 when nobody has checked one of them for a year."""
    rules = shipped_rules()
    old = rules.stale(utc_now().date())
    rows = [
        {
            **fields(rule, "cite"),
            "checked_on": rule.checked_on.isoformat(),
            "law": "; ".join(rule.cite),
            "stale": rule.region in old,
        }
        for rule in rules.rules
        if rule.region in old or not stale
    ]
    listing(rows, _RULE_COLUMNS, as_json=as_json)
    return 1 if old else 0


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


def _reason(reason: Reason) -> dict[str, object]:
    rule = reason.rule
    return {
        "party": reason.role,
        "region": reason.region,
        "because": reason.source,
        "mode": reason.mode,
        "rule": rule.region if rule else "default_unknown of consent.yaml",
        "confidence": rule.confidence if rule else "",
        "checked_on": rule.checked_on.isoformat() if rule else "",
        "law": "; ".join(rule.cite) if rule else "",
    }
