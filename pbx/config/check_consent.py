"""What `consent.yaml` allows for a while only."""

from datetime import datetime

from pbx.config.consent import FLOOR
from pbx.config.sources import TenantSource
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
