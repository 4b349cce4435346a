"""`verification.yaml` as a model."""

import pytest
from pydantic import ValidationError

from pbx.config.verification import EntryReceiver, VerificationSettings


def test_without_a_word_the_limits_are_those_of_the_reference() -> None:
    settings = VerificationSettings()
    assert (settings.attempts, settings.failures_before_lock, settings.lock_s) == (3, 5, 86400.0)


@pytest.mark.requirement("V-02")
@pytest.mark.parametrize(
    ("key", "most"), [("attempts", 3), ("failures_before_lock", 5)], ids=["in a call", "over all calls"]
)
def test_a_tenant_may_only_tighten_the_limits(key: str, most: int) -> None:
    for number in (1, most):
        VerificationSettings.model_validate({key: number})
    for number in (0, most + 1):
        with pytest.raises(ValidationError, match=key):
            VerificationSettings.model_validate({key: number})


PLACE = "https://pay.example/entries?token=t"


def test_digits_may_have_a_receiver() -> None:
    assert VerificationSettings().secure_entry is None
    receiver = EntryReceiver.model_validate(
        {"url": PLACE, "headers_file": "pay.headers", "allow": ["10.0.0.0/8"]}
    )
    assert (receiver.url, str(receiver.headers_file), receiver.allow) == (
        PLACE,
        "pay.headers",
        ("10.0.0.0/8",),
    )


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://pay.example/", "must begin with https://"),
        ("http://10.0.0.1/", "must begin with https://"),
        ("ftp://pay.example/", "should match pattern"),
        ("https://user@pay.example/", "should match pattern"),
        ("https://" + "a" * 2000, "too long"),
    ],
)
def test_nobody_on_the_way_reads_what_was_typed(url: str, part: str) -> None:
    with pytest.raises(ValidationError, match=part):
        EntryReceiver.model_validate({"url": url})


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_a_program_of_this_machine_needs_no_certificate(host: str) -> None:
    EntryReceiver.model_validate({"url": f"http://{host}:8080/entries"})
