"""`pbx consents override` says what the desk says, and that there is none."""

from pathlib import Path

import pytest

from pbx.cli.main import run

WISH = [
    "--tenant",
    "acme",
    "--region",
    "DE",
    "--mode",
    "notify",
    "--days",
    "30",
    "--reason",
    "they have signed",
]


@pytest.mark.requirement("C-10")
@pytest.mark.parametrize(
    "words", [["ask", *WISH], ["approve", "o1"], ["deny", "o1"], ["end", "o1"], ["list"], []]
)
def test_without_a_desk_nobody_lowers_a_rule(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["consents", "override", *words, "--socket", str(tmp_path / "s")])
    said = capsys.readouterr()
    assert (code, said.out, said.err.count("\n")) == (1, "", 1)
    assert "the PBX does not run" in said.err


def test_a_mode_that_is_none_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    words = [word if word != "notify" else "sometimes" for word in WISH]
    assert run(["consents", "override", "ask", *words]) == 2
    assert "--mode" in capsys.readouterr().err
