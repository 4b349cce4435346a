"""What `consent.yaml` allows for a while only, and what it cannot allow."""

from datetime import datetime

from pbx.config.consent import FLOOR
from pbx.config.sources import TenantSource
from pbx.consent.rule_rows import is_laxer
from pbx.consent.rules import ConsentRules
from pbx.core.errors import ConfigError


def expired_approvals(sources: list[TenantSource], now: datetime | None) -> list[ConfigError]:
    """Return a warning for each approval that does not count any more; none when nobody knows the time."""
    found = []
    for source in sources:
        if now is None or source.consent is None:
            continue
        consent = source.consent.model
        approval = consent.default_unknown_approval
        if approval is not None and consent.default_for(now) != consent.default_unknown:
            said = f"the approval has expired, so {FLOOR} holds"
            hint = "have it approved anew, or take default_unknown out"
            place = ("default_unknown_approval", "expires_on")
            found.append(source.consent.document.error(place, said, hint))
    return found


def below_the_law(sources: list[TenantSource], rules: ConsentRules) -> list[ConfigError]:
    """Return an error for each floor that is laxer than the law: that takes two people (C-10)."""
    return [
        source.consent.document.error(
            ("floors", region), f"{mode} is laxer than {law.mode}, the rule of {law.name}", OVERRIDE
        )
        for source in sources
        if source.consent is not None
        for region, mode in source.consent.model.floors.items()
        if (law := rules.row(region)) is not None and is_laxer(mode, law.mode)
    ]


OVERRIDE = "two people may lower a rule for a while: pbx consents override ask"
