"""`metrics` of pbx.yaml: off, on loopback, and what it takes to leave it."""

from pathlib import Path

import pytest

from pbx.config.load import load
from pbx.config.metrics import MetricsSettings
from tests.config.conftest import Spoil


def written(spoil: Spoil, settings: str) -> list[str]:
    """What is wrong with this section."""
    return spoil("pbx.yaml", "speech:", f"metrics: {settings}\nspeech:")


def test_without_a_section_there_is_no_server(folder: Path) -> None:
    assert load(folder).pbx.metrics is None


def test_what_an_empty_section_means(spoil: Spoil, folder: Path) -> None:
    assert written(spoil, "{}") == []
    assert load(folder).pbx.metrics == MetricsSettings(host="127.0.0.1", port=9464)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("{host: '::1', port: 9100}", ""),
        ("{host: 192.0.2.1}", "on 192.0.2.1 everybody could read them: name a `token_file`"),
        ("{host: 0.0.0.0}", "name a `token_file`"),
        ("{host: '::'}", "name a `token_file`"),
        ("{host: metrics.example}", "metrics.host"),
        ("{port: 0}", "metrics.port"),
        ("{path: /m}", "metrics.path"),
        ("{token: hunter2}", "metrics.token"),
        ("{token_file: none}", "none: cannot be read: No such file or directory"),
        ("{certificate: {chain: none.pem, key: none.pem}}", "none.pem cannot be read"),
    ],
)
def test_mistakes(spoil: Spoil, settings: str, message: str) -> None:
    problems = written(spoil, settings)
    assert len(problems) == bool(message)
    assert all(message in problem for problem in problems)


def test_a_token_that_is_none_is_named_and_not_quoted(spoil: Spoil, folder: Path) -> None:
    (folder.parent / "token").write_text("hunter2\n")
    (problem,) = written(spoil, "{host: 192.0.2.1, token_file: token}")
    assert "metrics.token_file: " in problem
    assert "32 to 512 letters" in problem
    assert "hunter2" not in problem


def test_with_a_token_it_may_leave_loopback(spoil: Spoil, folder: Path) -> None:
    (folder.parent / "token").write_text(f"{'a1' * 16}\n")
    assert written(spoil, "{host: 0.0.0.0, token_file: token}") == []
