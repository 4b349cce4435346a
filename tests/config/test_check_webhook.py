"""A webhook that can never be delivered is told at its line."""

import base64
from pathlib import Path

import pytest

from tests.config.conftest import Spoil

HOOK = "recording:\n  webhook: {{url: '{url}', secret_file: secrets/hook{more}}}\n"


@pytest.fixture
def secret(folder: Path) -> Path:
    file = folder.parent / "secrets" / "hook"
    file.parent.mkdir()
    file.write_text("whsec_" + base64.b64encode(bytes(32)).decode() + "\n")
    return file


def written(url: str, more: str = "") -> str:
    return HOOK.format(url=url, more=more)


@pytest.mark.parametrize("url", ["https://hooks.example/a", "http://127.0.0.1:8099/", "https://203.0.114.5/"])
@pytest.mark.usefixtures("secret")
def test_a_webhook_of_a_lab(spoil: Spoil, url: str) -> None:
    assert spoil("pbx.yaml", "recording:\n", written(url)) == []


@pytest.mark.parametrize(
    ("url", "more", "place"),
    [
        ("http://hooks.example/", "", "url: "),  # nobody listens in
        ("https://hooks.example/#a", "", "url: "),
        ("https://hooks.example/", ", max_age: 59 min", "max_age"),
        ("https://hooks.example/", ", max_age: 31 days", "max_age"),
        ("https://hooks.example/", ", allow: [10.0.0.1/8]", "allow"),
        ("https://10.0.0.5/", "", "url: 10.0.0.5 is not on the public network"),
        ("https://169.254.169.254/", "", "url: 169.254.169.254 is not on the public network"),
    ],
)
@pytest.mark.usefixtures("secret")
def test_what_is_wrong_with_it(spoil: Spoil, url: str, more: str, place: str) -> None:
    (line,) = spoil("pbx.yaml", "recording:\n", written(url, more))
    assert line.startswith("config/pbx.yaml:") and f"recording.webhook.{place}" in line


@pytest.mark.usefixtures("secret")
def test_a_network_that_may_be_spoken_to(spoil: Spoil) -> None:
    assert spoil("pbx.yaml", "recording:\n", written("https://10.0.0.5/", ", allow: [10.0.0.0/8]")) == []


@pytest.mark.parametrize("text", ["hunter2", None])
def test_a_secret_that_signs_nothing_is_not_quoted(spoil: Spoil, secret: Path, text: str | None) -> None:
    secret.unlink() if text is None else secret.write_text(text)
    (line,) = spoil("pbx.yaml", "recording:\n", written("https://hooks.example/"))
    assert "recording.webhook.secret_file: " in line and "hunter2" not in line
