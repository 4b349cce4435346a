"""The signature of a webhook, by the example of Standard Webhooks and by that of our manual."""

import base64
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pbx.core.errors import ParseError
from pbx.core.secret import Secret
from pbx.recording.webhook_signature import (
    MAX_KEY,
    MAX_SKEW_S,
    MIN_KEY,
    PREFIX,
    is_signed,
    read_secrets,
    signed_headers,
)

MANUAL = Path(__file__).parents[2] / "docs" / "operator.md"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
REPORT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}'
AT = datetime.fromtimestamp(1614265330, UTC)


def secret(n_octets: int, fill: bytes = b"k") -> str:
    return PREFIX + base64.b64encode(fill * n_octets).decode()


@pytest.mark.requirement("REC-09")
def test_the_example_of_the_specification() -> None:
    assert signed_headers(read_secrets(SECRET), REPORT, BODY, AT) == {
        "webhook-id": REPORT,
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("n_octets", [MIN_KEY, MAX_KEY])
def test_a_key_of_the_right_length(n_octets: int) -> None:
    (key,) = read_secrets(f"{secret(n_octets)}\n")
    assert len(key.reveal()) == n_octets


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "hunter2",
        "whsec_",
        "whsec_???",
        "whsec_\u00e4\u00e4\u00e4\u00e4",
        secret(MIN_KEY - 1),
        secret(MAX_KEY + 1),
        secret(32).removeprefix(PREFIX),
        f"{secret(32)} {secret(32)} {secret(32)}",
    ],
)
def test_what_is_no_secret_is_not_quoted(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_secrets(text)
    assert "hunter" not in str(caught.value)


def example() -> Callable[[bytes, Mapping[str, str], bytes, float], Any]:
    """The function that the manual gives to receivers, as it stands there."""
    (code,) = re.findall(r"```python\n(.*?)```", MANUAL.read_text(), re.S)
    names: dict[str, Any] = {}
    exec(compile(code, str(MANUAL), "exec"), names)  # noqa: S102 - the page is ours, and this is its test
    verified: Callable[[bytes, Mapping[str, str], bytes, float], Any] = names["verified"]
    return verified


@pytest.mark.requirement("REC-09")
class TestTheExampleOfTheManual:
    """A receiver that does what the manual says takes what we sign, and nothing else."""

    KEY = read_secrets(SECRET)[0].reveal()
    NOW = AT.timestamp()

    def test_it_takes_a_report(self) -> None:
        headers = signed_headers(read_secrets(SECRET), REPORT, BODY, AT)
        assert example()(self.KEY, headers, BODY, self.NOW) == {"test": 2432232314}

    def test_it_takes_a_report_while_the_secret_is_changed(self) -> None:
        headers = signed_headers(read_secrets(f"{secret(32)}\n{SECRET}"), REPORT, BODY, AT)
        assert headers["webhook-signature"].count("v1,") == 2
        assert example()(self.KEY, headers, BODY, self.NOW) == {"test": 2432232314}

    @pytest.mark.parametrize(
        ("change", "body", "later_s"),
        [
            ({}, BODY + b" ", 0.0),
            ({"webhook-id": "another"}, BODY, 0.0),
            ({"webhook-timestamp": "1614265331"}, BODY, 0.0),
            ({"webhook-signature": "v1,AAAA"}, BODY, 0.0),
            ({"webhook-signature": ""}, BODY, 0.0),
            ({}, BODY, 301.0),
            ({}, BODY, -301.0),
        ],
    )
    def test_it_takes_nothing_else(self, change: dict[str, str], body: bytes, later_s: float) -> None:
        headers = dict(signed_headers(read_secrets(SECRET), REPORT, BODY, AT)) | change
        with pytest.raises(ValueError, match="report"):
            example()(self.KEY, headers, body, self.NOW + later_s)


def test_who_answers_signs_with_the_same_key() -> None:
    (key,) = read_secrets(SECRET)
    headers = signed_headers([key], "r1", b"body", AT)
    for late_s, expected in ((0, True), (MAX_SKEW_S, True), (-MAX_SKEW_S, True), (MAX_SKEW_S + 1, False)):
        assert is_signed([key], headers, b"body", "r1", AT + timedelta(seconds=late_s)) is expected
    assert not is_signed([key], headers, b"body", "r2", AT)
    assert not is_signed([key], headers, b"bodY", "r1", AT)
    assert not is_signed([Secret(b"y" * 32)], headers, b"body", "r1", AT)
    assert not is_signed([key], {**headers, "webhook-timestamp": "now"}, b"body", "r1", AT)
    assert not is_signed([key], {}, b"body", "r1", AT)
