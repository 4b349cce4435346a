"""Exit codes and the one line on stderr, whatever went wrong."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pbx.cli.output import Refusal, WrongUsage, details, guarded, listing, printable, seconds
from pbx.config.load import ConfigProblems
from pbx.core.errors import ConfigError, MisuseError, ParseError, StorageError, TransportError

MISTAKE = ConfigError("config/pbx.yaml", 3, 7, "sip.port", "not a port", "1 to 65535")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (Refusal("no call x"), 1, "pbx: no call x"),
        (WrongUsage("say --all"), 2, "pbx: say --all"),
        (StorageError("busy", retryable=True), 1, "pbx: busy"),
        (TransportError("the vault\ndoes not answer"), 1, "pbx: the vault does not answer"),
        (MisuseError("immutable"), 1, "pbx: immutable"),
        (ParseError("damaged", 0), 1, "pbx: damaged"),
        (
            FileNotFoundError(2, "No such file or directory", "x.csv"),
            1,
            "pbx: x.csv: No such file or directory",
        ),
        (MISTAKE, 1, "pbx: config/pbx.yaml:3:7: sip.port: not a port (1 to 65535)"),
        (
            ConfigProblems((MISTAKE, MISTAKE, MISTAKE)),
            1,
            "pbx: config/pbx.yaml:3:7: sip.port: not a port (1 to 65535) - and 2 more, see pbx check",
        ),
    ],
)
def test_every_refusal_is_one_line(
    error: Exception, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> None:
        raise error

    assert guarded(work) == code
    said = capsys.readouterr()
    assert said.err == f"{line}\n"
    assert said.out == ""


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        guarded(lambda: 1 // 0)


def test_the_code_of_a_command_is_kept() -> None:
    assert [guarded(lambda: 1), guarded(lambda: None), guarded(lambda: "text")] == [1, 0, 0]


def test_interrupted() -> None:
    def work() -> None:
        raise KeyboardInterrupt

    assert guarded(work) == 130


def test_a_name_cannot_take_over_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    listing([{"name": "\x1b[31mEve\x9b2J[bold]"}], ["name"], as_json=False)
    out = capsys.readouterr().out
    assert out.splitlines()[1].strip() == "?[31mEve?2J[bold]"
    assert printable("a\nb\r\tc") == "a b c"


def test_a_listing_for_a_pipe_is_plain_and_not_folded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    listing([{"id": "a" * 64, "x": "b" * 100, "y": None}], ["id", "x", "y"], as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["a" * 64, "b" * 100, "-"]
    assert len(lines) == 2


def test_times_are_shown_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=1)))
    details({"at": at, "ok": True, "legs": ("a",)}, as_json=False)
    assert [line.split(maxsplit=1)[1].strip() for line in capsys.readouterr().out.splitlines()] == [
        "2026-01-02 02:04:05",
        "yes",
        '["a"]',
    ]
    details({"at": at.astimezone(UTC), "key": b"\x01\xff"}, as_json=True)
    assert '"01ff"' in capsys.readouterr().out


def test_seconds() -> None:
    assert [seconds(n_ms) for n_ms in (0, 59_999, 60_000, 3_600_000)] == ["0:00", "0:59", "1:00", "60:00"]
