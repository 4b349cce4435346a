"""`recording.webhook` as it is written, and what the finaliser is told of it."""

from pathlib import Path

from pbx.config.webhook import DAY_S, WebhookSettings
from pbx.recording.io.finaliser_config import WebhookTarget
from pbx.sip.media_peers import LAB


def settings(**more: object) -> WebhookSettings:
    return WebhookSettings.model_validate({"url": "https://hooks.example/a", "secret_file": "hook"} | more)


def test_the_finaliser_takes_what_it_is_told() -> None:
    told = WebhookTarget.model_validate(settings().at(Path("/base"), lab=False))
    assert told.secret_file == Path("/base/hook")
    assert not told.grants
    assert WebhookTarget.model_validate(settings(grants=True).at(Path("/base"), lab=False)).grants
    assert (told.url, told.allow, told.max_age_s) == ("https://hooks.example/a", (), 3 * DAY_S)


def test_an_absolute_file_stays_where_it_is() -> None:
    assert (
        settings(secret_file="/etc/pbx/hook").at(Path("/base"), lab=False)["secret_file"] == "/etc/pbx/hook"
    )


def test_a_lab_may_speak_to_its_own_machine() -> None:
    assert settings(allow=["10.0.0.0/8"]).networks(lab=True) == [*LAB, "10.0.0.0/8"]
    assert settings(allow=["10.0.0.0/8"]).networks(lab=False) == ["10.0.0.0/8"]


def test_the_term_is_a_duration() -> None:
    assert settings(max_age="36 h").max_age_s == 1.5 * DAY_S
