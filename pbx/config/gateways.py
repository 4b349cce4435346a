"""`sms` and `mail` of `verification.yaml`: who carries one-time codes; secrets are named by their files."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from pbx.config.types import Cidr, Duration, HostName, Listed, Port, PrivateUrl, Strict, Unique
from pbx.core.errors import ParseError
from pbx.recording.webhook_url import parse_webhook_url
from pbx.sip.media_peers import is_lab
from pbx.verify.one_time_code import MIN_AGE
from pbx.verify.people import is_address

SecretFile = Annotated[Path, Field(strict=False)]
NUMBER, TEXT = "{number}", "{text}"
BoxS = Annotated[Duration, Field(ge=0.1, le=1.5)]  # of a gateway; the caller listens to a question meanwhile


def _plain(url: str) -> str:
    try:
        parse_webhook_url(url)
    except ParseError as error:
        raise ValueError(str(error)) from None
    return url


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError("expected an address such as calls@example.org")
    return text


class SmsGateway(Strict):
    """POST of a JSON object; `headers_file` has lines such as `Authorization: Bearer ...`."""

    url: Annotated[PrivateUrl, AfterValidator(_plain)]
    headers_file: SecretFile | None = None
    body: Annotated[dict[str, Annotated[str, Field(max_length=500)]], Field(min_length=1, max_length=32)]
    timeout: BoxS = 1.5
    allow: Annotated[tuple[Cidr, ...], Listed, Unique, Field(max_length=16)] = ()

    @model_validator(mode="after")
    def _carries(self) -> Self:
        for word in (NUMBER, TEXT):
            if not any(word in value for value in self.body.values()):
                raise ValueError(f"body: {word} must be in one of its values")
        return self


class MailServer(Strict):
    """A relay; `account_file` has a line `user: password`. `off` of `tls` is for this machine only."""

    host: HostName
    port: Port = 587
    tls: Literal["required", "implicit", "off"] = "required"
    account_file: SecretFile | None = None
    sender: Annotated[str, Field(max_length=200, alias="from"), AfterValidator(_address)]
    timeout: Annotated[Duration, Field(ge=0.5, le=10.0)] = 5.0

    @model_validator(mode="after")
    def _private(self) -> Self:
        if self.tls == "off" and not is_lab(self.host):
            raise ValueError("tls: off lets everybody on the way read codes; only an address of loopback may")
        if self.tls == "off" and self.account_file is not None:
            raise ValueError("account_file: a password goes to nobody without TLS")
        return self


class CodeSettings(Strict):
    """`name` is who sends codes, "" = the domain; a number on file for fewer `contact_days` gets none."""

    name: Annotated[str, Field(max_length=40)] = ""
    contact_days: Annotated[int, Field(ge=MIN_AGE.days, le=365)] = MIN_AGE.days
