"""`reputation` of `fraud.yaml` and its list."""

from pathlib import Path

import pytest

from pbx.config.load import ConfigProblems, load

WRITTEN = "reputation: {file: spam.csv, label_from: 50, reject_from: 90, card: https://acme.example/card}\n"


def errors(folder: Path, text: str, octets: bytes | None = b"+4477,60\n\n+447700900123, 0\n") -> list[str]:
    (folder / "acme" / "fraud.yaml").write_text(text)
    if octets is not None:
        (folder / "acme" / "spam.csv").write_bytes(octets)
    try:
        load(folder)
    except ConfigProblems as problems:
        return [str(one) for one in problems.errors]
    return []


@pytest.mark.requirement("FRD-03")
def test_a_list_and_what_follows_of_it(folder: Path) -> None:
    assert errors(folder, WRITTEN) == []
    found = load(folder).tenants["acme"].tolls.reputation
    assert found is not None
    assert dict(found.scores) == {"+4477": 60, "+447700900123": 0}
    assert (found.label_from, found.reject_from, found.card) == (50, 90, "https://acme.example/card")


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (None, "config/acme/spam.csv:1:1: there is no such file"),
        (b"+4477,60\n4477,60\n", "config/acme/spam.csv:2:1: expected +NUMBER,SCORE"),
        (b"+4477,101\n", "config/acme/spam.csv:1:1: expected +NUMBER,SCORE"),
        (b"+,1\n", "config/acme/spam.csv:1:1: expected"),
        (b"+44771234567890123,1\n", "config/acme/spam.csv:1:1: expected"),
        (b"+4477\n", "config/acme/spam.csv:1:1: expected"),
        ("+44٧,1\n".encode(), "config/acme/spam.csv:1:1: not text in ASCII"),
    ],
)
def test_a_list_that_is_wrong_is_named_by_line(folder: Path, octets: bytes | None, said: str) -> None:
    (line,) = errors(folder, WRITTEN, octets)
    assert line.startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("reputation: {file: spam.csv}\n", "say label_from, challenge_from or reject_from"),
        ("reputation: {file: spam.csv, reject_from: 90}\n", "card is missing"),
        ("reputation: {label_from: 5}\n", "say file, server or both"),
        ("reputation: {file: spam.csv, challenge_from: 5}\n", "challenge and challenge_from belong together"),
        ("reputation: {file: spam.csv, challenge_from: 5, challenge: ecko}\n", "there is no flow ecko"),
        ("reputation: {server: {url: 'https://a.example/'}, label_from: 5}\n", "must have {number}"),
        (WRITTEN.replace("https:", "http:"), "does not have the form"),
        (WRITTEN.replace("spam.csv", "../spam.csv"), "there is no such file"),
    ],
)
def test_what_is_not_enough(folder: Path, text: str, said: str) -> None:
    (line,) = errors(folder, text)
    assert said in line


@pytest.mark.requirement("FRD-03")
def test_a_server_and_a_test(folder: Path) -> None:
    server = "{url: 'https://a.example/{number}', timeout: 1s, keep: 2 h, unanswered: 60}"
    text = f"reputation: {{server: {server}, challenge_from: 70, challenge: echo}}\n"
    flows = folder / "acme" / "flows"
    (flows / "tested.yaml").write_text("flow: tested\nstart: end\nsteps: {end: {hang_up: null}}\n")
    assert [line for line in load(folder).warnings if "flow tested" in line]
    text = text.replace("echo", "tested")
    assert errors(folder, text, None) == []
    assert not [line for line in load(folder).warnings if "flow tested" in line], "it tests callers"
    tenant = load(folder).tenants["acme"]
    found = tenant.tolls.reputation
    assert found is not None and found.server is not None
    assert (found.challenge, found.challenge_from, dict(found.scores)) == ("tested", 70, {})
    assert (found.server.keep_s, found.server.unanswered) == (7200.0, 60)
    assert tenant.scores_asked is not None and tenant.scores_asked.timeout_s == 1.0
