"""`recording.webhook`: who is told of recordings and grants; the secret is named by its file."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from pbx.config.types import Cidr, Duration, Listed, PrivateUrl, Strict, Unique
from pbx.core.errors import ParseError
from pbx.recording.webhook_url import parse_webhook_url
from pbx.sip.media_peers import LAB

DAY_S = 86_400.0


def _plain(url: str) -> str:
    try:
        parse_webhook_url(url)
    except ParseError as error:
        raise ValueError(str(error)) from None
    return url


class WebhookSettings(Strict):
    """TLS is verified always; `allow` = networks that may be spoken to besides the public one.

    With `grants` it is told also of callers who were verified, and that they are so no longer.
    """

    url: Annotated[PrivateUrl, AfterValidator(_plain)]
    secret_file: Annotated[Path, Field(strict=False)]
    allow: Annotated[tuple[Cidr, ...], Listed, Unique, Field(max_length=16)] = ()
    max_age_s: Annotated[Duration, Field(ge=3600, le=30 * DAY_S)] = Field(default=3 * DAY_S, alias="max_age")
    grants: bool = False

    def at(self, base: Path, *, lab: bool) -> dict[str, Any]:
        """Return what the finaliser is told: JSON values; a PBX of a lab speaks to its own machine too."""
        return {
            "url": self.url,
            "secret_file": str(base / self.secret_file),
            "allow": self.networks(lab=lab),
            "max_age_s": self.max_age_s,
            "grants": self.grants,
        }

    def networks(self, *, lab: bool) -> list[str]:
        """Where it may be, besides the public network."""
        return [*(LAB if lab else ()), *self.allow]
