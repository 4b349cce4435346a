"""`verification.yaml`: how often a caller may try to say who he is, and who gets what he types unheard."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from pbx.config.call_backs import CallBackSettings
from pbx.config.gateways import CodeSettings, MailServer, SmsGateway
from pbx.config.types import Cidr, Duration, Listed, PrivateUrl, Strict, Unique
from pbx.core.errors import ParseError
from pbx.recording.webhook_url import parse_webhook_url
from pbx.verify.claimed import NumberCounts
from pbx.verify.owner_notice import OwnerNotice
from pbx.verify.throttles import MAX_FAILURES
from pbx.verify.tries import PAIRS


def _is_unread(url: str) -> str:
    """What is typed is worth money: nobody on the way may read it."""
    try:
        place = parse_webhook_url(url)
    except ParseError as error:
        raise ValueError(str(error)) from None
    if not place.is_encrypted and place.host not in ("127.0.0.1", "::1"):
        raise ValueError("the URL must begin with https://, unless it is of this machine (127.0.0.1)")
    return url


Tries = Annotated[int, Field(ge=1, le=PAIRS)]


class EntryReceiver(Strict):
    """Who gets the digits that parties type unheard while they talk: POST, with JSON.

    `headers_file` has lines such as `Authorization: Bearer ...`; `allow` = networks besides the public one.
    """

    url: Annotated[PrivateUrl, AfterValidator(_is_unread)]
    headers_file: Annotated[Path, Field(strict=False)] | None = None
    allow: Annotated[tuple[Cidr, ...], Listed, Unique, Field(max_length=16)] = ()


class VerificationSettings(Strict):
    """`verification.yaml`: attempts of a step, and the tenant's own limit over all calls.

    They tighten the limits of §4.4 and never loosen them: a shorter `lock` holds beside the 24 hours. `sms`
    and `mail` carry one-time codes; without one of them a `step_up` by code is an error, and without
    `call_back` one by call-back. They also carry what `owner_notice` has customers told.
    """

    attempts: Tries = PAIRS
    failures_before_lock: Annotated[int, Field(ge=1, le=MAX_FAILURES)] = MAX_FAILURES
    lock_s: Duration = Field(default=86400.0, alias="lock")
    number_counts: NumberCounts = "where_verified"
    secure_entry: EntryReceiver | None = None
    codes: CodeSettings = CodeSettings()
    sms: SmsGateway | None = None
    mail: MailServer | None = None
    call_back: CallBackSettings | None = None
    owner_notice: OwnerNotice = "never"
