"""Who may carry codes: what is refused before one could be read on the way."""

from typing import Any

import pytest
from pydantic import ValidationError

from pbx.config.gateways import CodeSettings, MailServer, SmsGateway

SMS: dict[str, Any] = {"url": "https://sms.example/send", "body": {"to": "{number}", "text": "{text}"}}
MAIL: dict[str, Any] = {"host": "mail.example", "from": "calls@acme.example"}


def test_what_is_not_written() -> None:
    assert SmsGateway.model_validate(SMS).timeout == 1.5
    mail = MailServer.model_validate(MAIL)
    assert (mail.port, mail.tls, mail.timeout) == (587, "required", 5.0)
    assert CodeSettings().contact_days == 7


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"url": "http://sms.example/send"}, "must begin with https"),
        ({"url": "https://user@sms.example/"}, "should match pattern"),
        ({"url": "https://sms.example/#a"}, "a fragment"),
        ({"body": {"to": "{number}"}}, "{text} must be in one"),
        ({"body": {"text": "{text}"}}, "{number} must be in one"),
        ({"body": {}}, "at least 1"),
        ({"timeout": "2s"}, "less than or equal to 1.5"),
        ({"token": "abc"}, "Extra inputs"),
    ],
)
def test_a_gateway_that_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SmsGateway.model_validate({**SMS, **changed})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"tls": "off"}, "only an address of loopback"),
        ({"host": "127.0.0.1", "tls": "off", "account_file": "a"}, "goes to nobody without TLS"),
        ({"from": "Acme"}, "expected an address"),
        ({"from": "a@b.example\r\nBcc: c@d.example"}, "expected an address"),
        ({"port": 0}, "greater than or equal to 1"),
    ],
)
def test_a_relay_that_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        MailServer.model_validate({**MAIL, **changed})


def test_a_relay_on_this_machine_needs_no_tls() -> None:
    assert MailServer.model_validate({**MAIL, "host": "127.0.0.1", "tls": "off"}).tls == "off"


@pytest.mark.parametrize(("days", "fits"), [(7, True), (365, True), (6, False), (366, False)])
def test_the_age_of_a_contact_may_only_be_longer(days: int, fits: bool) -> None:
    if fits:
        assert CodeSettings.model_validate({"contact_days": days}).contact_days == days
        return
    with pytest.raises(ValidationError):
        CodeSettings.model_validate({"contact_days": days})
