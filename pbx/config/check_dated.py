"""Rules of law that nobody has checked for a year, and holidays that are over."""

from collections.abc import Sequence
from datetime import datetime

from pbx.config.check_schedules import expired_schedules
from pbx.config.law import LawSettings
from pbx.config.rule_file import shipped_calling
from pbx.config.sources import TenantSource
from pbx.consent.rules import ConsentRules
from pbx.core.errors import ConfigError

SHIPPED = "rules of the product"
_NEWER = "install a newer version"
_OWN = "check them, write checked_on and sign the file anew"


def outdated(
    sources: Sequence[TenantSource], rules: ConsentRules, law: LawSettings, now: datetime | None
) -> list[ConfigError]:
    """Return warnings; none when nobody knows the time."""
    if now is None:
        return []
    today, found = now.date(), list[ConfigError]()
    old = rules.stale(today)
    if old:
        first = min(old, key=lambda rule: rule.checked_on)
        when = f"{first.name} on {first.checked_on}"
        said = f"{len(old)} rules of recording were checked more than 12 months ago, {when}"
        file, hint = (law.rules_file, _OWN) if law.rules_file else (SHIPPED, _NEWER)
        found.append(ConfigError(file, 1, 1, "rules", said, hint))
    found += [one for source in sources for one in expired_schedules(source, now)]
    return found + [
        source.marketing.document.error(("extensions",), _calling(regions), _NEWER)
        for source in sources
        if source.marketing is not None and source.marketing.model.extensions
        if (regions := shipped_calling().stale(today))
    ]


def _calling(regions: Sequence[str]) -> str:
    names = ", ".join(dict.fromkeys(regions))
    return f"rules of marketing calls are older than 12 months, or their holidays are over: {names}"
